"""Answers to whole folders of labelled rows, with a progress bar: what `evaluate` and `calibrate` both begin with."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from extraction.evaluate.answers import Bench
from extraction.evaluate.run import AnsweredFile, answer_file, labelled_files


def answered_files(folder: Path, bench: Bench, *, only: Collection[str] = (), limit: int | None = None) -> list[AnsweredFile]:
    """Every labelled file of a folder, extracted. Raises OSError, and ProviderError or SpendCapReached where a model is asked."""
    paths = labelled_files(folder, only)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("extracting", total=sum(_rows(path, limit) for path in paths))
        return [answer_file(path, bench, limit=limit, advance=lambda rows: progress.advance(bar, rows)) for path in paths]


def _rows(path: Path, limit: int | None) -> int:
    with path.open("rb") as file:
        rows = sum(1 for _ in file)
    return rows if limit is None else min(rows, limit)
