"""The politeness ledger: a row for every request, committed before the request leaves.

A request is announced before it asks for a slot, so that no slot stands idle while its row is committed; start and end are
written with a later commit, on the limiter's clock, one for all workers and machines. As long as that fails, or takes longer
than BEHIND_S, nothing leaves (`is_behind`). A row without a start waits for its slot, or its worker was lost, or could not reach
the database until it ended: then the request left in the moments before, or never.
Rows of requests that are announced at the same time share one commit. A thread and a connection of its own keep the ledger
from waiting behind the storing of boards.
"""

from __future__ import annotations

import asyncio
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import orjson
import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, connection
from django.utils import timezone

from ingestion.errors import printable
from ingestion.http.retry import LONGEST_RETRY_AFTER_S
from ingestion.models import OutboundRequest
from ingestion.politeness.limiter import Activity

T = TypeVar("T")
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:100]
# Start and end of a request are written with the next announcement, or after this long when there is none.
WRITE_AFTER_S = 0.02
# While the database takes no notes: after how long it is tried again, and for how long at the end.
RETRY_S = 1.0
CLOSING_S = 10.0
# Nothing leaves while what is known of an earlier request has waited so long to be written.
BEHIND_S = 1.0
# A host that was asked so lately may have requests under way that the ledger is only about to hear of.
RECENT = timedelta(minutes=1)
# A pause that a host asked for earlier is over.
LONG_AGO = timedelta(seconds=LONGEST_RETRY_AFTER_S)

log = structlog.get_logger(__name__)

# All in one statement, which is its own transaction: one way to the server and back.
# LIMIT tells the planner how few notes there are: it takes every list of JSON for a hundred rows, and then reads the whole table.
_WRITE = """
WITH noted AS (
  UPDATE ingestion_outboundrequest AS r SET started_at = n.started_at, ended_at = n.ended_at, status = n.status, bytes = n.size,
    error = left(n.error, 300), retry_after_ms = least(n.retry_after_s * 1000, 2147483647)
  FROM (SELECT * FROM json_to_recordset(%s) AS one(request_id bigint, started_at timestamptz, ended_at timestamptz, status smallint,
    size bigint, error text, retry_after_s float8) LIMIT %s) AS n
  WHERE r.id = n.request_id
)
INSERT INTO ingestion_outboundrequest (host, source_id, run_id, purpose, url, attempt, scheduled_wait_ms, forced, worker, call_id, at_once,
  spacing_ms, user_agent, proxy, error, retry_after_ms, made_invalid)
SELECT host, source_id, %s, purpose, left(url, 2000), attempt, scheduled_wait_ms, forced, %s, call_id, at_once,
  spacing_ms, user_agent, proxy, '', 0, false
FROM json_to_recordset(%s) AS a(host text, source_id bigint, purpose text, url text, attempt smallint, scheduled_wait_ms integer,
  forced boolean, call_id uuid, at_once smallint, spacing_ms integer, user_agent text, proxy text)
RETURNING id
"""


@dataclass(frozen=True)
class Announcement:
    """A request that is going to ask for a slot. Fields as in OutboundRequest."""

    host: str
    url: str
    purpose: str
    source_id: int | None
    call_id: uuid.UUID
    attempt: int
    scheduled_wait_ms: int
    forced: bool
    at_once: int
    spacing_ms: int
    user_agent: str
    proxy: str


@dataclass(frozen=True)
class Note:
    """All that is known of an announced request. `started_at`: when it got its slot, None for one that was given up before.

    `status` None with an end: no answer came. `size`: bytes after decompression; `retry_after_s`: what the answer asked for.
    """

    request_id: int
    started_at: datetime | None
    ended_at: datetime | None = None
    status: int | None = None
    size: int | None = None
    error: str = ""
    retry_after_s: float = 0.0


@dataclass
class _Batch:
    """What is to be written; of each request the last note. `since`: when its first note came, on the monotonic clock."""

    announced: list[tuple[Announcement, asyncio.Future[int]]] = field(default_factory=list)
    notes: dict[int, Note] = field(default_factory=dict)
    since: float = math.inf

    def __bool__(self) -> bool:
        return bool(self.announced or self.notes)


