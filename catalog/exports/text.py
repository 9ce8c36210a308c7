"""Jobs as lines of text: CSV that a spreadsheet opens without running anything in it, and JSON Lines."""

from __future__ import annotations

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


def csv_chunks(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """The header, then a chunk for each batch. Lists are joined by "; ", what is more than that is JSON; times ISO 8601 in UTC."""
    yield _csv([list(columns)])
    for items in batches:
        yield _csv([_cell(item[name]) for name in columns] for item in items)


def json_lines(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """A chunk for each batch, each line one job as the API gives it, with these of its fields."""
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    for items in batches:
        yield b"".join(orjson.dumps({name: item[name] for name in columns}, option=option) for item in items)


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        value = _BETWEEN.join(value) if all(isinstance(one, str) for one in value) else orjson.dumps(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
