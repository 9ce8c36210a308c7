"""`manage.py report`: the report of a run as JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gtm_site.report import report_write
from ingestion.models import Run


class Command(BaseCommand):
    help = "Write reports/run_{timestamp}.json for a run (the last one by default) and print its path."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", nargs="?", type=UUID, help="run id (see `manage.py ingest runs` or the page /runs)")
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "reports", help="where to write (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = Run.objects.order_by("-created_at")
        run = runs.filter(pk=options["run"]).first() if options["run"] else runs.first()
        if run is None:
            raise CommandError(
                "there is no such run" if options["run"] else "there is no run yet: `make demo` or `manage.py ingest all` makes one"
            )
        self.stdout.write(str(report_write(run, options["folder"])))
