"""`manage.py signals`: what all companies' jobs tell is looked for anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.models import Company
from catalog.services import signals_rebuild


class Command(BaseCommand):
    help = (
        "Look for the signals of all companies now; upkeep does it by itself where jobs change. Ended at any moment, it may be run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("companies", total=Company.objects.count())
            signals = signals_rebuild(on_progress=lambda done: progress.update(task, completed=done))
        self.stdout.write(f"{signals:,} signals of companies, shown at /signals.")
