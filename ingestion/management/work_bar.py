"""A progress bar for work that is counted by the process that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingestion.management.progress import RateColumn

Advance = Callable[[int, str], None]
"""Say that so many units more are done, and what there is to tell about them so far."""


@contextmanager
def work_bar(console: Console, what: str, *, total: int | None, unit: str) -> Iterator[Advance]:
    """Units done of all, rate, time gone and time left, and a line of counts."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(what, total=total, unit=unit, counts="")
        yield lambda done, counts: progress.update(bar, advance=done, counts=counts)
