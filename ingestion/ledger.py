"""The politeness ledger: a row for every request, committed before the request leaves.

Rows of requests that begin at the same time share one commit. A thread and a connection of its own keep the ledger
from waiting behind the storing of boards. Begin and end are on the limiter's clock, one for all workers and machines.
"""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import orjson
import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from ingestion.limiter import Activity
from ingestion.models import OutboundRequest
from ingestion.retry import LONGEST_RETRY_AFTER_S

T = TypeVar("T")
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:100]
# The end of a request is written with the next beginning, or after this long when there is none.
WRITE_AFTER_S = 0.5
# A host that was asked so lately may have requests under way that the ledger is only about to hear of.
RECENT = timedelta(minutes=1)
# A pause that a host asked for earlier is over.
LONG_AGO = timedelta(seconds=LONGEST_RETRY_AFTER_S)

log = structlog.get_logger(__name__)

# Ends and beginnings in one statement, which is its own transaction: one way to the server and back before a request may leave.
_WRITE = """
WITH ended AS (
  UPDATE ingestion_outboundrequest AS r SET ended_at = e.ended_at, status = e.status, bytes = e.size, error = left(e.error, 300),
    retry_after_ms = least(e.retry_after_s * 1000, 2147483647)
  FROM json_to_recordset(%s) AS e(request_id bigint, ended_at timestamptz, status smallint, size bigint, error text, retry_after_s float8)
  WHERE r.id = e.request_id
)
INSERT INTO ingestion_outboundrequest (host, source_id, run_id, purpose, url, attempt, scheduled_wait_ms, forced, worker, call_id, at_once,
  spacing_ms, user_agent, proxy, started_at, error, retry_after_ms, made_invalid)
SELECT host, source_id, %s, purpose, left(url, 2000), attempt, scheduled_wait_ms, forced, %s, call_id, at_once,
  spacing_ms, user_agent, proxy, started_at, '', 0, false
FROM json_to_recordset(%s) AS b(host text, source_id bigint, purpose text, url text, attempt smallint, scheduled_wait_ms integer,
  forced boolean, call_id uuid, at_once smallint, spacing_ms integer, user_agent text, proxy text, started_at timestamptz)
RETURNING id
"""


@dataclass(frozen=True)
class Beginning:
    """A request that is about to leave. Fields as in OutboundRequest."""

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
    started_at: datetime


@dataclass(frozen=True)
class Ending:
    """How a request ended. `status` None: no answer came. `size`: bytes after decompression; `retry_after_s`: what the answer asked for."""

    request_id: int
    ended_at: datetime
    status: int | None
    size: int
    error: str = ""
    retry_after_s: float = 0.0


@dataclass
class _Batch:
    begun: list[tuple[Beginning, asyncio.Future[int]]] = field(default_factory=list)
    ended: list[Ending] = field(default_factory=list)


class Ledger:
    """Writes the rows of one event loop."""

    def __init__(self, run_id: uuid.UUID | None) -> None:
        self._run_id = run_id
        self._batch = _Batch()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._writing: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._wake()
        if self._writing:
            await self._writing
        await self._in_thread(lambda: connection.close())
        self._thread.shutdown()

    async def begin(self, beginning: Beginning) -> int:
        """The id of the request's row, which is committed when this returns."""
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._batch.begun.append((beginning, written))
        self._wake()
        return await written

    def end(self, ending: Ending) -> None:
        """Note how it ended; written with the next commit."""
        self._batch.ended.append(ending)
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(WRITE_AFTER_S, self._wake)

    async def activity(self, host: str) -> Activity:
        """What is known of the host's requests, of all workers."""
        return await self._in_thread(partial(_activity, host))

    def _wake(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._batch.begun or self._batch.ended:
            batch, self._batch = self._batch, _Batch()
            try:
                ids = await self._in_thread(partial(_commit, batch, self._run_id))
            except (DatabaseError, InterfaceError) as error:
                self._batch.ended[:0] = batch.ended  # the next commit may succeed
                _refuse(batch, error)
                if not self._batch.begun:
                    log.warning("ends of requests are not written yet", requests=len(self._batch.ended), error=str(error))
                    return
            except Exception as error:  # whatever it is, nobody may wait for a row that never comes
                _refuse(batch, error)
                if batch.begun:  # it was theirs; what ended is written with the next
                    self._batch.ended[:0] = batch.ended
                raise
            else:
                _answer(batch, ids)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _answer(batch: _Batch, ids: Sequence[int]) -> None:
    """Tell those who wait for their row; one that was cancelled meanwhile waits no more."""
    for (_, written), request_id in zip(batch.begun, ids, strict=True):
        if not written.done():
            written.set_result(request_id)


def _refuse(batch: _Batch, error: Exception) -> None:
    for _, written in batch.begun:
        if not written.done():
            written.set_exception(error)


def _activity(host: str) -> Activity:
    now = timezone.now()
    rows = OutboundRequest.objects.filter(host=host)
    is_recent = rows.filter(started_at__gt=now - RECENT).exists()
    pauses = rows.filter(started_at__gt=now - LONG_AGO, retry_after_ms__gt=0).values_list("ended_at", "retry_after_ms")
    paused_until_ms = max((int(ended_at.timestamp() * 1000) + pause for ended_at, pause in pauses if ended_at), default=0)
    return Activity(rows.in_flight(host, now).count(), is_recent, paused_until_ms)


def _commit(batch: _Batch, run_id: uuid.UUID | None) -> list[int]:
    """Ids of the rows begun, in their order: ids are drawn as the rows come."""
    begun = orjson.dumps([beginning for beginning, _ in batch.begun]).decode()
    ended = orjson.dumps(batch.ended).decode()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [ended, run_id, WORKER, begun])
            return sorted(pk for (pk,) in cursor.fetchall())
    except (DatabaseError, InterfaceError):
        connection.close_if_unusable_or_obsolete()  # the next commit opens another
        raise
