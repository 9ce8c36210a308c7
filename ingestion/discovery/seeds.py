"""Seed lists: source keys, board URLs or a CSV, one a line. Bad lines are named with their number, the rest goes on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingestion.ats.registry import adapters, regions
from ingestion.discovery.tokens import source_of
from ingestion.errors import SeedRejectedError

_KEY_COLUMNS = ("source_key", "token", "key")
# What stands there may be a key, but never a name with a dot that is no board's address: that is the company's own site.
_ADDRESS_COLUMNS = ("board_url", "url", "site", "board")
_TYPE_COLUMNS = ("source_type", "ats", "type")
_REGION_COLUMNS = ("region",)
_COLUMNS = frozenset([*_KEY_COLUMNS, *_ADDRESS_COLUMNS, *_TYPE_COLUMNS, *_REGION_COLUMNS])
# As the only name of a header; the other words may be keys.
_ALONE = frozenset(["url", "board_url", "source_key", "token"])
# A quoted cell over more lines than this was never closed.
_MOST_LINES = 20
_SHOWN = 100
# What Excel writes above a table to say what parts its cells.
_SEP = re.compile(r'"?sep=([^"])"?', re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands in a row: the key (or `ATS/key`), the ATS, the region, each "" where it is not said."""

    key: str
    kind: str
    region: str


def read_seeds(lines: Iterable[str], source_type: str | None = None) -> Iterator[Seed | BadLine]:
    """Seeds and bad lines in order. `source_type`: the ATS of bare keys. Empty lines and `#` comments without a board are skipped.

    The first row may be a header; one delimiter holds for the whole list.
    """
    listed = [line.lstrip("\ufeff").rstrip("\r\n") + "\n" for line in lines]
    header: dict[str, int] | None = None
    for number, text, cells in _records(listed):
        try:
            if isinstance(cells, csv.Error):
                raise SeedRejectedError(f"this is no line of a table ({cells})")
            if _is_comment(text, cells):
                raise SeedRejectedError("this comment names a board: take the # away to have it read")
            if header is None:
                header = _header(cells)
                if header:
                    continue
            yield _seed(number, text, cells, header, source_type)
        except SeedRejectedError as error:
            yield BadLine(number, text, str(error))


def _records(lines: Sequence[str]) -> Iterator[tuple[int, str, list[str] | csv.Error]]:
    """(number and text of its first line, cells) of every row but plain comments; the error in place of the cells of a bad line."""
    said = _SEP.fullmatch(lines[0].rstrip("\n")) if lines else None
    delimiter, at = (said[1], 1) if said else (_delimiter(lines), 0)
    while at < len(lines):
        start, at = at, at + 1
        text = lines[start].strip()[:200]
        try:
            cells, count = _row(lines[start : start + _MOST_LINES], delimiter)
        except csv.Error as error:  # a quote that is not closed, too: the lines after this one are read by themselves
            yield start + 1, text, error
            continue
        at = start + count
        if any(cells) and (not _is_comment(text, cells) or _boards_in(cells)):
            yield start + 1, text, cells


