"""Storing complete reads of boards: one transaction for several boards, one statement for all that is new or changed.

Of an unchanged posting only key and hash travel, and nothing is written; of a board whose bytes are those of the read before,
only its source's row is.
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
from django.utils import timezone

from ingestion.ats.base import Payload, Posting
from ingestion.ats.registry import adapter
from ingestion.boards import BadItem, Changes, Item, columns_of, compare, items_of, parse, unsettled
from ingestion.models import BadPayload, Source
from ingestion.services.dead_letters import dead_letters_heal
from ingestion.services.known import KnownBoard, boards_known, rows_known
from ingestion.services.presence import presence_write
from ingestion.services.raw import raw_objects_add
from ingestion.services.repair import postings_repoint
from ingestion.services.runs import stage_add
from ingestion.services.sources import Claim
from ingestion.services.versions import versions_keep
from ingestion.storage import StoredRaw

COLUMNS = (
    "source_id", "source_job_id", "raw_object_id", "raw_index", "content_hash", "title", "location", "url", "is_prospect", "posted_at"
)  # fmt: skip

_UPSERT = """
INSERT INTO ingestion_rawposting AS p (source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url,
  is_prospect, posted_at, run_id, first_seen_at, changed_at, status_changed_at, reopened_count)
SELECT source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url, is_prospect, posted_at, %s, %s, %s, %s, 0
FROM json_to_recordset(%s) AS r(source_id bigint, source_job_id text, raw_object_id bigint, raw_index integer, content_hash text,
  title text, location text, url text, is_prospect boolean, posted_at timestamptz)
ON CONFLICT (source_id, source_job_id) DO UPDATE SET raw_object_id = excluded.raw_object_id, raw_index = excluded.raw_index,
  content_hash = excluded.content_hash, title = excluded.title, location = excluded.location, url = excluded.url,
  is_prospect = excluded.is_prospect, posted_at = excluded.posted_at, run_id = excluded.run_id, changed_at = excluded.changed_at
"""
# Rows are locked in the order of ids, as everywhere. What was the same was read in full before: its state follows from its count.
_SAME = """
WITH held AS (
  SELECT s.id, r.validators FROM json_to_recordset(%s) AS r(id bigint, token uuid, validators jsonb)
  JOIN ingestion_source AS s ON s.id = r.id AND s.lease_token = r.token ORDER BY s.id FOR NO KEY UPDATE OF s
)
UPDATE ingestion_source AS s SET
  state = CASE WHEN s.state = 'paused' THEN s.state WHEN s.open_postings > 0 THEN 'valid' ELSE 'empty' END,
  state_reason = CASE WHEN s.state = 'paused' THEN s.state_reason ELSE '' END,
  last_checked_at = %s, last_read_at = %s, next_check_at = %s, lease_token = NULL, lease_until = NULL,
  validators = coalesce(held.validators, s.validators)
FROM held WHERE s.id = held.id RETURNING s.id, s.open_postings
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
    """Store complete reads; boards whose lease was lost are left out of the answer and of the database.

    One transaction for those that are the same as before, and one for the others.
    """
    moment = now or timezone.now()
    same = [read for read in reads if read.is_same]
    others = [read for read in reads if not read.is_same]
    return [*(_store_same(same, run_id, moment) if same else ()), *(_store(others, run_id, moment) if others else ())]


def _store_same(reads: Sequence[BoardRead], run_id: uuid.UUID | None, now: datetime) -> list[BoardResult]:
    rows = [{"id": read.claim.source_id, "token": read.claim.token, "validators": read.validators} for read in reads]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_SAME, [orjson.dumps(rows).decode(), now, now, _next_check(now)])
            found = cursor.fetchall()
        results = [BoardResult(source_id, _state(count), count, Counter(unchanged=count)) for source_id, count in found]
        _count(results, run_id)
    return results


def _store(reads: Sequence[BoardRead], run_id: uuid.UUID | None, now: datetime) -> list[BoardResult]:
    with transaction.atomic():
        held = _held(reads)
        boards = [_board(read) for read in held]
        raw_ids = _raw_objects(boards, now)
        _compare(boards)
        _write_postings(boards, raw_ids, now, run_id)
        presence_write(changes=[board.changes for board in boards], now=now)
        _write_bad(boards, raw_ids, run_id, now)
        results = [_result(board) for board in boards]
        _write_sources(results, held, now)
        # A read that was given up left no digest: where there is one no letter waits.
        dead_letters_heal(source_ids=[read.claim.source_id for read in held if not read.claim.read_digest])
        _count(results, run_id)
    return results


def _held(reads: Sequence[BoardRead]) -> list[BoardRead]:
    """The reads whose source is still leased to the reader; their rows stay locked until the commit."""
    ids = [read.claim.source_id for read in reads]
    rows = Source.objects.select_for_update(no_key=True).order_by("pk").filter(pk__in=ids)
    tokens = dict(rows.values_list("pk", "lease_token"))
    return [read for read in reads if tokens.get(read.claim.source_id) == read.claim.token]


