"""A progress bar for work that is counted by the process that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def work_bar(unit: str, *, total: int) -> Iterator[Callable[[int], None]]:
    """Units done of all, time gone and time left, among the errors. What it gives is told how many are done so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(unit, total=total)
        yield lambda done: progress.update(bar, completed=done)
