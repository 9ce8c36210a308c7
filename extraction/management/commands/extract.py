"""`manage.py extract`: turn postings into published jobs."""

from __future__ import annotations

import multiprocessing
import os
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from catalog.models import Skill
from extraction import services
from extraction.forecast import tier_forecast
from extraction.llm.llms import choose, default_llm
from extraction.llm.spend import price_of
from extraction.management.forecasts import confirmed, forecast_table
from extraction.models import PendingExtraction
from extraction.providers.llm import LLM
from extraction.queues import tasks_enqueue
from extraction.tiers import tier_fill
from extraction.worker import work

DESCRIPTION = """\
Extract what has been fetched and publish it to the catalogue.

Tier 0 (rules) reads every posting whose content has no extraction yet, or one of older rules or an older vocabulary;
unchanged postings cost nothing otherwise.
The command may be stopped and started again at any time: what is done stays done, and nothing is done twice.

  manage.py extract                 work here, one process a processor
  manage.py extract --queued        hand the work to the workers of `manage.py serve`
  manage.py extract --retry-dead    try again what was given up, then as above
  manage.py extract --tier 1        improve what is published by the configured language model (--tier 2: by the paid one)
  manage.py extract --tier 2 --dry-run    only say how many postings, tokens and dollars that would be
"""


class Command(BaseCommand):
    help = "Extract fetched postings and publish them as jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="processes to use (default: %(default)s)"
        )
        parser.add_argument("--tier", type=int, choices=(0, 1, 2), default=0, help="who extracts: 0 rules, 1 and 2 language models")
        parser.add_argument("--dry-run", action="store_true", help="with --tier 1 or 2: count tokens and cost, and send nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask before a paid model is used")
        parser.add_argument("--queued", action="store_true", help="only put the work on the queue extract_t0")
        parser.add_argument("--retry-dead", action="store_true", help="put postings that were given up back first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["processes"] < 1:
            raise CommandError("--processes must be at least 1")
        if options["retry_dead"]:
            self.stdout.write(f"{services.dead_retry():,} dead letters put back")
        if options["tier"]:
            self._improve(options["tier"], options)
            return
        if options["dry_run"]:
            raise CommandError("--dry-run counts tokens: it needs --tier 1 or --tier 2; rules are free")
        if outdated := services.outdated_fill():
            self.stdout.write(f"{outdated:,} postings are read again: rules or vocabulary have changed")
        services.pending_fill()
        waiting = services.pending_count()
        if options["queued"]:
            tasks = tasks_enqueue()
            self.stdout.write(f"{waiting:,} postings wait; {tasks} tasks put on the queue")
            return
        started = time.monotonic()
        if waiting and not Skill.objects.exists():
            self.stderr.write("the vocabulary is empty, no skill will be found: `manage.py skills import`, then `extract` reads all again")
        if waiting:
            self._work(waiting, options["processes"])
        changed = services.status_sync()
        seconds = time.monotonic() - started
        dead = PendingExtraction.objects.dead().count()
        done = waiting - services.pending_count()
        self.stdout.write(f"{done:,} postings extracted in {seconds:.1f} s; {changed:,} jobs changed status; {dead:,} dead letters")

    def _improve(self, tier: int, options: dict[str, Any]) -> None:
        choice = choose(tier)
        self.stdout.write(choice.message)
        if options["dry_run"]:
            self._forecast(choice.llm or default_llm(tier), tier)
            return
        if choice.llm is None or not choice.ready:
            raise CommandError(f"tier {tier} has no model to work with; `manage.py models` shows what was tried")
        if not options["yes"] and not options["queued"] and not price_of(choice.llm).is_free:
            self._forecast(choice.llm, tier)
            if not confirmed(f"Send this to {choice.llm.name}?"):
                raise CommandError("nothing was sent")
        tier_fill(llm=choice.llm, tier=tier)
        waiting = services.pending_count(tier=tier)
        if options["queued"]:
            self.stdout.write(f"{waiting:,} postings wait; the workers of {settings.EXTRACT_QUEUES[tier]} take them")
            return
        started = time.monotonic()
        with Progress(*_columns(f"tier {tier}"), console=Console()) as progress:
            bar = progress.add_task("", total=waiting, rate="")

            def progressed(done: int) -> None:
                progress.update(bar, completed=done, rate=f"{done / (time.monotonic() - started):,.1f}/s")

            done, stopped_by = services.pending_improve(tier=tier, llm=choice.llm, progressed=progressed)
        left, dead = services.pending_count(tier=tier), PendingExtraction.objects.dead().filter(tier=tier).count()
        self.stdout.write(f"{done:,} postings improved in {time.monotonic() - started:.1f} s; {left:,} wait; {dead:,} dead letters")
        if stopped_by is not None:
            raise CommandError(f"stopped: {stopped_by}. What is left is done by the next call")

    def _forecast(self, llm: LLM, tier: int) -> None:
        console = Console(width=120)
        with console.capture() as drawn:
            console.print(forecast_table(tier_forecast(llm, tier, batch=tier == 2 and settings.TIER2_BATCH)))
        self.stdout.write(f"{llm.name} {llm.model}\n{drawn.get()}")

    def _work(self, waiting: int, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        children = [context.Process(target=work, args=(os.getpid(),)) for _ in range(processes)]
        for child in children:
            child.start()
        with Progress(*_columns("extract"), console=Console()) as progress:
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


def _columns(name: str) -> tuple[ProgressColumn, ...]:
    return (SpinnerColumn(), TextColumn(name), BarColumn(), MofNCompleteColumn(), TextColumn("postings"),
            TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
