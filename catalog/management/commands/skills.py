"""`manage.py skills import [FILE]`: bring the vocabulary's tables to what a file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.services import skills_count_jobs, skills_import
from catalog.vocabulary_csv import COLUMNS, DEFAULT_PATH, VocabularyError


class Command(BaseCommand):
    help = "The vocabulary of skills and tools that postings are searched for."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        importing = actions.add_parser(
            "import",
            help="bring the tables to what a CSV file says; the same file twice changes nothing",
            description=f"Columns: {', '.join(COLUMNS)}; lists in a cell are separated by ';'. Skills that left the file are switched "
            "off, not deleted: jobs keep what was found in them.",
        )
        importing.add_argument(
            "file", nargs="?", type=Path, default=DEFAULT_PATH, help="by default the project's own catalog/data/skills.csv"
        )
        actions.add_parser("count", help="count the jobs of every skill, which ranks the suggestions")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "count":
            self.stdout.write(f"{skills_count_jobs()} skills have a new count")
            return
        try:
            result = skills_import(path=options["file"])
        except (OSError, VocabularyError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{result.skills} skills with {result.aliases} forms; {result.retired} switched off")
