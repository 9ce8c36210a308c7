"""An export under way: one snapshot of the database, read through a server-side cursor, given out piece by piece."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextChoices
from django.http import StreamingHttpResponse
from django.utils import timezone

from catalog.api.rows import job_items, list_rows
from catalog.changes import Position, settled_until
from catalog.errors import ExportBusyError, ExportCutError, ExportUnavailableError
from catalog.exports.columns import chosen_columns
from catalog.exports.parquet import parquet_chunks, parquet_is_there
from catalog.exports.text import Items, csv_chunks, json_lines, spreadsheet_chunks
from catalog.search.postgres import PostgresBackend
from catalog.search.query import Search

BATCH = 500
PIECE = 64 * 1024
# A reader who has not taken a piece after so many seconds has stopped to read; the web server would wait forever.
PATIENCE_S = 60
# Of jobs or companies. Nobody knows who they are, so that nobody can be asked to stop.
ANONYMOUS_ROWS = 1_000
# Each holds a thread of the web server and a snapshot of the database for as long as the client reads. Those of a few jobs, which
# anybody may ask for, come one after the other in a slot of their own.
AT_ONCE = 2
_SLOTS = 1_702_392_946


_CUT = "INCOMPLETE: the time for one export is over; ask for fewer jobs or columns, or follow changes with jobs?since="


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
# They begin a line of their own, wherever the file was cut. Parquet has its index at the end: without it nothing reads it.
_LAST_LINES = {
    ExportFormat.CSV: f'\r\n"{_CUT}"\r\n'.encode(),
    ExportFormat.JSONL: b"\n" + orjson.dumps({"error": _CUT}) + b"\n",
    ExportFormat.PARQUET: b"",
}
Writer = Callable[[Iterable[Items], Mapping[str, str]], Generator[bytes]]
_WRITERS: Mapping[ExportFormat, Writer] = {
    ExportFormat.CSV: csv_chunks,
    ExportFormat.JSONL: json_lines,
    ExportFormat.PARQUET: parquet_chunks,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: which jobs, in which form, which columns (all that the form has, unless named), and how many at most;
    `is_for_people`: CSV as spreadsheets want it.

    Raises ExportFieldError, and ExportUnavailableError for a format whose library is not installed.
    """

    search: Search
    format: ExportFormat
    fields: Sequence[str] = ()
    most: int | None = None
    is_for_people: bool = False

    def __post_init__(self) -> None:
        if self.format is ExportFormat.PARQUET and not parquet_is_there():
            raise ExportUnavailableError("Parquet files need DuckDB, which is not installed here")
        self.columns  # noqa: B018 - it checks them

    @property
    def columns(self) -> Mapping[str, str]:
        return chosen_columns(self.fields, is_csv=self.format is ExportFormat.CSV)

    @property
    def writer(self) -> Writer:
        return spreadsheet_chunks if self.is_for_people and self.format is ExportFormat.CSV else _WRITERS[self.format]


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


def export_response(wanted: Wanted, environ: Mapping[str, Any]) -> StreamingHttpResponse:
    """The file as a download, with `X-Total-Count`, and `X-Since`, from where changes of all its jobs go on. Raises ExportBusyError.

    `environ`: of the request; gunicorn has its socket there, on which nobody waits for longer than PATIENCE_S then.

    A few jobs (`most`) are made at once, so that however slowly they are read they hold neither a snapshot nor a slot.
    """
    since = Position(settled_until())  # before the snapshot: what it has not is then still to come
    export = Export(wanted)
    name = f"jobs-{timezone.now():%Y-%m-%d}.{wanted.format.value}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Total-Count": str(export.total),
        "Cache-Control": "no-store",
    }
    if export.is_whole:
        headers["X-Since"] = str(since)
    if connected := environ.get("gunicorn.socket"):
        connected.settimeout(PATIENCE_S)
    pieces = export if wanted.most is None else _made_at_once(export)
    return StreamingHttpResponse(pieces, content_type=wanted.format.media_type, headers=headers)


def _made_at_once(export: Export) -> list[bytes]:
    with contextlib.closing(export):
        return list(export)


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
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SLOTS, slot])
            if cursor.fetchone()[0]:
                return
    raise ExportBusyError(f"{len(slots)} export{'s are' if len(slots) != 1 else ' is'} under way already")


def _batches(ids: Iterator[int]) -> Iterator[Items]:
    while batch := list(islice(ids, BATCH)):
        yield job_items(list_rows(batch))
