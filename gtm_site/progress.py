"""Progress of a run for people: a bar with rate and ETA for each stage, or plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from django.utils import timezone
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

from ingestion.models import Run, RunStage

POLL_S = 0.5
PLAIN_EVERY_S = 5.0


class StageFailedColumn(ProgressColumn):
    """How many failed, shown only when there are any."""

    def render(self, task: Task) -> Text:
        failed = task.fields["failed"]
        return Text(f"{failed:,} failed" if failed else "", style="red")


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


def follow(run_id: UUID, console: Console, tend: Callable[[], None], stopped: Callable[[], bool]) -> Run:
    """Show the run's stages until it ends or `stopped()`; `tend` is called at every look. The run as it then is."""
    return (_follow_bars if console.is_terminal else _follow_lines)(run_id, console, tend, stopped)


def _follow_bars(run_id: UUID, console: Console, tend: Callable[[], None], stopped: Callable[[], bool]) -> Run:
    columns = (SpinnerColumn(), TextColumn("{task.description:<10}"), BarColumn(), CountColumn(), RateColumn(), StageFailedColumn(),
               TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console) as progress:
        while True:
            run = Run.objects.get(pk=run_id)
            for stage in run.stages.all():
                if stage.name not in bars:
                    bars[stage.name] = progress.add_task(stage.name, total=None, unit=stage.unit, failed=0, rate=None)
                _show(progress, bars[stage.name], stage)
            if run.state in Run.TERMINAL or stopped():
                return run
            tend()
            time.sleep(POLL_S)


def _show(progress: Progress, bar: TaskID, stage: RunStage) -> None:
    finished = stage.done + stage.failed
    total = finished if stage.ended_at else stage.total
    progress.update(bar, total=total, completed=finished, failed=stage.failed, rate=rate_of(stage))
    if stage.ended_at:
        progress.stop_task(bar)


def _follow_lines(run_id: UUID, console: Console, tend: Callable[[], None], stopped: Callable[[], bool]) -> Run:
    shown, next_at = "", 0.0
    while True:
        run = Run.objects.get(pk=run_id)
        line = "  ".join(_describe(stage) for stage in run.stages.all())
        over = run.state in Run.TERMINAL or stopped()
        if line != shown and (over or time.monotonic() >= next_at):
            console.print(line, highlight=False, soft_wrap=True)
            shown, next_at = line, time.monotonic() + PLAIN_EVERY_S
        if over:
            return run
        tend()
        time.sleep(POLL_S)


def _describe(stage: RunStage) -> str:
    rate = rate_of(stage)
    total = f"/{stage.total:,}" if stage.total is not None else ""
    failed = f", {stage.failed:,} failed" if stage.failed else ""
    return f"{stage.name} {stage.done + stage.failed:,}{total} {stage.unit}{f' ({rate:,.1f}/s)' if rate else ''}{failed}"


def rate_of(stage: RunStage) -> float | None:
    """Units per second since the stage began; None before it did."""
    if stage.started_at is None:
        return None
    seconds = ((stage.ended_at or timezone.now()) - stage.started_at).total_seconds()
    return (stage.done + stage.failed) / seconds if seconds > 0 else None