def _row(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """The cells of the row that begins here, and how many lines it has. Raises csv.Error."""
    if _is_nothing(lines[0]):  # the quotes of a comment mean nothing
        return [cell.strip() for cell in lines[0].split(delimiter)], 1
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    return [cell.strip() for cell in next(reader)], reader.line_num


def _is_nothing(line: str) -> bool:
    """An empty line, or one that was written as a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def _is_comment(text: str, cells: Sequence[str]) -> bool:
    """Programs that write tables quote a comment with a comma in it. What is quoted beside other cells is a name like `#paid`."""
    return cells[0].startswith("#") and (text.startswith("#") or not any(cells[1:]))


def _delimiter(lines: Iterable[str]) -> str:
    """What parts the cells of the first line that has such a mark outside of quotes."""
    for line in lines:
        bare = "" if _is_nothing(line) else re.sub(r'"[^"]*"?', "", line)
        mark = max("\t;,", key=bare.count)
        if mark in bare:
            return mark
    return ","


def _header(cells: Sequence[str]) -> dict[str, int]:
    """Column name -> place, when the row is a header: it names columns of ours, and no ATS and no board."""
    names = {re.sub(r"[\s_-]+", "_", cell.casefold()): place for place, cell in enumerate(cells)}
    known = _ALONE if len(cells) == 1 else _COLUMNS
    return names if names.keys() & known and not names.keys() & adapters().keys() and not _boards_in(cells) else {}


def _seed(number: int, text: str, cells: Sequence[str], header: dict[str, int], source_type: str | None) -> Seed:
    """The board that a row names: an address of an ATS wins over whatever else stands there. Raises SeedRejectedError."""
    boards = _boards_in(cells)
    if len(boards) > 1:
        raise SeedRejectedError(
            f"this line names several boards ({', '.join(f'{kind}/{key}' for kind, key, _ in sorted(boards))[:_SHOWN]})"
        )
    for found in boards:
        return Seed(number, *found, text)
    row = _named(cells, header) if header else _unnamed(cells)
    return Seed(number, *_from_key(row, source_type or ""), text)


def _boards_in(cells: Iterable[str]) -> set[tuple[str, str, str]]:
    return {found for cell in cells for text in _addresses(cell) if (found := source_of(text))}


def _addresses(cell: str) -> Iterator[str]:
    """What may be an address, of a cell that may hold several. A key may have a blank in it, but no line end or tab."""
    for line in re.split(r"[^\S ]", cell):
        parts = [part for part in line.split() if "/" in part]
        whole = line[line.index(parts[0]) :] if len(parts) == 1 else ""
        yield from [whole] if source_of(whole) else parts


def _named(cells: Sequence[str], header: dict[str, int]) -> _Row:
    """What stands in the columns that the header names."""

    def first(names: Iterable[str]) -> str:
        places = [header[name] for name in names if name in header]
        return next((cells[place] for place in places if place < len(cells) and cells[place]), "")

    key, kind, region = first(_KEY_COLUMNS), first(_TYPE_COLUMNS), first(_REGION_COLUMNS)
    if not key and "." in (key := first(_ADDRESS_COLUMNS)):
        raise SeedRejectedError("this address is of no known ATS")
    if not key:
        raise SeedRejectedError("no column of this line holds an address or a token (columns url or token)")
    return _Row(key, kind, region)


def _unnamed(cells: Sequence[str]) -> _Row:
    """A row without a header: `[ATS,] key [, region]`, nothing else, since any word could be taken for a key."""
    kind, rest = (cells[0], cells[1:]) if cells[0].casefold() in adapters() else ("", cells)
    while rest and not rest[-1]:
        rest = rest[:-1]
    if not 1 <= len(rest) <= 2:
        raise SeedRejectedError("without a header a line is an address, or ATS, token and region")
    if "://" in rest[0] or rest[0].startswith("www."):
        raise SeedRejectedError("this address is of no known ATS")
    return _Row(rest[0], kind, rest[1] if len(rest) > 1 else "")


def _from_key(row: _Row, source_type: str) -> tuple[str, str, str]:
    """(source_type, source_key, region). Raises SeedRejectedError."""
    kind, value = (row.kind or source_type).casefold(), row.key
    head, separator, tail = value.partition("/")
    if separator and head.casefold() in adapters():
        kind, value = head.casefold(), tail
    if kind not in adapters():
        known = ", ".join(adapters())
        raise SeedRejectedError(
            f"no ATS named {kind[:_SHOWN]!r}: known are {known}" if kind else f"which ATS? write {known} before the key, or use --type"
        )
    reader = adapters()[kind]
    found = reader.source_from_url(reader.board_url(value, ""))
    if found is None:
        raise SeedRejectedError(f"{value[:_SHOWN]!r} cannot be a source key")
    return kind, found[0], _region(kind, row.region.casefold())


def _region(kind: str, region: str) -> str:
    """A region that has a base URL of its own: what is of another would be read from the wrong host. Raises SeedRejectedError."""
    known = regions(adapters()[kind])
    if region not in known:
        named = ", ".join(filter(None, known))
        raise SeedRejectedError(f"{kind} has no region {region[:_SHOWN]!r}: {f'known are {named}, or none' if named else 'it has none'}")
    return region
