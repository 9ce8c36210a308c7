"""`manage.py skills`: the vocabulary's tables from files, the queue of unknown terms, the counts that rank suggestions."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import open as open_with_progress

from catalog.management.work_bar import work_bar
from catalog.services import jobs_to_read, skills_count_jobs, skills_import, terms_import, unknown_terms_count
from catalog.vocabulary.vocabulary_csv import COLUMNS, DEFAULT_PATH, VocabularyError
from catalog.vocabulary.vocabulary_files import FileFormat, read_lines
from catalog.vocabulary.vocabulary_import import TermsImported

IMPORT_DESCRIPTION = f"""\
Without a file: bring the tables to the project's own vocabulary. Skills that left it are switched off, not deleted.
With a file: add its skills and ways to write them; nothing that stands is taken away. What a curator has changed stays.

  csv     {", ".join(COLUMNS)}; lists in a cell separated by ';'
  esco    the skills of the ESCO classification (skills_en.csv): preferredLabel, altLabels
  onet    O*NET's "Technology Skills.txt" (Example, Commodity Title) or "Skills.txt" (Element Name), separated by tabs
"""
_SHOWN = 20


class Command(BaseCommand):
    help = "The vocabulary of skills and tools that postings are searched for."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        importing = actions.add_parser("import", help="the project's own vocabulary, or add that of a file", description=IMPORT_DESCRIPTION)
        importing.formatter_class = RawDescriptionHelpFormatter
        importing.add_argument("file", nargs="?", type=Path, help="a downloaded file; without it the project's own vocabulary")
        importing.add_argument("--format", choices=["auto", *FileFormat], default="auto", help="found by the header by default")
        importing.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        importing.add_argument("--replace", action="store_true", help="the csv file is the whole vocabulary: switch off what is not in it")
        actions.add_parser("terms", help="count unknown terms in the open jobs' texts: the queue that curators decide on in the admin")
        actions.add_parser("count", help="count the jobs of every skill, which ranks the suggestions")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "count":
                self.stdout.write(f"{skills_count_jobs()} skills have a new count")
            case "terms":
                self._terms()
            case _:
                self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        path: Path | None = options["file"]
        whole = path is None or options["replace"]
        if whole and options["dry_run"]:
            raise CommandError("--dry-run is for files that are added: name a FILE, without --replace")
        try:
            if whole:
                result = skills_import(path=path or DEFAULT_PATH)
                self.stdout.write(f"{result.skills} skills with {result.aliases} forms; {result.retired} switched off")
            elif path is not None:
                self._add(path, options)
        except (OSError, VocabularyError) as error:
            raise CommandError(f"{error}. Nothing was changed.") from error

    def _add(self, path: Path, options: dict[str, Any]) -> None:
        file_format = None if options["format"] == "auto" else FileFormat(options["format"])
        with open_with_progress(
            path, "r", encoding="utf-8", errors="surrogateescape", newline="", description=path.name, console=Console(stderr=True)
        ) as file:
            report = terms_import(lines=read_lines(file, file_format), dry_run=options["dry_run"])
        self._report(report, dry_run=options["dry_run"])

    def _report(self, report: TermsImported, *, dry_run: bool) -> None:
        write = self.stdout.write
        write(f"{report.lines:,} lines read{'; nothing was changed (dry run)' if dry_run else ''}")
        write(f"  {report.new:,} new skills, {report.changed:,} changed, {report.unchanged:,} unchanged; {report.forms:,} forms came in")
        write(f"  {report.kept:,} left as curators have them or switched off; {report.conflicting:,} stand for another skill")
        write(f"  {report.bad_lines:,} lines could not be read")
        for conflict in report.conflicts[:_SHOWN]:
            write(f"line {conflict.line}: {conflict.form!r} of {conflict.name!r} already stands for {conflict.standing!r}")
        for line in report.bad[:_SHOWN]:
            write(f"line {line.number}: {line.reason}")
        hidden = len(report.conflicts) + report.bad_lines - min(_SHOWN, len(report.conflicts)) - min(_SHOWN, len(report.bad))
        if hidden:
            write(f"… and {hidden:,} more such lines")

    def _terms(self) -> None:
        with work_bar("jobs", total=jobs_to_read()) as show:
            result = unknown_terms_count(on_progress=show)
        self.stdout.write(
            f"{result.jobs:,} open jobs read; {result.open:,} terms wait for a verdict, {result.new:,} of them new. "
            "Decide on them in the admin under “unknown terms”; the next run obeys."
        )
