"""`manage.py restore FOLDER`: what `manage.py backup` wrote, into an empty database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gtm_site.backup import BackupError, backup_restore

NEXT = """\
Restored. Next:
  manage.py migrate             if the backup is of an older version
  manage.py ingest integrity    every raw response that a posting points to is there, and whole
  manage.py search_refresh      jobs are found by what is indexed today
"""


class Command(BaseCommand):
    help = "Restore what `manage.py backup` wrote into an empty database; refuses one that holds tables."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of the backup")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        self.stdout.write(f"Restoring {folder} ...")
        try:
            backup_restore(folder)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(NEXT, ending="")
