"""Jobs as lines of text: CSV that a spreadsheet opens without running anything in it, and JSON Lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

Items = Sequence[Mapping[str, Any]]
# A cell that begins so is a formula to a spreadsheet; the apostrophe before it makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BETWEEN = "; "
# A column of its own each: what a table cannot hold in one cell. `salary` is null where no pay is stated.
_SALARY = ("min", "max", "currency", "period", "ote")
_SALARY_COLUMNS = tuple(f"salary_{part}" for part in _SALARY)


def csv_chunks(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """The header, then a chunk for each batch. Lists are joined by "; ", what is more than that is JSON; times ISO 8601 in UTC.

    `salary` becomes `salary_min`, `salary_max`, `salary_currency`, `salary_period` and `salary_ote`.
    """
    yield _csv([[cell for name in columns for cell in (_SALARY_COLUMNS if name == "salary" else [name])]])
    for items in batches:
        yield _csv([cell for name in columns for cell in _cells(name, item[name])] for item in items)


def spreadsheet_chunks(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """The same, begun with the mark by which spreadsheets know UTF-8; a program would take it for a part of the first name."""
    yield codecs.BOM_UTF8
    yield from csv_chunks(batches, columns)


def json_lines(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """A chunk for each batch, each line one job as the API gives it, with these of its fields."""
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    for items in batches:
        yield b"".join(orjson.dumps({name: item[name] for name in columns}, option=option) for item in items)


def spreadsheet_text(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cells(name: str, value: Any) -> list[Any]:
    return [_cell((value or {}).get(part)) for part in _SALARY] if name == "salary" else [_cell(value)]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        value = _BETWEEN.join(value) if all(isinstance(one, str) for one in value) else orjson.dumps(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    return spreadsheet_text(value) if isinstance(value, str) else value
