"""Dead letters on the command line: fetches that were given up."""

from __future__ import annotations

import argparse
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from ingestion.errors import error_kinds
from ingestion.management.arguments import positive
from ingestion.models import DeadLetter, Run
from ingestion.querysets import DeadLetterQuerySet
from ingestion.services import dead_letter_prune, dead_letters_retry

SHOWN = 200


def add_dead_letters(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "dlq",
        help="fetches that were given up: list, show, retry, prune",
        description="A fetch that failed after all its retries stands here until it is retried or pruned. What is named by id is taken; "
        "without ids all that wait, less what --kind, --run and --older-than leave out.",
    )
    parser.add_argument("action", choices=["list", "show", "retry", "prune"], nargs="?", default="list")
    parser.add_argument("ids", nargs="*", type=positive, metavar="ID", help="which")
    parser.add_argument("--kind", choices=error_kinds(), help="only of this kind")
    parser.add_argument("--run", metavar="RUN_ID", help="only those of this run (the beginning of its id is enough)")
    parser.add_argument("--older-than", type=positive, metavar="DAYS", help="only those that have waited longer")
    parser.set_defaults(subcommand=dead_letters)


def dead_letters(console: Console, options: dict[str, Any]) -> None:
    """The subcommand. Raises CommandError."""
    chosen = _chosen(options)
    ids = list(chosen.values_list("pk", flat=True))
    if options["action"] == "retry":
        _retry(console, ids)
    elif options["action"] == "prune":
        console.print(f"{dead_letter_prune(letter_ids=ids):,} dead letters closed; their sources rest until their next check")
    elif options["action"] == "show":
        _print_whole(console, chosen)
    else:
        _print_list(console, chosen)


def _retry(console: Console, ids: list[int]) -> None:
    console.print(f"{dead_letters_retry(letter_ids=ids):,} sources are due again: {_when()}")
    if paused := DeadLetter.objects.waiting().filter(pk__in=ids).count():
        console.print(f"{paused:,} go on waiting: their boards are paused; resume them in the admin (/admin/ingestion/source/), then retry")


def _chosen(options: dict[str, Any]) -> DeadLetterQuerySet:
    if ids := options["ids"]:
        known = DeadLetter.objects.filter(pk__in=ids)
        if missing := sorted(set(ids) - set(known.values_list("pk", flat=True))):
            raise CommandError(f"there is no dead letter {missing[0]}; see `manage.py ingest dlq list`")
        return known
    letters = DeadLetter.objects.waiting()
    if options["kind"]:
        letters = letters.filter(kind=options["kind"])
    if options["run"]:
        letters = letters.filter(run_id__in=_runs(letters, options["run"].lower()))
    if options["older_than"]:
        letters = letters.filter(created_at__lt=timezone.now() - timedelta(days=options["older_than"]))
    return letters


def _runs(letters: DeadLetterQuerySet, beginning: str) -> set[uuid.UUID]:
    """Runs that gave something up, by the beginning of their ids; they may be older than what is kept of runs.

    A run that gave nothing up has none. Raises CommandError when no run begins so.
    """
    known = set(letters.values_list("run_id", flat=True))
    found = {run_id for run_id in known if run_id and str(run_id).startswith(beginning)}
    if not found and not Run.objects.filter(pk__startswith=beginning).exists():
        raise CommandError(f"no run begins with {beginning!r}, and no waiting dead letter is of one; see `manage.py ingest dlq list`")
    return found


def _when() -> str:
    at_once = "`manage.py ingest fetch` reads them now"
    return f"the schedule reads them within {settings.SCHEDULE_MINUTES} min, {at_once}" if settings.SCHEDULE_MINUTES else at_once


def _print_list(console: Console, letters: DeadLetterQuerySet) -> None:
    table = Table("id", "source", "kind", "tries", "status", "why", "since (UTC)", box=None)
    for row in letters.select_related("source").order_by("-updated_at")[:SHOWN]:
        since = f"{row.created_at:%Y-%m-%d %H:%M}"
        table.add_row(str(row.pk), str(row.source), row.kind, str(row.attempts), str(row.status or "-"), row.message, since)
    console.print(table if table.row_count else "no fetch waits here: nothing was given up")
    if (count := letters.count()) > SHOWN:
        console.print(f"the newest {SHOWN} of {count:,}")


def _print_whole(console: Console, letters: DeadLetterQuerySet) -> None:
    for row in letters.select_related("source", "raw_object").order_by("pk")[:SHOWN]:
        console.print(f"{row.pk}  {row.source}  {row.kind} after {row.attempts} tries, last status {row.status or 'none'}")
        console.print(f"  {row.message}\n  {row.url}")
        console.print(f"  run {row.run_id or '-'}, since {row.created_at:%Y-%m-%d %H:%M:%S} UTC, {row.resolution or 'waiting'}")
        if row.raw_object:
            console.print(f"  the answer is kept as raw object {row.raw_object.sha256}")
