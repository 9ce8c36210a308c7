"""Storing complete reads of boards: one transaction for several boards, one statement for all that is new, one for all that changed.

Of an unchanged posting only key and hash travel, and nothing is written; of a board whose bytes are those of the read before,
only its source's row is.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from ingestion.ats.base import Adapter, Page
from ingestion.ats.registry import adapter
from ingestion.boards import BadItem, Changes, Difference, Item, columns_of, compare, difference, headline, items_of, once
from ingestion.models import BadPayload, Source
from ingestion.services.dead_letters import dead_letters_heal
from ingestion.services.known import KnownBoard, boards_known, boards_known_statement, rows_known
from ingestion.services.presence import presence_write
from ingestion.services.raw import raw_object_ids, raw_objects_statement
from ingestion.services.repair import postings_repoint
from ingestion.services.runs import stage_add_statement
from ingestion.services.source_writes import (
    Locked,
    sources_lock_statement,
    sources_locked,
    sources_same_statement,
    sources_write_statement,
)
from ingestion.services.sources import Claim
from ingestion.services.statements import Rows, Statement, execute
from ingestion.services.versions import contents_replace_statement
from ingestion.storage import StoredRaw

_ADD = """
INSERT INTO ingestion_rawposting AS p (source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url,
  is_prospect, posted_at, run_id, first_seen_at, changed_at, status_changed_at, reopened_count)
SELECT source_id, source_job_id, raw_object_id, raw_index, content_hash, title, location, url, is_prospect, posted_at, %s, %s, %s, %s, 0
FROM json_to_recordset(%s) AS r(source_id bigint, source_job_id text, raw_object_id bigint, raw_index integer, content_hash text,
  title text, location text, url text, is_prospect boolean, posted_at timestamptz)
ON CONFLICT (source_id, source_job_id) DO UPDATE SET raw_object_id = excluded.raw_object_id, raw_index = excluded.raw_index,
  content_hash = excluded.content_hash, title = excluded.title, location = excluded.location, url = excluded.url,
  is_prospect = excluded.is_prospect, posted_at = excluded.posted_at, run_id = excluded.run_id, changed_at = excluded.changed_at
"""


@dataclass(frozen=True, slots=True)
class PageRead:
    """One list response that is in storage, and what it holds."""

    raw: StoredRaw
    items: Sequence[Item]
    bad: Sequence[BadItem] = ()
    lacks: int = 0
    """How many postings it announces and does not have."""


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
        return sum(page.lacks for page in self.pages)


def page_read(reader: Adapter, raw: StoredRaw, page: Page) -> PageRead:
    """What waits of a page until it is stored; the page itself may go."""
    items, bad = items_of(reader, raw.sha256, page.payloads)
    return PageRead(raw, items, bad, lacks=max(0, (page.announced or 0) - len(page.payloads)))


@dataclass(slots=True)
class BoardResult:
    """What a read changed. `counts`: new, changed, unchanged, missing, closed, reopened, returned, bad; a count left out is 0."""

    source_id: int
    state: str
    open_postings: int
    counts: dict[str, int]


@dataclass(slots=True)
class _Board:
    """A board while it is being stored."""

    read: BoardRead
    items: list[Item] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    @property
    def source_id(self) -> int:
        return self.read.claim.source_id

    @property
    def may_close(self) -> bool:
        return not self.read.lacks and all(bad.source_job_id for bad in self.bad)


def boards_store(*, reads: Sequence[BoardRead], run_id: uuid.UUID | None = None, now: datetime | None = None) -> list[BoardResult]:
    """Store complete reads in one transaction; boards whose lease was lost are left out of the answer and of the database."""
    moment = now or timezone.now()
    same = [(read.claim, read.validators) for read in reads if read.is_same]
    others = [_board(read) for read in reads if not read.is_same]
    noted = [sources_same_statement(reads=same, run_id=run_id, now=moment)] if same else []
    if not others:
        return _same_results(execute(*noted))
    with transaction.atomic():
        return _store(others, noted, run_id, moment)


def _board(read: BoardRead) -> _Board:
    items = [item for page in read.pages for item in page.items]
    return _Board(read, once(items) if len(read.pages) > 1 else items, [bad for page in read.pages for bad in page.bad])


def _same_results(answers: Iterable[Rows]) -> list[BoardResult]:
    """Of what was noted as the same; no other statement of a batch's last message answers anything."""
    return [_same_result(source_id, open_postings) for rows in answers for source_id, open_postings in rows]


def _same_result(source_id: int, open_postings: int) -> BoardResult:
    return BoardResult(source_id, _state(open_postings), open_postings, {"unchanged": open_postings})


def _store(read: Sequence[_Board], noted: Sequence[Statement], run_id: uuid.UUID | None, now: datetime) -> list[BoardResult]:
    """Store boards with other bytes, and do what is `noted` of those with the same.

    What is asked before comparing is one message to the database, what is written of most boards another.
    """
    locked, raw_ids, known = _begin(read, now)
    boards = [board for board in read if locked.holds(board.read.claim)]
    _compare(boards, locked.unread, known)
    contents = _contents(boards, raw_ids, run_id, now)
    _write_exceptions(boards, locked, raw_ids, run_id, now)
    results = [_result(board) for board in boards]
    rows = [_source_row(result, board.read) for result, board in zip(results, boards, strict=True)]
    answers = execute(*contents, sources_write_statement(rows=rows, now=now), _count(results, run_id), *noted)
    return [*results, *_same_results(answers)]


