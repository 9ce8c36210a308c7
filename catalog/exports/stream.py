"""An export under way: one snapshot of the database, read through a server-side cursor, given out piece by piece."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from itertools import islice

from django.db import connection, transaction
from django.db.models import TextChoices
from django.http import StreamingHttpResponse
from django.utils import timezone

from catalog.api.rows import job_items, list_rows
from catalog.changes import Position, settled_until
from catalog.errors import ExportBusyError, ExportUnavailableError
from catalog.exports.parquet import parquet_chunks, parquet_is_there
from catalog.exports.text import Items, csv_chunks, json_lines
from catalog.search.postgres import PostgresBackend
from catalog.search.query import Search

BATCH = 500
# Each holds a thread of the web server and a snapshot of the database for as long as the client reads.
AT_ONCE = 2
_SLOTS = 1_702_392_946


class ExportFormat(TextChoices):
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON Lines"
    PARQUET = "parquet", "Parquet"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}
_WRITERS: Mapping[ExportFormat, Callable[[Iterable[Items]], Generator[bytes]]] = {
    ExportFormat.CSV: csv_chunks,
    ExportFormat.JSONL: json_lines,
    ExportFormat.PARQUET: parquet_chunks,
}


class Export:
    """The pieces of the file, and `total`, the number of jobs in it. Whoever opens it closes it, at the end or before.

    It holds what the page shows: where no job has the words, those that resemble them. The best paid come first when the search asks for
    that, else the newest: ranking all matches would take longer than a request may, and tells little of the tail.
    """

    def __init__(self, search: Search, export_format: ExportFormat) -> None:
        """Raises ExportBusyError, and ExportUnavailableError for a format whose library is not installed."""
        if export_format is ExportFormat.PARQUET and not parquet_is_there():
            raise ExportUnavailableError("Parquet files need DuckDB, which is not installed here")
        with contextlib.ExitStack() as opening:
            opening.enter_context(_snapshot())
            _take_slot()
            # Of the rows alone: an index may be ahead of the snapshot or behind it.
            rows = PostgresBackend()
            exported = rows.answerable(search)
            self.total = rows.count(exported, cap=None).value
            self._ids = rows.stream(exported)
            self._open = opening.pop_all()
        self._chunks = _WRITERS[export_format](_batches(self._ids))

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks, None)
        if chunk is None:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Give back the cursor, the snapshot and the slot."""
        self._chunks.close()
        self._open.close()


def export_response(search: Search, export_format: ExportFormat) -> StreamingHttpResponse:
    """The file as a download, with `X-Total-Count`, and `X-Since`, from where changes go on. Raises what Export raises."""
    since = Position(settled_until())  # before the snapshot: what it has not is then still to come
    export = Export(search, export_format)
    name = f"jobs-{timezone.now():%Y-%m-%d}.{export_format.value}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Total-Count": str(export.total),
        "X-Since": str(since),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(export, content_type=export_format.media_type, headers=headers)


@contextlib.contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the database for the count and all rows, whatever is published meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _take_slot() -> None:
    """One of the few exports at once; it is free again when the transaction ends, however it ends."""
    with connection.cursor() as cursor:
        for slot in range(AT_ONCE):
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SLOTS, slot])
            if cursor.fetchone()[0]:
                return
    raise ExportBusyError(f"{AT_ONCE} exports are under way already")


def _batches(ids: Iterator[int]) -> Iterator[Items]:
    while batch := list(islice(ids, BATCH)):
        yield job_items(list_rows(batch))
