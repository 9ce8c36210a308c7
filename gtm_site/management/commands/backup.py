"""`manage.py backup FOLDER`: a copy of what cannot be made again."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gtm_site.backup import BackupError, backup_write

DESCRIPTION = """\
Copy the database, the raw responses of the state folder and the secret key into a folder, while everything goes on working.
A second backup into the same folder copies only raw responses that are new. Raw responses in S3 and settings in .env are
not part of it. Anybody who reads the folder can act as any user: keep it as you keep passwords.
"""


class Command(BaseCommand):
    help = "Copy database, raw responses and secret key into a folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("folder", type=Path, help="a new folder, or that of the backup before")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        self.stdout.write(f"Copying the database and raw responses to {folder} ...")
        try:
            backup_write(folder)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        self.stdout.write(f"Done, {size / 1e6:,.0f} MB. `manage.py restore {folder}` brings it back into an empty database.")
        if settings.S3_ENDPOINT:
            self.stdout.write("Raw responses are in S3 and not part of it: back up the bucket there.")
