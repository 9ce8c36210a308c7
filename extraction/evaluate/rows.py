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
    """A line, or with `line` None a whole file, that was not measured, and why."""

    path: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        return f"{place}: skipped: {self.reason}"


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
