"""Parsing stored postings again without a request, after an adapter has learnt something (spec R2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ingestion.ats.base import Adapter, Payload, PayloadError, Posting
from ingestion.ats.registry import adapter
from ingestion.boards import BadItem, Columns, Item, columns_of, content_hash, one_line, parse
from ingestion.errors import RawObjectDamagedError
from ingestion.models import BadPayload, RawPosting, Source
from ingestion.services.postings import payloads_load
from ingestion.services.raw import sha256_of
from ingestion.services.versions import versions_keep

_COLUMNS = ("content_hash", *Columns._fields)
_REPLACED = ("raw_object", "raw_index", "changed_at", *_COLUMNS)


def source_reparse(*, source_id: int, now: datetime | None = None) -> Counter[str]:
    """Bring the rows of one board's postings to what its adapter reads today, and take up bad items that it can read now.

    Counts: same, changed, bad (no longer readable: the row stays as it was), recovered, damaged (raw bytes lost).
    One transaction; reads of the same board wait for it. Doing it again changes nothing.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        source = Source.objects.select_for_update(no_key=True).get(pk=source_id)
        counts = _reparse_rows(source, moment)
        return counts + _recover_bad(source, moment)


def _reparse_rows(source: Source, now: datetime) -> Counter[str]:
    reader = adapter(source.source_type)
    rows = RawPosting.objects.filter(source=source).prefetch_related("raw_object").order_by("raw_object_id", "raw_index")
    counts: Counter[str] = Counter()
    changed: list[RawPosting] = []
    bad: list[BadPayload] = []
    for row, payloads in _with_payloads(rows, source.source_type):
        outcome = "damaged" if payloads is None else _reparse_row(reader, row, payloads)
        counts[outcome if isinstance(outcome, str) else "bad"] += 1
        if outcome == "changed":
            row.changed_at = now
            changed.append(row)
        elif isinstance(outcome, BadItem):
            bad.append(_bad_payload(row, outcome, now))
    RawPosting.objects.bulk_update(changed, ["changed_at", *_COLUMNS], batch_size=1000)
    BadPayload.objects.bulk_create(bad, ignore_conflicts=True)
    return counts


def _with_payloads(rows: Iterable[Any], source_type: str) -> Iterator[tuple[Any, Sequence[Payload] | None]]:
    """Each row with the payloads that its own is among, None where the raw object is lost; each raw object is read once."""
    for sha256, group in groupby(rows, key=sha256_of):
        try:
            payloads: Sequence[Payload] = payloads_load(sha256, source_type)
        except (RawObjectDamagedError, PayloadError):
            payloads = ()
        for row in group:
            yield row, payloads if row.raw_index < len(payloads) else None


def _reparse_row(reader: Adapter, row: RawPosting, payloads: Sequence[Payload]) -> str | BadItem:
    """Whether the row is the "same" or "changed" (it then holds the new values), or why the payload is no posting any more."""
    read = _read(reader, sha256_of(row), row.raw_index, payloads)
    if isinstance(read, BadItem):
        return read
    item, posting = read
    if item.source_job_id != row.source_job_id:
        return BadItem(item.sha256, item.index, row.source_job_id, f"its id is now read as {item.source_job_id!r:.60}")
    values = (item.content_hash, *columns_of(posting))
    if values == tuple(getattr(row, name) for name in _COLUMNS):
        return "same"
    for name, value in zip(_COLUMNS, values, strict=True):
        setattr(row, name, value)
    return "changed"


def _read(reader: Adapter, sha256: str, index: int, payloads: Sequence[Payload]) -> tuple[Item, Posting] | BadItem:
    try:
        payload = payloads[index]
        item = Item(sha256, index, one_line(reader.source_job_id(payload)), content_hash(reader, payload), payload)
    except PayloadError as error:
        return BadItem(sha256, index, "", str(error))
    posting = parse(reader, item)
    return posting if isinstance(posting, BadItem) else (item, posting)


def _bad_payload(row: RawPosting, bad: BadItem, now: datetime) -> BadPayload:
    return BadPayload(
        source_id=row.source_id,
        raw_object_id=row.raw_object_id,
        raw_index=row.raw_index,
        source_job_id=row.source_job_id,
        message=bad.message[:500],
        created_at=now,
    )


def _recover_bad(source: Source, now: datetime) -> Counter[str]:
    """Items that could not be read once and can be now become postings; of several readings the newest counts.

    Whether the posting is still on its board, and with this content, the next complete reads tell as for any other: they look into
    the board even where its bytes are the same again.
    """
    reader = adapter(source.source_type)
    # Locked, so that retention cannot take them and then their raw objects, to which postings are about to point.
    bad_rows = BadPayload.objects.filter(source=source).select_for_update(of=("self",)).select_related("raw_object")
    found: dict[str, tuple[BadPayload, RawPosting]] = {}
    readable: list[int] = []
    for bad, payloads in _with_payloads(bad_rows.order_by("raw_object_id", "raw_index"), source.source_type):
        read = None if payloads is None else _read(reader, bad.raw_object.sha256, bad.raw_index, payloads)
        if read is None or isinstance(read, BadItem):
            continue
        item, posting = read
        readable.append(bad.pk)
        if item.source_job_id not in found or found[item.source_job_id][0].created_at <= bad.created_at:
            found[item.source_job_id] = (bad, _recovered(bad, item, posting, now))
    count = _take_up(source, found, now)
    BadPayload.objects.filter(pk__in=readable).delete()
    return Counter(recovered=count)


def _recovered(bad: BadPayload, item: Item, posting: Posting, now: datetime) -> RawPosting:
    return RawPosting(
        source_id=bad.source_id,
        source_job_id=item.source_job_id,
        raw_object_id=bad.raw_object_id,
        raw_index=bad.raw_index,
        content_hash=item.content_hash,
        first_seen_at=bad.created_at,
        changed_at=now,
        status_changed_at=now,
        seen_until=bad.created_at,
        run_id=bad.run_id,
        **columns_of(posting)._asdict(),
    )


def _take_up(source: Source, found: dict[str, tuple[BadPayload, RawPosting]], now: datetime) -> int:
    """Write recovered postings, except where the row holds something that was read later; the number written."""
    known = {row.source_job_id: row for row in RawPosting.objects.filter(source=source, source_job_id__in=found)}
    wanted = {key: posting for key, (bad, posting) in found.items() if key not in known or known[key].changed_at < bad.created_at}
    versions_keep(posting_ids=[known[key].pk for key in wanted if key in known], now=now)
    RawPosting.objects.bulk_create(
        wanted.values(), update_conflicts=True, unique_fields=["source", "source_job_id"], update_fields=_REPLACED
    )
    if wanted:
        new = len(wanted.keys() - known.keys())
        Source.objects.filter(pk=source.pk).update(open_postings=F("open_postings") + new, read_digest="")
    return len(wanted)
