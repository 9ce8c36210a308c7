"""An export under way: one snapshot of the database, read through a server-side cursor, given out piece by piece."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import islice

import orjson
from django.conf import settings
from django.db import connection, transaction

from catalog import locks
from catalog.api.rows import job_items, list_rows
from catalog.errors import ExportBusyError, ExportCutError
from catalog.exports.text import Items
from catalog.exports.wanted import ExportFormat, Wanted
from catalog.search.postgres.backend import PostgresBackend

BATCH = 500
PIECE = 64 * 1024
# Each holds a thread of the web server and a snapshot of the database for as long as the client reads. Those of a few jobs, which
# anybody may ask for, come one after the other in a slot of their own.
AT_ONCE = 2

_CUT = "INCOMPLETE: the time for one export is over; ask for fewer jobs or columns, or follow changes with jobs?since="


# They begin a line of their own, wherever the file was cut. Parquet has its index at the end: without it nothing reads it.
_LAST_LINES = {
    ExportFormat.CSV: f'\r\n"{_CUT}"\r\n'.encode(),
    ExportFormat.JSONL: b"\n" + orjson.dumps({"error": _CUT}) + b"\n",
    ExportFormat.PARQUET: b"",
}


class Export:
    """The pieces of the file, `total`, the number of jobs in it, and `is_whole`, whether these are all that match.

    Whoever opens it closes it, at the end or before.

    It holds what the page shows: where no job has the words, those that resemble them. The best paid come first when the search asks for
    that, else the newest: ranking all matches would take longer than a request may, and tells little of the tail.
    After EXPORT_SECONDS it ends with a line that says so, and ExportCutError, so that no reader takes a part for the whole.
    """

    def __init__(self, wanted: Wanted) -> None:
        """Raises ExportBusyError."""
        self._until = time.monotonic() + settings.EXPORT_SECONDS
        with contextlib.ExitStack() as opening:
            opening.enter_context(_snapshot())
            _take_slot(range(AT_ONCE) if wanted.most is None else [AT_ONCE])
            # Of the rows alone: an index may be ahead of the snapshot or behind it.
            rows = PostgresBackend()
            exported = rows.answerable(wanted.search)
            count = rows.count(exported, cap=wanted.most)
            self.total, self.is_whole = count.value, count.is_exact
            self._ids = rows.stream(exported)
            self._open = opening.pop_all()
        self._format = wanted.format
        self._chunks = wanted.writer(_batches(islice(self._ids, wanted.most)), wanted.columns)
        self._pieces = self._timely()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Give back the cursor, the snapshot and the slot."""
        self._pieces.close()
        self._chunks.close()
        self._open.close()

    def _timely(self) -> Generator[bytes]:
        """Pieces so small that a slow reader's time is looked at often."""
        for chunk in self._chunks:
            for start in range(0, len(chunk), PIECE):
                if time.monotonic() >= self._until:
                    yield _LAST_LINES[self._format]
                    raise ExportCutError(f"the export was not read to its end in {settings.EXPORT_SECONDS} seconds")
                yield chunk[start : start + PIECE]


@contextlib.contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the database for the count and all rows, whatever is published meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # A reader who stopped to read must not keep the snapshot, which holds up all vacuuming.
                cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [f"{settings.EXPORT_SECONDS}s"])
        yield


def _take_slot(slots: Sequence[int]) -> None:
    """One of these, if one is free; it is free again when the transaction ends, however it ends."""
    with connection.cursor() as cursor:
        for slot in slots:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.EXPORT, slot])
            if cursor.fetchone()[0]:
                return
    raise ExportBusyError(f"{len(slots)} export{'s are' if len(slots) != 1 else ' is'} under way already")


def _batches(ids: Iterator[int]) -> Iterator[Items]:
    while batch := list(islice(ids, BATCH)):
        yield job_items(list_rows(batch))
