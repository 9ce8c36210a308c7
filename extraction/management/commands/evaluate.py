"""`manage.py evaluate`: how good the extraction is, on labelled rows. Needs no database."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from extraction.evaluate.report import json_of, table_of
from extraction.evaluate.rows import Skipped
from extraction.evaluate.run import SAMPLE_FOLDER, FileReport, evaluate_folder, rules_bench


class Command(BaseCommand):
    """Thin: the measuring is in `extraction.evaluate`."""

    help = "Measure tier-0 extraction on labelled rows (JSON lines) and print one row per file, the main metric first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", type=Path, metavar="FOLDER", help="folder of labelled files (default: gold/ of GTM_DATA_DIR, else the sample set)"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["data"] or _default_folder()
        target: Path | None = options["json"]
        if target:
            _refuse_unwritable(target)
        try:
            reports = list(self._reports(folder))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self._show(folder, reports)
        if target:
            target.write_bytes(orjson.dumps(json_of(reports), option=orjson.OPT_INDENT_2))
        if not any(report.metrics for report in reports):
            raise CommandError(f"no labelled file in {folder}")

    def _show(self, folder: Path, reports: Sequence[FileReport]) -> None:
        self.stdout.write(f"Labelled rows: {folder}")
        console = Console(width=180)
        with console.capture() as drawn:
            console.print(table_of(reports))
        self.stdout.write(drawn.get())

    def _reports(self, folder: Path) -> Iterator[FileReport]:
        for item in evaluate_folder(folder, rules_bench(folder)):
            if isinstance(item, Skipped):
                self.stderr.write(str(item))
            else:
                yield item


def _refuse_unwritable(target: Path) -> None:
    """Before the work, not after it."""
    if target.is_dir():
        raise CommandError(f"--json {target}: it is a folder; name a file")
    if not target.parent.is_dir():
        raise CommandError(f"--json {target}: there is no folder {target.parent}")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise CommandError(f"--json {target}: no right to write there")


def _default_folder() -> Path:
    data = Path(os.environ.get("GTM_DATA_DIR", Path(settings.BASE_DIR).parent / "shared" / "data"))
    return data / "gold" if (data / "gold").is_dir() else SAMPLE_FOLDER