def _begin(read: Sequence[_Board], now: datetime) -> tuple[Locked, dict[str, int], dict[int, KnownBoard]]:
    """Lock the sources (all in one order), write the raw objects and ask what is known of the boards.

    A board whose lease was lost keeps the row of its raw object: its bytes are in storage, and retention looks at rows.
    """
    raws = [page.raw for board in read for page in board.read.pages]
    sources, objects, known = execute(
        sources_lock_statement(board.read.claim for board in read),
        raw_objects_statement(raws=raws, now=now),
        boards_known_statement([board.source_id for board in read]),
    )
    locked = sources_locked(sources)
    held = [page.raw for board in read if locked.holds(board.read.claim) for page in board.read.pages]
    return locked, raw_object_ids(raws=held, rows=objects), boards_known(known)


def _compare(boards: Sequence[_Board], unread: Set[int], known: Mapping[int, KnownBoard]) -> None:
    """Fill in `changes`: one query for all boards, only for ids that this read or the last one did not find.

    A source without a complete read before has no postings.
    """
    nothing = KnownBoard()
    differences = {board.source_id: difference(board.items, known.get(board.source_id, nothing).present) for board in boards}
    rows = rows_known(_unfound({pk: read for pk, read in differences.items() if pk not in unread}, known))
    for board in boards:
        board.changes = compare(differences[board.source_id], rows.get(board.source_id, {}), may_close=board.may_close)


def _unfound(differences: Mapping[int, Difference], known: Mapping[int, KnownBoard]) -> Iterator[tuple[int, str]]:
    """(source id, posting id) of what this read or the last one did not find: new, absent now, absent before."""
    for source_id, read in differences.items():
        new = {item.source_job_id for item in read.items} - read.changed
        before = known[source_id].absent if source_id in known else frozenset()
        yield from ((source_id, key) for key in new | read.absent | before)


def _contents(boards: Sequence[_Board], raw_ids: Mapping[str, int], run_id: uuid.UUID | None, now: datetime) -> list[Statement]:
    """Write what is new or changed. An item that cannot be parsed becomes a bad item; a row that exists stays as it was."""
    added = [columns for board in boards for item in board.changes.new if (columns := _columns(board, item, raw_ids))]
    replaced = [columns for board in boards for item in board.changes.changed if (columns := _columns(board, item, raw_ids))]
    statements = [Statement(_ADD, [run_id, now, now, now, orjson.dumps(added).decode()])] if added else []
    return [*statements, contents_replace_statement(rows=replaced, run_id=run_id, now=now)] if replaced else statements


def _columns(board: _Board, item: Item, raw_ids: Mapping[str, int]) -> dict[str, Any] | None:
    """The posting's identity and the columns that a content brings, None for one that is no posting."""
    read = headline(adapter(board.read.claim.source_type), item)
    if isinstance(read, BadItem):
        board.bad.append(read)
        return None
    return {
        "source_id": board.source_id,
        "source_job_id": item.source_job_id,
        "raw_object_id": raw_ids[item.sha256],
        "raw_index": item.index,
        "content_hash": item.content_hash,
        **columns_of(read)._asdict(),
    }


def _write_exceptions(boards: Sequence[_Board], locked: Locked, raw_ids: dict[str, int], run_id: uuid.UUID | None, now: datetime) -> None:
    """What few boards need: lost raw objects and bad items, postings that came and went, letters of reads that were given up."""
    if locked.has_damage:
        postings_repoint(boards={board.source_id: board.items for board in boards}, raw_ids=raw_ids)
    presence_write(changes=[board.changes for board in boards], now=now)
    _write_bad(boards, raw_ids, run_id, now)
    if locked.given_up:
        dead_letters_heal(source_ids=[board.source_id for board in boards if board.source_id in locked.given_up])


def _write_bad(boards: Iterable[_Board], raw_ids: dict[str, int], run_id: uuid.UUID | None, now: datetime) -> None:
    rows = [
        BadPayload(
            source_id=board.source_id,
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
    counts = {
        "new": len(new),
        "changed": len([item for item in changes.changed if item.source_job_id not in unwritten]),
        "unchanged": changes.unchanged,
        "missing": len(changes.missing),
        "closed": len(changes.closed),
        "reopened": len(changes.reopened),
        "returned": len(changes.returned),
        "bad": len(board.bad),
    }
    count = changes.open_count - (len(changes.new) - len(new))
    return BoardResult(board.source_id, _state(count), count, counts)


def _state(open_postings: int) -> str:
    return Source.State.VALID if open_postings else Source.State.EMPTY


def _source_row(result: BoardResult, read: BoardRead) -> dict[str, Any]:
    bad = result.counts["bad"]
    reason = f"{bad} items could not be read as postings" if bad else ""
    reason = f"the list was cut short, {read.lacks} postings are missing from it" if read.lacks else reason
    return {
        "id": result.source_id,
        "state": result.state,
        "state_reason": reason,
        "company_name": (read.company_name or read.claim.company_name).replace("\x00", "")[:300],
        "open_postings": result.open_postings,
        # Absent postings wait for a second read: it must be looked at even when it is the same again.
        "read_digest": "" if bad or read.lacks or result.counts["missing"] else read.digest,
        "validators": read.validators,
    }


def _count(results: Sequence[BoardResult], run_id: uuid.UUID | None) -> Statement:
    """Adds the boards to the run's progress."""
    counts: defaultdict[str, int] = defaultdict(int)
    for result in results:
        counts[result.state] += 1
        for name, number in result.counts.items():
            counts[name] += number
    told = {name: number for name, number in counts.items() if number}
    return stage_add_statement(run_id=run_id, name="fetch", done=len(results), counts=told)
