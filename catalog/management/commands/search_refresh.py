"""`manage.py search_refresh`: jobs that were published before search indexed as much as today are brought up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from catalog.management.work_bar import work_bar
from catalog.publishing.words_refresh import words_outdated, words_refresh


class Command(BaseCommand):
    help = "Add to what is searched of older jobs what is indexed today. Ended at any moment, it goes on where it was."

    def handle(self, *args: Any, **options: Any) -> None:
        with work_bar("jobs", total=words_outdated().count()) as show:
            done = words_refresh(on_progress=show)
        waiting = words_outdated().count()
        left = f"{waiting:,} wait for whoever writes them, or the search index, just now: run this again" if waiting else "none is left"
        self.stdout.write(f"{done:,} jobs brought up to date; {left}.")
