"""`manage.py report`: the report of a run, for people and as JSON."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from gtm_site.report import Report, report_json, report_write, run_report
from gtm_site.report_tables import report_tables
from ingestion.models import Run

DESCRIPTION = """\
Report what a run did: postings by tier and source type, stages with their seconds, failures, how many records state each field,
tokens and cost of language models, the most named skills. Printed as tables and written to reports/run_{timestamp}.json.

  manage.py report                  the last run
  manage.py report RUN              that run (see `manage.py ingest runs` or the page /runs)
  manage.py report --json           print the JSON instead of tables, and write no file
"""


class Command(BaseCommand):
    help = "Report a run (the last one by default) as tables, and as JSON in reports/run_{timestamp}.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("run", nargs="?", type=UUID, help="run id")
        parser.add_argument("--folder", type=Path, default=settings.REPORTS_DIR, help="where to write (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print JSON and write no file")

    def handle(self, *args: Any, **options: Any) -> None:
        run = _run(options["run"])
        report = run_report(run)
        if options["json"]:
            self.stdout.write(report_json(report).decode())
            return
        self._show(report)
        self.stdout.write(str(report_write(run, report, options["folder"])))

    def _show(self, report: Report) -> None:
        console = Console(width=120)
        with console.capture() as drawn:
            console.print(report_tables(report))
        self.stdout.write(drawn.get())


def _run(run_id: UUID | None) -> Run:
    runs = Run.objects.order_by("-created_at")
    run = runs.filter(pk=run_id).first() if run_id else runs.first()
    if run is None:
        raise CommandError("there is no such run" if run_id else "there is no run yet: `make demo` or `manage.py ingest all` makes one")
    return run
