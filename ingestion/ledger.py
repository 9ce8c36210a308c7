"""The politeness ledger: a row for every request, committed before the request leaves.

Rows of requests that begin at the same time share one commit. A thread and a connection of its own keep the ledger
from waiting behind the storing of boards. Begin and end are on the limiter's clock, one for all workers and machines.
"""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import structlog
from django.db import DatabaseError, connection, transaction
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

_CLOSE = """
UPDATE ingestion_outboundrequest AS r
SET ended_at = e.ended_at, status = e.status, bytes = e.bytes, error = e.error, retry_after_ms = e.retry_after_ms
FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::bigint[], %s::text[], %s::bigint[])
  AS e(id, ended_at, status, bytes, error, retry_after_ms)
WHERE r.id = e.id
"""


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
    begun: list[tuple[OutboundRequest, asyncio.Future[int]]] = field(default_factory=list)
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

    async def begin(self, row: OutboundRequest) -> int:
        """The id of the request's row, which is committed when this returns. Run and worker are set here."""
        row.run_id, row.worker, row.url = self._run_id, WORKER, row.url[:2000]
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._batch.begun.append((row, written))
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
                await self._in_thread(partial(_commit, batch))
            except DatabaseError as error:
                self._batch.ended[:0] = batch.ended  # the next commit may succeed
                _answer(batch, error)
                if not self._batch.begun:
                    log.warning("ends of requests are not written yet", requests=len(self._batch.ended), error=str(error))
                    return
            else:
                _answer(batch, None)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _answer(batch: _Batch, error: DatabaseError | None) -> None:
    """Tell those who wait for their row; one that was cancelled meanwhile waits no more."""
    for row, written in batch.begun:
        if written.done():
            continue
        if error:
            written.set_exception(error)
        else:
            written.set_result(row.pk)


def _activity(host: str) -> Activity:
    now = timezone.now()
    rows = OutboundRequest.objects.filter(host=host)
    is_recent = rows.filter(started_at__gt=now - RECENT).exists()
    pauses = rows.filter(started_at__gt=now - LONG_AGO, retry_after_ms__gt=0).values_list("ended_at", "retry_after_ms")
    paused_until_ms = max((int(ended_at.timestamp() * 1000) + pause for ended_at, pause in pauses if ended_at), default=0)
    return Activity(rows.in_flight(host, now).count(), is_recent, paused_until_ms)


def _commit(batch: _Batch) -> None:
    with transaction.atomic():
        if batch.begun:
            OutboundRequest.objects.bulk_create([row for row, _ in batch.begun])
        if batch.ended:
            columns = zip(*(_columns(ending) for ending in batch.ended), strict=True)
            with connection.cursor() as cursor:
                cursor.execute(_CLOSE, [list(column) for column in columns])


def _columns(ending: Ending) -> tuple[int, datetime, int | None, int, str, int]:
    retry_after_ms = min(int(ending.retry_after_s * 1000), 2**31 - 1)
    return ending.request_id, ending.ended_at, ending.status, ending.size, ending.error[:300], retry_after_ms