class Ledger:
    """Writes the rows of one event loop."""

    def __init__(self, run_id: uuid.UUID | None) -> None:
        self._run_id = run_id
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._later: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        # Under the lock: what is to be written, what is being written, whether the thread is going to, and whether its last try failed.
        self._batch = _Batch()
        self._under_way = _Batch()
        self._is_writing = False
        self._has_failed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        deadline = time.monotonic() + CLOSING_S
        try:
            while self._wake():
                if await self._in_thread(lambda: self._has_failed):
                    if time.monotonic() > deadline:
                        break
                    await asyncio.sleep(RETRY_S)
        finally:
            self._thread.submit(self._close)  # also where nobody may wait for it any longer

    @property
    def is_behind(self) -> bool:
        """Whether what was noted cannot be written just now: what leaves then might never have a start and an end."""
        with self._lock:
            since = min(self._under_way.since, self._batch.since)
            return self._has_failed or time.monotonic() - since > BEHIND_S

    async def announce(self, announcement: Announcement) -> int:
        """The id of the request's row, which is committed when this returns. Cancelled meanwhile, it is noted as not sent."""
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._batch.announced.append((announcement, written))
        self._wake()
        try:
            return await written
        except asyncio.CancelledError:
            if not written.cancelled() and not written.exception():  # the row came in the moment of the cancellation
                self.note(unsent(written.result()))
            raise

    def note(self, note: Note) -> None:
        """Keep what is known of a request; written with the next commit, in the place of what was noted before."""
        with self._lock:
            self._batch.notes[note.request_id] = note
            self._batch.since = min(self._batch.since, time.monotonic())
        self._wake_in(WRITE_AFTER_S)

    async def activity(self, host: str) -> Activity:
        """What is known of the host's requests, of all workers."""
        return await self._in_thread(partial(_activity, host))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """Behind what the thread has to do already."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _wake_in(self, seconds: float) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(seconds, self._wake)

    def _wake(self) -> bool:
        """Have the thread write what there is; False when there is nothing and it does nothing."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        with self._lock:
            if not self._is_writing and self._batch:
                self._is_writing = True
                self._thread.submit(self._write, asyncio.get_running_loop())
            return self._is_writing

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write one batch, and see to the next: over the loop that would wait until the loop has time for it."""
        with self._lock:
            batch, self._batch = self._batch, _Batch()
            self._under_way = batch
        try:
            ids = _commit_what_can_be(batch, self._run_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for a row that never comes
            self._put_back(batch)
            _tell(loop, partial(self._refuse, batch, error))
            if not batch.announced:
                log.warning("starts and ends of requests are not written yet", requests=len(batch.notes), error=str(error))
        else:
            with self._lock:
                self._has_failed, self._under_way = False, _Batch()
            _tell(loop, partial(self._answer, batch, ids))
        self._go_on(loop)

    def _put_back(self, batch: _Batch) -> None:
        """What is known of requests is written later, unless more is known of them meanwhile."""
        with self._lock:
            self._has_failed, self._under_way = True, _Batch()
            self._batch.notes = batch.notes | self._batch.notes
            self._batch.since = min(batch.since, self._batch.since)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            # After a failure notes alone wait for a while: the database may be away for long.
            self._is_writing = bool(self._batch.announced if self._has_failed else self._batch)
            if self._is_writing:
                self._thread.submit(self._write, loop)

    def _close(self) -> None:
        with self._lock:
            if self._is_writing:  # more has come: behind that
                self._thread.submit(self._close)
                return
            self._is_writing = True  # for good: nothing is given to a thread that ends
        connection.close()
        self._thread.shutdown(wait=False)

    def _refuse(self, batch: _Batch, error: Exception) -> None:
        """Tell those who wait for their row that it does not come, and see to it that notes are tried again."""
        for _, written in batch.announced:
            if not written.done():
                written.set_exception(error)
        self._wake_in(RETRY_S)

    def _answer(self, batch: _Batch, ids: Sequence[int]) -> None:
        """Tell those who wait for their row; that of one who was cancelled meanwhile ends here."""
        for (_, written), request_id in zip(batch.announced, ids, strict=True):
            if written.cancelled():
                self.note(unsent(request_id))
            else:
                written.set_result(request_id)


def _tell(loop: asyncio.AbstractEventLoop, news: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any longer
        loop.call_soon_threadsafe(news)


def unsent(request_id: int, why: str = "given up before it got a slot") -> Note:
    """Of a request that will never leave."""
    return Note(request_id, None, timezone.now(), error=f"not sent: {why}")


def _commit_what_can_be(batch: _Batch, run_id: uuid.UUID | None) -> list[int]:
    """Ids of the rows announced. A note that can never be written is left out of the batch: it would hold up all that come after it."""
    try:
        return _commit(batch, run_id)
    except Exception as error:
        if not batch.notes or not _is_for_good(error):
            raise
    for note in batch.notes.values():
        _commit_alone(note)
    batch.notes = {}
    return _commit(batch, run_id) if batch.announced else []


def _commit_alone(note: Note) -> None:
    """Write one note, or say in the log that it never will be."""
    try:
        _commit(_Batch(notes={note.request_id: note}), None)
    except Exception as error:
        if not _is_for_good(error):
            raise
        log.exception("what became of a request cannot be written", request_id=note.request_id)


def _is_for_good(error: Exception) -> bool:
    """Whether what was to be written is to blame. A database that is away, or read-only for a while, takes it later."""
    return isinstance(error, (DataError, IntegrityError)) or not isinstance(error, (DatabaseError, InterfaceError))


def _activity(host: str) -> Activity:
    now = timezone.now()
    rows = OutboundRequest.objects.filter(host=host)
    # What others announced may have its slot already. Of this worker's own that is known.
    is_recent = rows.filter(started_at__gt=now - RECENT).exists() or rows.waiting().exclude(worker=WORKER).exists()
    pauses = rows.filter(started_at__gt=now - LONG_AGO, retry_after_ms__gt=0).values_list("ended_at", "retry_after_ms")
    paused_until_ms = max((int(ended_at.timestamp() * 1000) + pause for ended_at, pause in pauses if ended_at), default=0)
    return Activity(rows.in_flight(host, now).count(), is_recent, paused_until_ms)


def _rows(rows: Sequence[Announcement | Note]) -> str:
    """As PostgreSQL reads them. It takes no NUL, and JSON no half of a surrogate pair: texts with such lose it."""
    try:
        text = orjson.dumps(rows).decode()
    except TypeError:
        text = ""
    if text and "\\u0000" not in text:
        return text
    cleaned = ({name: printable(value) if isinstance(value, str) else value for name, value in vars(row).items()} for row in rows)
    return orjson.dumps(list(cleaned)).decode()


def _commit(batch: _Batch, run_id: uuid.UUID | None) -> list[int]:
    """Ids of the rows announced, in their order: ids are drawn as the rows come."""
    announced = _rows([announcement for announcement, _ in batch.announced])
    notes = _rows(list(batch.notes.values()))
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [notes, len(batch.notes), run_id, WORKER, announced])
            return sorted(pk for (pk,) in cursor.fetchall())
    except (DatabaseError, InterfaceError):
        connection.close_if_unusable_or_obsolete()  # the next commit opens another
        raise
