"""Storing complete reads of boards: one transaction for several boards, COPY for what is new or changed.

Of an unchanged posting only key and hash travel; of a board whose bytes are those of the read before, nothing does.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ingestion.ats.base import Payload, Posting
from ingestion.ats.registry import adapter
from ingestion.boards import BadItem, Changes, Item, Known, columns_of, compare, items_of, parse
from ingestion.models import BadPayload, RawPosting, Source
from ingestion.services.dead_letters import dead_letters_heal
from ingestion.services.raw import raw_objects_add
from ingestion.services.repair import postings_repoint
from ingestion.services.runs import stage_add
from ingestion.services.sources import Claim
from ingestion.services.versions import absences_keep, versions_keep
from ingestion.storage import StoredRaw

COLUMNS = (
    "source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url, is_prospect, posted_at, run_id, first_seen_at"
)

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_posting (
  source_id bigint, source_job_id text, raw_object_id bigint, raw_index integer, content_hash text, title text, location text,
  url text, is_prospect boolean, posted_at timestamptz, run_id uuid, first_seen_at timestamptz
) ON COMMIT DELETE ROWS
"""
_UPSERT = """
INSERT INTO ingestion_rawposting AS p (source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url,
  is_prospect, posted_at, run_id, first_seen_at, changed_at, status_changed_at, reopened_count)
SELECT source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url,
  is_prospect, posted_at, run_id, first_seen_at, first_seen_at, first_seen_at, 0 FROM staged_posting
ON CONFLICT (source_id, source_job_id) DO UPDATE SET raw_object_id = excluded.raw_object_id, raw_index = excluded.raw_index,
  content_hash = excluded.content_hash, title = excluded.title, location = excluded.location, url = excluded.url,
  is_prospect = excluded.is_prospect, posted_at = excluded.posted_at, run_id = excluded.run_id, changed_at = excluded.changed_at
RETURNING p.id
"""
_SEEN = """
INSERT INTO ingestion_postingseen (posting_id, last_seen_at) SELECT unnest(%s::bigint[]), %s
ON CONFLICT (posting_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
"""
_SEEN_WHOLE = """
UPDATE ingestion_postingseen AS s SET last_seen_at = %s FROM ingestion_rawposting AS p
WHERE p.id = s.posting_id AND p.source_id = ANY(%s) AND p.missing_since IS NULL AND p.closed_at IS NULL
"""
_SOURCES = """
UPDATE ingestion_source AS s SET state = CASE WHEN s.state = 'paused' THEN s.state ELSE r.state END, state_reason = r.reason,
  company_name = r.company_name, open_postings = r.open_postings, read_digest = r.digest, last_checked_at = %s, last_read_at = %s,
  next_check_at = %s, lease_token = NULL, lease_until = NULL, validators = COALESCE(r.validators, s.validators)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::integer[], %s::text[], %s::jsonb[])
  AS r(id, state, reason, company_name, open_postings, digest, validators)
WHERE s.id = r.id
"""


@dataclass(frozen=True, slots=True)
class PageRead:
    """One list response that is in storage, split into payloads."""

    raw: StoredRaw
    payloads: Sequence[Payload]
    announced: int | None = None
    """How many payloads the response says it has, where it does."""


@dataclass(frozen=True, slots=True)
class BoardRead:
    """A complete read of one board. `pages` is empty when the bytes are those of the read before (`is_same`)."""

    claim: Claim
    pages: tuple[PageRead, ...]
    company_name: str | None
    digest: str
    is_same: bool = False
    validators: Mapping[str, Any] | None = None
    """What the server gave to ask again with; None keeps what is known."""

    @property
    def lacks(self) -> int:
        """How many announced postings are missing: with any the read was cut short and says nothing about absence."""
        return sum(max(0, (page.announced or 0) - len(page.payloads)) for page in self.pages)


