"""Reads labelled rows (JSON lines). A line that cannot be read is named and counted, never dropped silently."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines `line` to `last` (by default that one line) that were not measured, and why; line 0: a file without any."""

    path: Path
    line: int
    reason: str
    last: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}-{self.last}" if self.last is not None and self.last > self.line else str(self.line)
        return f"{self.path}:{place}: skipped: {self.reason}"


@dataclass(frozen=True, slots=True)
class Labelled:
    """The rows of one file that could be read, with their line numbers, and the lines that could not."""

    rows: Sequence[tuple[int, Row]]
    skipped: Sequence[Skipped]


def read_rows(path: Path) -> Labelled:
    """Every row is a JSON object with a `gold` member. Raises OSError when the file cannot be opened."""
    rows: list[tuple[int, Row]] = []
    skipped: list[Skipped] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                rows.append((number, _row(line)))
            except ValueError as error:
                skipped.append(Skipped(path, number, str(error)))
    return Labelled(rows, skipped)


def skip_file(path: Path) -> tuple[Skipped, int]:
    """An entry of the folder that no scorer knows, and the number of its lines. Raises OSError when it cannot be read."""
    if path.is_dir():
        return Skipped(path, 0, "a folder, not a file"), 0
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    return Skipped(path, min(lines, 1), "unknown file", last=lines), lines


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if "gold" not in row:
        raise ValueError("no member gold")
    return row
