"""Seed lists: source keys, board URLs or a CSV, one a line. Bad lines are named with their number, the rest goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingestion.ats.registry import adapters
from ingestion.ats.source_keys import source_key
from ingestion.discovery.tokens import source_of
from ingestion.errors import SeedRejectedError

_KEY_COLUMNS = ("url", "board_url", "source_key", "token", "key", "site", "board")
_TYPE_COLUMNS = ("source_type", "ats", "type")
_REGION_COLUMNS = ("region",)
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Seed:
    """One line that names a board."""

    line: int
    source_type: str
    source_key: str
    region: str
    text: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that names none, and why."""

    line: int
    text: str
    reason: str


def read_seeds(lines: Iterable[str], source_type: str | None = None) -> Iterator[Seed | BadLine]:
    """Seeds and bad lines in order. `source_type`: the ATS of bare keys. Empty lines and `#` comments are skipped."""
    header: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip().lstrip("﻿")
        if not text or text.startswith("#"):
            continue
        try:
            cells = _cells(text)
            if not header and number == 1 and (columns := _header(cells)):
                header = columns
                continue
            yield _seed(number, text, cells, header, source_type)
        except SeedRejectedError as error:
            yield BadLine(number, text[:200], str(error))


def _cells(text: str) -> list[str]:
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in text), ",")
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error as error:
        raise SeedRejectedError(f"this is no line of a table ({error})") from None


def _header(cells: list[str]) -> dict[str, int]:
    """Column name -> place, when the first line is a header: it must name a column with keys or URLs."""
    names = {cell.casefold(): place for place, cell in enumerate(cells)}
    is_header = len(cells) > 1 or cells[0].casefold() in {"url", "board_url", "source_key", "token"}
    return names if is_header and names.keys() & set(_KEY_COLUMNS) else {}


def _seed(number: int, text: str, cells: list[str], header: dict[str, int], source_type: str | None) -> Seed:
    if header:
        value, kind, region = (
            _named(cells, header, _KEY_COLUMNS),
            _named(cells, header, _TYPE_COLUMNS),
            _named(cells, header, _REGION_COLUMNS),
        )
    else:
        value, kind, region = _unnamed(cells)
    if "/" in value or "." in value:
        if found := source_of(value):
            return Seed(number, *found, text[:200])
        if "://" in value or value.startswith("www."):
            raise SeedRejectedError("this address is of no known ATS")
    return _from_key(number, value, kind or source_type or "", region, text)


def _from_key(number: int, value: str, kind: str, region: str, text: str) -> Seed:
    head, separator, tail = value.partition("/")
    if separator and head.casefold() in adapters():
        kind, value = head, tail
    kind = kind.casefold()
    if kind not in adapters():
        known = ", ".join(adapters())
        raise SeedRejectedError(
            f"no ATS named {kind[:_SHOWN]!r}: known are {known}" if kind else f"which ATS? write {known} before the key, or use --type"
        )
    key = source_key(value)
    if key is None:
        raise SeedRejectedError(f"{value[:_SHOWN]!r} cannot be a source key")
    return Seed(number, kind, key, region.casefold(), text[:200])


def _named(cells: list[str], header: dict[str, int], names: tuple[str, ...]) -> str:
    """The first non-empty cell among columns of these names."""
    places = [header[name] for name in names if name in header]
    return next((cells[place] for place in places if place < len(cells) and cells[place]), "")


def _unnamed(cells: list[str]) -> tuple[str, str, str]:
    """(key or URL, ATS, region) of a line without a header: an ATS's name may stand before or after the key."""
    kinds = [cell for cell in cells if cell.casefold() in adapters()]
    rest = [cell for cell in cells if cell and cell not in kinds]
    return (rest[0] if rest else ""), (kinds[0] if kinds else ""), (rest[1] if len(rest) > 1 and len(rest[1]) <= 3 else "")