@dataclass(slots=True)
class BoardResult:
    """What a read changed. `counts`: new, changed, unchanged, missing, closed, reopened, returned, bad."""

    source_id: int
    state: str
    open_postings: int
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Board:
    """A board while it is being stored."""

    read: BoardRead
    items: list[Item] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)
    parsed: list[tuple[Item, Posting]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


def boards_store(*, reads: Sequence[BoardRead], run_id: uuid.UUID | None = None, now: datetime | None = None) -> list[BoardResult]:
    """Store complete reads in one transaction; boards whose lease was lost are left out of the answer and of the database."""
    moment = now or timezone.now()
    with transaction.atomic():
        held = _held(reads)
        same = [read for read in held if read.is_same]
        boards = [_board(read) for read in held if not read.is_same]
        raw_ids = _raw_objects(boards, moment)
        _compare(boards)
        seen = _write_postings(boards, raw_ids, moment, run_id)
        _write_absence(boards, moment)
        _write_bad(boards, raw_ids, run_id, moment)
        _mark_seen(seen, [read.claim.source_id for read in same], moment)
        results = [*_same_results(same), *(_result(board) for board in boards)]
        _write_sources(results, held, moment)
        dead_letters_heal(source_ids=[result.source_id for result in results])
        _count(results, run_id)
    return results


def _held(reads: Sequence[BoardRead]) -> list[BoardRead]:
    """The reads whose source is still leased to the reader; their rows stay locked until the commit."""
    ids = [read.claim.source_id for read in reads]
    tokens = dict(Source.objects.select_for_update().order_by("pk").filter(pk__in=ids).values_list("pk", "lease_token"))
    return [read for read in reads if tokens.get(read.claim.source_id) == read.claim.token]


def _board(read: BoardRead) -> _Board:
    items, bad = items_of(adapter(read.claim.source_type), ((page.raw.sha256, page.payloads) for page in read.pages))
    return _Board(read, items, bad)


def _raw_objects(boards: Iterable[_Board], now: datetime) -> dict[str, int]:
    """sha256 -> id of every response, rows made where there were none."""
    return raw_objects_add(raws=[page.raw for board in boards for page in board.read.pages], now=now)


def _compare(boards: Sequence[_Board]) -> None:
    """Fill in `changes`: two queries for all boards, the second only for ids that are new or were closed."""
    known: dict[int, dict[str, Known]] = {board.read.claim.source_id: {} for board in boards}
    _read_known(known, RawPosting.objects.filter(source_id__in=known, closed_at=None))
    unknown = [i.source_job_id for b in boards for i in b.items if i.source_job_id not in known[b.read.claim.source_id]]
    if unknown:
        _read_known(known, RawPosting.objects.closed().filter(source_id__in=known, source_job_id__in=unknown))
    for board in boards:
        rows = known[board.read.claim.source_id]
        board.changes = compare(board.items, rows, may_close=_may_close(board))


def _may_close(board: _Board) -> bool:
    return not board.read.lacks and all(bad.source_job_id for bad in board.bad)


def _read_known(known: dict[int, dict[str, Known]], rows: Any) -> None:
    columns = ("source_id", "source_job_id", "pk", "content_hash", "missing_since", "closed_at")
    for source_id, job_id, *rest in rows.values_list(*columns):
        known[source_id][job_id] = Known(*rest)


def _write_postings(boards: Sequence[_Board], raw_ids: dict[str, int], now: datetime, run_id: uuid.UUID | None) -> list[int]:
    """Write what is new or changed, move what came back; the ids of every posting that was seen."""
    seen = [pk for board in boards for pk in board.changes.unchanged]
    rows = [row for board in boards for row in _rows(board, raw_ids, now, run_id)]
    if rows:
        versions_keep(posting_ids=list(_replaced(boards)), now=now)
        seen += _copy(rows)
    _come_back([pk for b in boards for pk in b.changes.returned], now)
    _come_back([pk for b in boards for pk in b.changes.reopened], now, reopened=True)
    postings_repoint(items=((b.read.claim.source_id, item) for b in boards for item in b.items), raw_ids=raw_ids)
    return seen


def _replaced(boards: Iterable[_Board]) -> Iterator[int]:
    """Ids of postings whose content is about to be replaced."""
    for board in boards:
        unwritten = {bad.source_job_id for bad in board.bad}
        yield from (row.id for item, row in board.changes.changed if item.source_job_id not in unwritten)


def _rows(board: _Board, raw_ids: dict[str, int], now: datetime, run_id: uuid.UUID | None) -> Iterator[tuple[Any, ...]]:
    """Rows of staged_posting. An item that cannot be parsed becomes a bad item; a row that exists stays as it was."""
    changes = board.changes
    reader = adapter(board.read.claim.source_type)
    for item in [*changes.new, *(item for item, _ in changes.changed)]:
        posting = parse(reader, item)
        if isinstance(posting, BadItem):
            board.bad.append(posting)
            continue
        yield (
            board.read.claim.source_id,
            item.source_job_id,
            raw_ids[item.sha256],
            item.index,
            item.content_hash,
            *columns_of(posting),
            run_id,
            now,
        )


def _copy(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(f"COPY staged_posting ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_UPSERT)
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("DELETE FROM staged_posting")
    return ids


def _come_back(ids: Collection[int], now: datetime, *, reopened: bool = False) -> None:
    """Seen again after an absence; after a closing it counts as reposted."""
    if not ids:
        return
    rows = RawPosting.objects.filter(pk__in=ids)
    if reopened:
        absences_keep(posting_ids=ids, now=now)
        rows.update(missing_since=None, closed_at=None, status_changed_at=now, reopened_count=F("reopened_count") + 1)
    else:
        rows.update(missing_since=None, status_changed_at=now)


def _write_absence(boards: Iterable[_Board], now: datetime) -> None:
    missing = [pk for board in boards for pk in board.changes.missing]
    closed = [pk for board in boards for pk in board.changes.closed]
    if missing:
        RawPosting.objects.filter(pk__in=missing).update(missing_since=now, status_changed_at=now)
    if closed:
        RawPosting.objects.filter(pk__in=closed).update(closed_at=F("missing_since"), status_changed_at=now)


def _write_bad(boards: Iterable[_Board], raw_ids: dict[str, int], run_id: uuid.UUID | None, now: datetime) -> None:
    rows = [
        BadPayload(
            source_id=board.read.claim.source_id,
            raw_object_id=raw_ids[bad.sha256],
            raw_index=bad.index,
            source_job_id=bad.source_job_id,
            message=bad.message[:500],
            run_id=run_id,
            created_at=now,
        )
        for board in boards
        for bad in board.bad
    ]
    if rows:
        BadPayload.objects.bulk_create(rows, ignore_conflicts=True)


def _mark_seen(posting_ids: list[int], same_source_ids: list[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        if posting_ids:
            cursor.execute(_SEEN, [sorted(posting_ids), now])
        if same_source_ids:
            cursor.execute(_SEEN_WHOLE, [now, same_source_ids])


def _same_results(reads: Sequence[BoardRead]) -> Iterator[BoardResult]:
    ids = [read.claim.source_id for read in reads]
    for source_id, state, count in Source.objects.filter(pk__in=ids).values_list("pk", "state", "open_postings"):
        yield BoardResult(source_id, state, count, Counter(unchanged=count))


def _result(board: _Board) -> BoardResult:
    changes = board.changes
    unwritten = {bad.source_job_id for bad in board.bad if bad.source_job_id}
    new = [item for item in changes.new if item.source_job_id not in unwritten]
    counts = Counter(
        new=len(new),
        changed=len([item for item, _ in changes.changed if item.source_job_id not in unwritten]),
        unchanged=len(changes.unchanged),
        missing=len(changes.missing),
        closed=len(changes.closed),
        reopened=len(changes.reopened),
        returned=len(changes.returned),
        bad=len(board.bad),
    )
    count = changes.open_count - (len(changes.new) - len(new))
    state = Source.State.VALID if count else Source.State.EMPTY
    return BoardResult(board.read.claim.source_id, state, count, counts)


def _write_sources(results: Sequence[BoardResult], held: Sequence[BoardRead], now: datetime) -> None:
    """State, counts and next check of every source that was read; the leases end here."""
    if not results:
        return
    reads = {read.claim.source_id: read for read in held}
    rows = [_source_row(result, reads[result.source_id]) for result in results]
    next_check = now + timedelta(hours=settings.RECHECK_HOURS)
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, [now, now, next_check, *(list(column) for column in zip(*rows, strict=True))])


def _source_row(result: BoardResult, read: BoardRead) -> tuple[int, str, str, str, int, str, str | None]:
    bad = result.counts["bad"]
    reason = f"{bad} items could not be read as postings" if bad else ""
    reason = f"the list was cut short, {read.lacks} postings are missing from it" if read.lacks else reason
    name = (read.company_name or read.claim.company_name).replace("\x00", "")[:300]
    # Absent postings wait for a second read: it must be looked at even when it is the same again.
    digest = "" if bad or read.lacks or result.counts["missing"] else read.digest
    validators = None if read.validators is None else orjson.dumps(read.validators).decode()
    return result.source_id, result.state, reason, name, result.open_postings, digest, validators


def _count(results: Sequence[BoardResult], run_id: uuid.UUID | None) -> None:
    counts: Counter[str] = Counter()
    for result in results:
        counts += result.counts
        counts[result.state] += 1
    stage_add(run_id=run_id, name="fetch", done=len(results), counts=counts)
