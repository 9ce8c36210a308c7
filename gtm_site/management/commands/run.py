"""`manage.py run`: the main job against the configured outside world."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gtm_site.main_job import run_main_job
from ingestion.management.runs import run_require_contact

DESCRIPTION = """\
Run the whole line against the real outside world (Common Crawl and the public posting APIs): discover boards, read them
politely, extract, publish. Stops taking new boards when TARGET_JOB_COUNT postings are there. May be ended and started
again at any time; what is done stays done. Set FETCH_USER_AGENT to a name and contact of yours first.
"""


class Command(BaseCommand):
    help = "Discover, fetch, extract and publish against the configured outside world."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("--port", type=int, default=8000, help="port of the app (default: %(default)s)")
        parser.add_argument("--target", type=int, default=settings.TARGET_JOB_COUNT, help="postings to stop at (default: %(default)s)")
        parser.add_argument("--exit", action="store_true", help="end after the closing table instead of staying up")

    def handle(self, *args: Any, **options: Any) -> None:
        run_require_contact({})
        run_main_job(
            port=options["port"],
            parameters={"target": options["target"]},
            extra=[],
            environment={},
            stay=not options["exit"],
            with_account=False,
        )
