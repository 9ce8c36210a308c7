"""`manage.py search_refresh`: jobs that were published before search indexed as much as today are brought up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.publishing.words_refresh import words_outdated, words_refresh


class Command(BaseCommand):
    help = "Add to what is searched of older jobs what is indexed today. Ended at any moment, it goes on where it was."

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("jobs", total=words_outdated().count())
            done = words_refresh(on_progress=lambda done: progress.update(task, completed=done))
        waiting = words_outdated().count()
        left = f"{waiting:,} wait for whoever writes them, or the search index, just now: run this again" if waiting else "none is left"
        self.stdout.write(f"{done:,} jobs brought up to date; {left}.")
