"""`manage.py search_index`: the index of the search backend `tantivy`, built anew or looked at."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.errors import IndexBusyError
from catalog.management.work_bar import work_bar
from catalog.models import Job


class Command(BaseCommand):
    help = "The index of the search backend tantivy (SEARCH_BACKEND=tantivy): build it anew, or see how far it is."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=ArgumentParser)
        actions.add_parser("rebuild", help="index every job anew; the index so far is searched until that is done")
        status = actions.add_parser("status", help="how many jobs are in it, how far it is behind, what it takes")
        status.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            import tantivy  # noqa: F401
        except ModuleNotFoundError as error:
            raise CommandError("tantivy is not installed: pip install 'gtm-engine[tantivy]'") from error
        if options["action"] == "rebuild":
            self._rebuild()
        else:
            self._status(as_json=options["json"])

    def _rebuild(self) -> None:
        from catalog.search.tantivy.backend import TantivyBackend

        try:
            with work_bar("jobs", total=Job.objects.count()) as show:
                TantivyBackend().rebuild(on_progress=show)
        except IndexBusyError as error:
            raise CommandError(str(error)) from error
        self._status(as_json=False)

    def _status(self, *, as_json: bool) -> None:
        from catalog.search.tantivy.status import index_status

        status = index_status(Path(settings.SEARCH_INDEX_DIR))
        if as_json:
            self.stdout.write(json.dumps(asdict(status)))
            return
        self.stdout.write(str(status))
        if settings.SEARCH_BACKEND != "tantivy":
            self.stdout.write("It is not used: SEARCH_BACKEND is not tantivy.")
