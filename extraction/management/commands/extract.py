"""`manage.py extract`: turn postings into published jobs."""

from __future__ import annotations

import multiprocessing
import os
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from extraction import services
from extraction.models import PendingExtraction
from extraction.queues import tasks_enqueue
from extraction.worker import work

DESCRIPTION = """\
Extract what has been fetched and publish it to the catalogue.

Tier 0 (rules) reads every posting whose content has no extraction yet, or one of older rules or an older vocabulary;
unchanged postings cost nothing otherwise.
The command may be stopped and started again at any time: what is done stays done, and nothing is done twice.

  manage.py extract                 work here, one process a processor
  manage.py extract --queued        hand the work to the workers of `manage.py serve`
  manage.py extract --retry-dead    try again what was given up, then as above
"""


class Command(BaseCommand):
    help = "Extract fetched postings and publish them as jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="processes to use (default: %(default)s)"
        )
        parser.add_argument("--queued", action="store_true", help="only put the work on the queue extract_t0")
        parser.add_argument("--retry-dead", action="store_true", help="put postings that were given up back first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["processes"] < 1:
            raise CommandError("--processes must be at least 1")
        if options["retry_dead"]:
            self.stdout.write(f"{services.dead_retry():,} dead letters put back")
        if outdated := services.outdated_fill():
            self.stdout.write(f"{outdated:,} postings are read again: rules or vocabulary have changed")
        services.pending_fill()
        waiting = services.pending_count()
        if options["queued"]:
            tasks = tasks_enqueue()
            self.stdout.write(f"{waiting:,} postings wait; {tasks} tasks put on the queue")
            return
        started = time.monotonic()
        if waiting:
            self._work(waiting, options["processes"])
        changed = services.status_sync()
        seconds = time.monotonic() - started
        dead = PendingExtraction.objects.dead().count()
        done = waiting - services.pending_count()
        self.stdout.write(f"{done:,} postings extracted in {seconds:.1f} s; {changed:,} jobs changed status; {dead:,} dead letters")

    def _work(self, waiting: int, processes: int) -> None:
        columns = (SpinnerColumn(), TextColumn("extract"), BarColumn(), MofNCompleteColumn(), TextColumn("postings"),
                   TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
        context = multiprocessing.get_context("spawn")
        children = [context.Process(target=work, args=(os.getpid(),)) for _ in range(processes)]
        for child in children:
            child.start()
        with Progress(*columns, console=Console()) as progress:
            bar = progress.add_task("extract", total=waiting, rate="")
            started = time.monotonic()
            while any(child.is_alive() for child in children):
                time.sleep(0.3)
                done = max(0, waiting - services.pending_count())
                progress.update(bar, completed=done, rate=f"{done / (time.monotonic() - started):,.0f}/s")
            progress.update(bar, completed=max(0, waiting - services.pending_count()))
        if failed := [child.exitcode for child in children if child.exitcode]:
            raise CommandError(
                f"{len(failed)} of {processes} processes failed (status {failed[0]}); what they held is done by the next call"
            )
