"""A progress bar for work that is counted by the process that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from ingestion.management.progress import columns

Advance = Callable[[int, str], None]
"""Say that so many units more are done, and what there is to tell about them so far."""


@contextmanager
def work_bar(console: Console, what: str, *, total: int | None, unit: str) -> Iterator[Advance]:
    with Progress(*columns(), console=console) as progress:
        bar = progress.add_task(what, total=total, unit=unit, counts="")
        yield lambda done, counts: progress.update(bar, advance=done, counts=counts)
