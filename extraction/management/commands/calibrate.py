"""`manage.py calibrate`: makes confidences mean something, and shows whether they do. Needs no database unless figures are kept."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from extraction.calibration import CALIBRATION_PATH, UNCALIBRATED, load_calibration, save_calibration
from extraction.evaluate.calibrating import CalibrationReport, calibration_report
from extraction.evaluate.fitting import stale_bins
from extraction.evaluate.folders import default_folder
from extraction.evaluate.measuring import answered_files
from extraction.evaluate.pictures import PicturesMissingError, draw_curve, draw_reliability
from extraction.evaluate.providers import rules_of
from extraction.evaluate.run import SAMPLE_FOLDER, bench_of
from extraction.evaluate.verdicts import JUDGED_FILES
from extraction.llm.cost import Price
from extraction.measurements import measurement_store
from extraction.models import Measurement
from extraction.routing import CONFIDENCE_THRESHOLD

DESCRIPTION = """\
Fit the confidence of each field to how often its values were right on labelled rows, and write extraction/data/calibration.csv
(figures only, committed, part of the rules' version). Errors are cross-validated: each row is judged by a table that has not seen it.

  manage.py calibrate                      fit, write the table, print errors and the cost/precision curve
  manage.py calibrate --check              write nothing; fail when an error is over its limit or the table is stale
  manage.py calibrate --pictures FOLDER    also reliability.png, cost_precision.png and calibration.json
  manage.py calibrate --store              also keep the figures for the quality page
"""
_SHOWN_THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


class Command(BaseCommand):
    """Thin: the fitting is in `extraction.evaluate`."""

    help = "Fit confidences to labelled rows; draw reliability and the cost/precision curve."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of labelled files (default: gold/ of GTM_DATA_DIR)")
        parser.add_argument("--check", action="store_true", help="only check; fail when confidences do not mean what they say")
        parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="write diagrams (PNG) and figures (JSON) there")
        parser.add_argument("--store", action="store_true", help="keep the figures in the database, for the quality page")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["data"] or default_folder()
        if folder == SAMPLE_FOLDER and not options["check"]:
            raise CommandError("the sample set is too small to fit anything; name a folder of labelled files with --data, or only --check")
        try:
            report = self._report(folder)
            if options["pictures"]:
                _draw(report, options["pictures"])
        except (OSError, ValueError, PicturesMissingError) as error:
            raise CommandError(str(error)) from error
        self._print(report)
        if options["store"]:
            rules = rules_of(report.calibration)
            measurement_store(kind=Measurement.Kind.CALIBRATION, provider=rules, rows=report.rows, figures=report.as_json())
            self.stdout.write("Figures stored for the quality page.")
        if options["check"]:
            # The sample set fits no table, so none can be stale by it.
            _refuse(report, [] if folder == SAMPLE_FOLDER else stale_bins(load_calibration(), report.calibration))
        else:
            save_calibration(report.calibration)
            self.stdout.write(f"{len(report.calibration.rates)} rates written to {CALIBRATION_PATH.relative_to(settings.BASE_DIR)}")

    def _report(self, folder: Path) -> CalibrationReport:
        """Raises ValueError for a folder without rows that judge a field."""
        bench = bench_of(folder, rules_of(UNCALIBRATED))
        files = answered_files(folder, bench, only=JUDGED_FILES)
        report = calibration_report(files, bench, Price(*settings.LLM_PRICES["openai"]))
        if not report.rows:
            raise ValueError(f"no labelled row in {folder} judges a field; name another folder with --data")
        self.stdout.write(f"Labelled rows: {folder}")
        return report

    def _print(self, report: CalibrationReport) -> None:
        console = Console(width=140)
        with console.capture() as drawn:
            console.print(_errors_table(report), _curve_table(report), sep="\n")
        self.stdout.write(drawn.get())


def _errors_table(report: CalibrationReport) -> Table:
    table = Table(title="Expected calibration error, cross-validated, at most ten bins of 50 rows or more")
    for name in ("field", "rows", "right", "error", "limit", "error, values stated", "before calibration", ""):
        table.add_column(name, justify="left" if name in ("field", "") else "right")
    for field in report.fields:
        errors = (f"{field.error:.3f}", f"{field.limit:.2f}", f"{field.stated_error:.3f}", f"{field.raw_error:.3f}")
        remark = "over the limit" if field.is_over else "" if field.is_judged else "too few rows"
        table.add_row(field.field, str(field.rows), f"{field.accuracy:.3f}", *errors, remark)
    return table


def _curve_table(report: CalibrationReport) -> Table:
    table = Table(title=f"Records by threshold ({report.records} records with every field labelled; tier 2 at OpenAI's prices)")
    for name in ("threshold", "to tier 2", "USD per 1,000 postings", "right, of what stays"):
        table.add_column(name, justify="right")
    for point in report.curve:
        if point.threshold in _SHOWN_THRESHOLDS:
            mark = " <" if point.threshold == CONFIDENCE_THRESHOLD else ""
            kept = "-" if point.precision is None else f"{point.precision:.3f}"
            table.add_row(f"{point.threshold:.2f}{mark}", f"{point.escalated:.1%}", f"{point.usd:.2f}", kept)
    return table


def _draw(report: CalibrationReport, folder: Path) -> None:
    """Raises OSError, and PicturesMissingError without matplotlib."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.json").write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    draw_reliability(report.fields, folder / "reliability.png")
    draw_curve(report.curve, report.values, folder / "cost_precision.png")


def _refuse(report: CalibrationReport, stale: Sequence[str]) -> None:
    faults = [f"{field.field}: error {field.error:.3f} is over {field.limit:.2f}" for field in report.fields if field.is_over]
    faults += stale
    if faults:
        advice = "Run `manage.py calibrate` and commit the table; look at rules whose error stays too large."
        raise CommandError("\n".join([*faults, advice]))