def _board(read: BoardRead) -> _Board:
    items, bad = items_of(adapter(read.claim.source_type), ((page.raw.sha256, page.payloads) for page in read.pages))
    return _Board(read, items, bad)


def _raw_objects(boards: Iterable[_Board], now: datetime) -> dict[str, int]:
    """sha256 -> id of every response, rows made where there were none."""
    return raw_objects_add(raws=[page.raw for board in boards for page in board.read.pages], now=now)


def _compare(boards: Sequence[_Board]) -> None:
    """Fill in `changes`: two queries for all boards, the second only for what is not as it was."""
    known = boards_known([board.read.claim.source_id for board in boards])
    rows = rows_known([(board.read.claim.source_id, key) for board in boards for key in _unsettled(board, known)])
    for board in boards:
        source_id = board.read.claim.source_id
        board.changes = compare(board.items, known[source_id].present, rows.get(source_id, {}), may_close=_may_close(board))


def _unsettled(board: _Board, known: Mapping[int, KnownBoard]) -> Collection[str]:
    before = known[board.read.claim.source_id]
    return unsettled(board.items, before.present) | set(before.absent)


def _may_close(board: _Board) -> bool:
    return not board.read.lacks and all(bad.source_job_id for bad in board.bad)


def _write_postings(boards: Sequence[_Board], raw_ids: dict[str, int], now: datetime, run_id: uuid.UUID | None) -> None:
    """Write what is new or changed."""
    rows = [row for board in boards for row in _rows(board, raw_ids)]
    if rows:
        versions_keep(posting_ids=list(_replaced(boards)), now=now)
        _upsert(rows, run_id, now)
    postings_repoint(boards={board.read.claim.source_id: board.items for board in boards}, raw_ids=raw_ids)


def _replaced(boards: Iterable[_Board]) -> Iterator[int]:
    """Ids of postings whose content is about to be replaced."""
    for board in boards:
        unwritten = {bad.source_job_id for bad in board.bad}
        yield from (row.id for item, row in board.changes.changed if item.source_job_id not in unwritten)


def _rows(board: _Board, raw_ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Rows to write. An item that cannot be parsed becomes a bad item; a row that exists stays as it was."""
    changes = board.changes
    reader = adapter(board.read.claim.source_type)
    for item in [*changes.new, *(item for item, _ in changes.changed)]:
        posting = parse(reader, item)
        if isinstance(posting, BadItem):
            board.bad.append(posting)
            continue
        place = (board.read.claim.source_id, item.source_job_id, raw_ids[item.sha256], item.index, item.content_hash)
        yield dict(zip(COLUMNS, (*place, *columns_of(posting)), strict=True))


def _upsert(rows: Sequence[dict[str, Any]], run_id: uuid.UUID | None, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [run_id, now, now, now, orjson.dumps(rows).decode()])


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


def _result(board: _Board) -> BoardResult:
    changes = board.changes
    unwritten = {bad.source_job_id for bad in board.bad if bad.source_job_id}
    new = [item for item in changes.new if item.source_job_id not in unwritten]
    counts = Counter(
        new=len(new),
        changed=len([item for item, _ in changes.changed if item.source_job_id not in unwritten]),
        unchanged=changes.unchanged,
        missing=len(changes.missing),
        closed=len(changes.closed),
        reopened=len(changes.reopened),
        returned=len(changes.returned),
        bad=len(board.bad),
    )
    count = changes.open_count - (len(changes.new) - len(new))
    return BoardResult(board.read.claim.source_id, _state(count), count, counts)


def _state(open_postings: int) -> str:
    return Source.State.VALID if open_postings else Source.State.EMPTY


def _next_check(now: datetime) -> datetime:
    return now + timedelta(hours=settings.RECHECK_HOURS)


def _validators(read: BoardRead) -> str | None:
    return None if read.validators is None else orjson.dumps(read.validators).decode()


def _write_sources(results: Sequence[BoardResult], held: Sequence[BoardRead], now: datetime) -> None:
    """State, counts and next check of every source that was read; the leases end here."""
    if not results:
        return
    reads = {read.claim.source_id: read for read in held}
    rows = [_source_row(result, reads[result.source_id]) for result in results]
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, [now, now, _next_check(now), *(list(column) for column in zip(*rows, strict=True))])


def _source_row(result: BoardResult, read: BoardRead) -> tuple[int, str, str, str, int, str, str | None]:
    bad = result.counts["bad"]
    reason = f"{bad} items could not be read as postings" if bad else ""
    reason = f"the list was cut short, {read.lacks} postings are missing from it" if read.lacks else reason
    name = (read.company_name or read.claim.company_name).replace("\x00", "")[:300]
    # Absent postings wait for a second read: it must be looked at even when it is the same again.
    digest = "" if bad or read.lacks or result.counts["missing"] else read.digest
    return result.source_id, result.state, reason, name, result.open_postings, digest, _validators(read)


def _count(results: Sequence[BoardResult], run_id: uuid.UUID | None) -> None:
    counts: Counter[str] = Counter()
    for result in results:
        counts += result.counts
        counts[result.state] += 1
    stage_add(run_id=run_id, name="fetch", done=len(results), counts=counts)
