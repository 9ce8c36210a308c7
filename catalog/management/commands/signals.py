"""`manage.py signals`: what all companies' jobs tell is looked for anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from catalog.management.work_bar import work_bar
from catalog.models import Company
from catalog.services import signals_rebuild


class Command(BaseCommand):
    help = (
        "Look for the signals of all companies now; upkeep does it by itself where jobs change. Ended at any moment, it may be run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with work_bar("companies", total=Company.objects.count()) as show:
            signals = signals_rebuild(on_progress=show)
        self.stdout.write(f"{signals:,} signals of companies, shown at /signals.")
