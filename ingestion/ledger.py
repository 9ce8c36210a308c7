"""The politeness ledger: a row for every request, committed before the request leaves.

Rows of requests that begin at the same time share one commit. A thread and a connection of its own keep the ledger
from waiting behind the storing of boards.
"""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ingestion.models import OutboundRequest

T = TypeVar("T")
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:100]

_CLOSE = """
UPDATE ingestion_outboundrequest AS r
SET ended_at = e.ended_at, status = e.status, bytes = e.bytes, error = e.error
FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::bigint[], %s::text[]) AS e(id, ended_at, status, bytes, error)
WHERE r.id = e.id
"""


@dataclass(frozen=True)
class Ending:
    """How a request ended. `status` None: no answer came."""

    request_id: int
    ended_at: datetime
    status: int | None
    size: int
    error: str


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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._wake()
        if self._writing:
            await self._writing
        await self._in_thread(lambda: connection.close())
        self._thread.shutdown()

    async def begin(
        self,
        *,
        host: str,
        url: str,
        purpose: str,
        source_id: int | None,
        attempt: int,
        scheduled_wait_s: float,
        forced: bool,
    ) -> int:
        """The id of the request's row, which is committed when this returns."""
        row = OutboundRequest(
            host=host,
            url=url[:2000],
            purpose=purpose,
            source_id=source_id,
            run_id=self._run_id,
            attempt=attempt,
            scheduled_wait_ms=int(scheduled_wait_s * 1000),
            forced=forced,
            worker=WORKER,
        )
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._batch.begun.append((row, written))
        self._wake()
        return await written

    def end(self, request_id: int, *, status: int | None, size: int, error: str = "") -> None:
        """Note how it ended; written with the next commit."""
        self._batch.ended.append(Ending(request_id, timezone.now(), status, size, error[:300]))

    async def in_flight(self, host: str) -> int:
        """Requests to the host that have begun and are not known to have ended, of all workers."""
        return await self._in_thread(lambda: OutboundRequest.objects.in_flight(host, timezone.now()).count())

    def _wake(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._batch.begun or self._batch.ended:
            batch, self._batch = self._batch, _Batch()
            try:
                await self._in_thread(partial(_commit, batch))
            except DatabaseError as error:
                if not batch.begun:
                    raise
                for _, written in batch.begun:
                    written.set_exception(error)
            else:
                for row, written in batch.begun:
                    if not written.done():  # its request was cancelled meanwhile
                        written.set_result(row.pk)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _commit(batch: _Batch) -> None:
    now = timezone.now()
    for row, _ in batch.begun:
        row.started_at = now
    with transaction.atomic():
        if batch.begun:
            OutboundRequest.objects.bulk_create([row for row, _ in batch.begun])
        if batch.ended:
            columns = zip(*((e.request_id, e.ended_at, e.status, e.size, e.error) for e in batch.ended), strict=True)
            with connection.cursor() as cursor:
                cursor.execute(_CLOSE, [list(column) for column in columns])
