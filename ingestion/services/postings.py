"""Reading postings back from raw storage: no request, no second copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ingestion import storage
from ingestion.ats.base import Payload, PayloadError, Posting
from ingestion.ats.registry import UnknownSourceTypeError, adapter
from ingestion.boards import Item, parse
from ingestion.errors import RawObjectDamagedError
from ingestion.models import RawPosting
from ingestion.services.raw import sha256_of


class PostingUnreadable(str):
    """Why a posting cannot be read from raw storage; stands where its Posting would."""

    __slots__ = ()


def postings_load(posting_ids: Collection[int]) -> list[tuple[RawPosting, Posting | PostingUnreadable]]:
    """(row with its source, posting) for every id that exists, in the order asked for.

    Each raw object is read and decoded once. A posting that cannot be read carries the reason and spoils no other.
    """
    # The postings of a board share their source and mostly their raw object: two more queries cost less than a copy of both for each.
    rows = RawPosting.objects.prefetch_related("source", "raw_object").in_bulk(list(posting_ids))
    groups: dict[tuple[str, str], list[RawPosting]] = defaultdict(list)
    for row in rows.values():
        groups[sha256_of(row), row.source.source_type].append(row)
    loaded = {pk: value for (sha256, source_type), group in groups.items() for pk, value in _load(sha256, source_type, group)}
    return [(rows[pk], loaded[pk]) for pk in posting_ids if pk in rows]


def posting_payload(posting_id: int) -> Payload:
    """The payload exactly as received. Raises RawPosting.DoesNotExist, RawObjectDamagedError and PayloadError."""
    row = RawPosting.objects.select_related("source").get(pk=posting_id)
    return payload_at(sha256_of(row), row.raw_index, row.source.source_type)


def payload_at(sha256: str, index: int, source_type: str) -> Payload:
    """Item `index` of a stored response exactly as received. Raises RawObjectDamagedError and PayloadError."""
    payloads = payloads_load(sha256, source_type)
    if index >= len(payloads):
        raise PayloadError(f"raw object {sha256} has no item {index}")
    return payloads[index]


def payloads_load(sha256: str, source_type: str) -> Sequence[Payload]:
    """All items of a stored response. Raises RawObjectDamagedError and PayloadError."""
    reader = adapter(source_type)
    return reader.split(storage.read(sha256), reader.list_request("")).payloads


def _load(sha256: str, source_type: str, rows: list[RawPosting]) -> Iterator[tuple[int, Posting | PostingUnreadable]]:
    try:
        payloads = payloads_load(sha256, source_type)
    except (RawObjectDamagedError, PayloadError, UnknownSourceTypeError) as error:
        yield from ((row.pk, PostingUnreadable(error)) for row in rows)
        return
    for row in rows:
        yield row.pk, _parse(row, payloads, source_type)


def _parse(row: RawPosting, payloads: Sequence[Payload], source_type: str) -> Posting | PostingUnreadable:
    if row.raw_index >= len(payloads):
        return PostingUnreadable(f"raw object {sha256_of(row)} has no item {row.raw_index}")
    item = Item(sha256_of(row), row.raw_index, row.source_job_id, row.content_hash, payloads[row.raw_index])
    result = parse(adapter(source_type), item)
    return result if isinstance(result, Posting) else PostingUnreadable(result.message)
