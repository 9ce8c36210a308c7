"""Progress of a run for people: a bar with rate and ETA for each stage, or plain lines where there is no terminal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Self
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingestion.models import Run
from ingestion.progress import StageProgress
from ingestion.run_facts import stages_of

POLL_S = 0.5
PLAIN_EVERY_S = 5.0


class NotDoneColumn(ProgressColumn):
    """How many are not done, by how they ended; only what failed is alarming."""

    def render(self, task: Task) -> Text:
        parts = [Text(f"{number:,} {end}", style="red" if end == "failed" else "") for end, number in task.fields["not_done"].items()]
        return Text(", ").join(parts)


class CountColumn(ProgressColumn):
    """`1,204/2,010 postings`."""

    def render(self, task: Task) -> Text:
        total = f"{task.total:,.0f}" if task.total is not None else "?"
        return Text(f"{task.completed:,.0f}/{total} {task.fields['unit']}")


class RateColumn(ProgressColumn):
    """Units per second since the stage began."""

    def render(self, task: Task) -> Text:
        rate = task.fields["rate"]
        return Text(f"{rate:,.1f}/s" if rate is not None else "")


def follow(run_id: UUID, console: Console, tend: Callable[[], None], stopped: Callable[[], bool]) -> Run | None:
    """Show the run's stages until it ends (the run) or `stopped()` (None); `tend` is called at every look.

    A database that goes away is waited for: `tend` brings the embedded one back.
    """
    show: Callable[[Run], None]
    with contextlib.ExitStack() as stack:
        show = stack.enter_context(Bars(console)).show if console.is_terminal else Lines(console).show
        while not stopped():
            run = _look(run_id)
            if run is not None:
                show(run)
                if run.state in Run.TERMINAL:
                    return run
            tend()
            time.sleep(POLL_S)
    return None


def _look(run_id: UUID) -> Run | None:
    """The run with its stages; None while the database does not answer."""
    try:
        return Run.objects.prefetch_related("stages").get(pk=run_id)
    except (OperationalError, InterfaceError):
        connection.close()
        return None


class Bars:
    """A bar for each stage."""

    def __init__(self, console: Console) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description:<10}"), BarColumn(), CountColumn(), RateColumn(), NotDoneColumn(),
                   TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
        self._progress = Progress(*columns, console=console)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, run: Run) -> None:
        for stage in stages_of(run):
            if stage.name not in self._bars:
                self._bars[stage.name] = self._progress.add_task(stage.name, total=None, unit=stage.unit, not_done={}, rate=None)
            _show(self._progress, self._bars[stage.name], stage)


class Lines:
    """A plain line now and then, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = ""
        self._next_at = 0.0

    def show(self, run: Run) -> None:
        line = "  ".join(_describe(stage) for stage in stages_of(run))
        if line and line != self._shown and (run.state in Run.TERMINAL or time.monotonic() >= self._next_at):
            self._console.print(line, highlight=False, soft_wrap=True)
            self._shown, self._next_at = line, time.monotonic() + PLAIN_EVERY_S


def _show(progress: Progress, bar: TaskID, stage: StageProgress) -> None:
    total = stage.settled if stage.is_ended else stage.total
    progress.update(bar, total=total, completed=stage.settled, not_done=stage.not_done, rate=stage.rate)
    if stage.is_ended:
        progress.stop_task(bar)


def _describe(stage: StageProgress) -> str:
    total = f"/{stage.total:,}" if stage.total is not None else ""
    speed = f" ({stage.rate:,.1f}/s)" if stage.rate else ""
    left = f", {stage.eta.total_seconds():,.0f} s left" if stage.eta else ""
    ends = "".join(f", {number:,} {end}" for end, number in stage.not_done.items())
    return f"{stage.name} {stage.settled:,}{total} {stage.unit}{speed}{left}{ends}"
