"""Progress bars of a run, drawn from its rows: the same for work done here and by workers elsewhere."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingestion.models import RunStage

EVERY_S = 0.5


class RateColumn(ProgressColumn):
    """Units per second, over the last while."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f} {task.fields['unit']}/s" if speed else "", style="progress.data.speed")


def columns() -> tuple[ProgressColumn, ...]:
    """What a bar shows beside its length: units done of all, rate, time gone and time left, and a line of counts."""
    return (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
    )


@contextmanager
def watched(run_id: uuid.UUID, console: Console) -> Iterator[None]:
    """Draw the stages of a run while the block works; the logs say only what the bars do not."""
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(run_id, console, ended), daemon=True)
    with _warnings_only():
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@contextmanager
def _warnings_only() -> Iterator[None]:
    """Ordinary events of ingestion would tear the bars apart; whoever asked for DEBUG gets them all the same."""
    logger = logging.getLogger("ingestion")
    before = logger.level
    if logger.isEnabledFor(logging.INFO) and not logger.isEnabledFor(logging.DEBUG):
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _watch(run_id: uuid.UUID, console: Console, ended: threading.Event) -> None:
    bars: dict[str, TaskID] = {}
    try:
        with Progress(*columns(), console=console) as progress:
            while not ended.wait(EVERY_S):
                _draw(progress, bars, run_id)
            _draw(progress, bars, run_id)
    finally:
        connection.close()


def _draw(progress: Progress, bars: dict[str, TaskID], run_id: uuid.UUID) -> None:
    for stage in RunStage.objects.filter(run_id=run_id):
        counts = ", ".join(f"{number:,} {name}" for name, number in stage.counts.items() if number)
        if stage.name not in bars:
            bars[stage.name] = progress.add_task(stage.name, total=stage.total, unit=stage.unit, counts=counts)
        progress.update(bars[stage.name], completed=stage.done + stage.failed, total=stage.total, counts=counts)
