"""What an export is asked for: jobs, form and columns."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import TextChoices

from catalog.errors import ExportUnavailableError
from catalog.exports.columns import chosen_columns
from catalog.exports.parquet import parquet_chunks, parquet_is_there
from catalog.exports.text import Items, csv_chunks, json_lines, spreadsheet_chunks
from catalog.search.query import Search

# Of jobs or companies. Nobody knows who they are, so that nobody can be asked to stop.
ANONYMOUS_ROWS = 1_000


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
    columns: Mapping[str, str] = field(init=False)
    """Name -> DuckDB's type."""

    def __post_init__(self) -> None:
        if self.format is ExportFormat.PARQUET and not parquet_is_there():
            raise ExportUnavailableError("Parquet files need DuckDB, which is not installed here")
        object.__setattr__(self, "columns", chosen_columns(self.fields, is_csv=self.format is ExportFormat.CSV))

    @property
    def writer(self) -> Writer:
        return spreadsheet_chunks if self.is_for_people and self.format is ExportFormat.CSV else _WRITERS[self.format]
