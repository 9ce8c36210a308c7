"""`manage.py evaluate`: how good the extraction is, on labelled rows. Tier 0 needs no database."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from extraction.errors import ExtractionError
from extraction.evaluate.answers import Bench
from extraction.evaluate.fields import FieldReport, field_reports, worst_of
from extraction.evaluate.folders import default_folder, refuse_unwritable
from extraction.evaluate.gaps import Gap, gap_of_halves, gap_to_unseen
from extraction.evaluate.measuring import answered_files
from extraction.evaluate.providers import provider_names, provider_of
from extraction.evaluate.report import fields_table, gaps_table, json_of, table_of, worst_table
from extraction.evaluate.rows import Skipped
from extraction.evaluate.run import AnsweredFile, FileReport, bench_of, file_report, skip_unknown
from extraction.evaluate.scorers import SCORERS
from extraction.evaluate.verdicts import Verdict, all_verdicts
from extraction.measurements import measurement_store
from extraction.models import Measurement

DESCRIPTION = """\
Measure extraction on labelled rows (JSON lines): one row per file, the main metric first, then one row per field.

  manage.py evaluate                                 the rules (tier 0), on all files
  manage.py evaluate --store                         keep the figures for the quality page
  manage.py evaluate --worst salary --n 10           what was wrong, the surest first (ids and a few words, on the terminal only)
  manage.py evaluate --halves                        the gap between two halves of each file
  manage.py evaluate --against FOLDER                the gap to rows that nobody has looked at: overfitting, when it is large
  manage.py evaluate --provider ollama --limit 50    a language model on the first 50 rows of each file, through the ledger and its cap
"""


class Command(BaseCommand):
    """Thin: the measuring is in `extraction.evaluate`."""

    help = "Measure extraction on labelled rows (JSON lines), by file and by field."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        folders = "folder of labelled files (default: gold/ of GTM_DATA_DIR, else the sample set)"
        parser.add_argument("--data", type=Path, metavar="FOLDER", help=folders)
        parser.add_argument(
            "--only", nargs="+", choices=SCORERS, default=(), metavar="FILE", help="only these files, by name without .jsonl"
        )
        parser.add_argument("--limit", type=int, metavar="ROWS", help="only so many rows of each file")
        parser.add_argument("--provider", choices=provider_names(), default="rules", help="who extracts (default: %(default)s)")
        parser.add_argument("--tier", type=int, choices=(1, 2), default=1, help="as which tier a language model is asked (default: 1)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there as JSON")
        parser.add_argument("--worst", metavar="FIELD", help="show wrong values of a field")
        parser.add_argument("--n", type=int, default=10, help="how many of them (default: %(default)s)")
        parser.add_argument("--halves", action="store_true", help="also the gap between two halves of each file")
        parser.add_argument("--against", type=Path, metavar="FOLDER", help="also the gap to the rows of another folder")
        parser.add_argument("--store", action="store_true", help="keep the figures in the database, for the quality page")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["data"] or default_folder()
        try:
            if options["json"]:
                refuse_unwritable(options["json"])
            self._measure(folder, options)
        except (OSError, ValueError, ExtractionError) as error:
            raise CommandError(str(error)) from error

    def _measure(self, folder: Path, options: dict[str, Any]) -> None:
        bench = bench_of(folder, provider_of(options["provider"], options["tier"]))
        files = answered_files(folder, bench, only=options["only"], limit=options["limit"])
        reports = [report for file in files for report in self._told(file_report(file, bench))]
        reports += self._told(skip_unknown(folder))
        verdicts = all_verdicts(files, bench)
        fields = list(field_reports(verdicts, bench.provider.name))
        self.stdout.write(f"Labelled rows: {folder}")
        self._draw(table_of(reports), *([fields_table(fields)] if fields else []))
        gaps = self._gaps(files, bench, options)
        if options["worst"]:
            self._show_worst(verdicts, options["worst"], options["n"])
        if options["json"]:
            options["json"].write_bytes(orjson.dumps(json_of(reports, gaps), option=orjson.OPT_INDENT_2))
        if not any(report.metrics for report in reports):
            raise CommandError(f"no labelled file in {folder}")
        if options["store"]:
            _store(bench, reports, fields, gaps)
            self.stdout.write("Figures stored for the quality page.")

    def _told(self, items: Iterable[FileReport | Skipped]) -> list[FileReport]:
        """The reports; what was skipped is named on the way."""
        reports = []
        for item in items:
            if isinstance(item, Skipped):
                self.stderr.write(str(item))
            else:
                reports.append(item)
        return reports

    def _gaps(self, files: Sequence[AnsweredFile], bench: Bench, options: dict[str, Any]) -> list[Gap]:
        gaps: list[Gap] = []
        if options["halves"]:
            gaps += (halves := [gap for file in files if (gap := gap_of_halves(file, bench))])
            self._draw(gaps_table(halves, ("one half", "other half")))
        if options["against"]:
            unseen = {
                file.path.stem: file for file in answered_files(options["against"], bench, only=options["only"], limit=options["limit"])
            }
            pairs = [(file, unseen[file.path.stem]) for file in files if file.path.stem in unseen]
            gaps += (against := [gap for seen, other in pairs if (gap := gap_to_unseen(seen, other, bench))])
            self._draw(gaps_table(against, ("these rows", "the others")))
        return gaps

    def _show_worst(self, verdicts: Sequence[Verdict], field: str, count: int) -> None:
        judged = sorted({verdict.field for verdict in verdicts})
        if field not in judged:
            raise CommandError(f"--worst {field}: these rows judge only {', '.join(judged) or 'no field'}")
        self._draw(worst_table(worst_of(verdicts, field, count), field))

    def _draw(self, *tables: Table) -> None:
        console = Console(width=180)
        with console.capture() as drawn:
            console.print(*tables, sep="\n")
        self.stdout.write(drawn.get())


def _store(bench: Bench, reports: Sequence[FileReport], fields: Sequence[FieldReport], gaps: Sequence[Gap]) -> None:
    figures = {"files": json_of(reports, gaps), "fields": [report.as_json() for report in fields]}
    rows = sum(report.rows for report in reports)
    measurement_store(kind=Measurement.Kind.EVALUATION, provider=bench.provider, rows=rows, figures=figures)
