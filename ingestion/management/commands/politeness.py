"""`manage.py politeness`: what was asked of whom, and the proof that it was asked politely."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Column, Table

from ingestion.http.retry import schedule_text
from ingestion.management.consoles import output_console
from ingestion.management.runs import run_called
from ingestion.management.work_bar import work_bar
from ingestion.models import OutboundRequest
from ingestion.politeness.host_states import host_states
from ingestion.politeness.ledger_review import Scope, as_json, listed, review
from ingestion.politeness.proof import Claim, HostFigures, Judgement

DESCRIPTION = """Prove from the ledger of outbound requests that every host was treated as promised.
Exit status 1 when a claim is broken; the offending rows are named."""
EXAMPLES = """
examples:
  manage.py politeness                       every request there is a record of
  manage.py politeness --run 3f2a            those of one run, judged beside what others sent meanwhile
  manage.py politeness --since 24h           those of the last day (also 90m, 7d, 2026-08-01T12:00Z)
  manage.py politeness --host api.lever.co --since 2026-08-01 --until 2026-08-02 --requests > requests.csv
                                             every request to a host on a day: when, what, answered how
  manage.py politeness --json                for scripts
"""
SHOWN = 20


class Command(BaseCommand):
    """Reads the ledger once, in the order of the requests."""

    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", metavar="ID", help="only requests of this run (its id, or the beginning of it)")
        parser.add_argument("--since", type=moment, metavar="TIME", help="only requests since then: 30m, 24h, 7d, or a date and time")
        parser.add_argument("--until", type=moment, metavar="TIME", help="only requests before then")
        parser.add_argument("--host", default="", metavar="NAME", help="only requests to this host, as a name or name:port")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="one JSON object, for scripts")
        form.add_argument("--requests", action="store_true", help="the requests themselves as CSV, without a verdict")

    def handle(self, *args: Any, **options: Any) -> None:
        run_id = run_called(options["run"]).pk if options["run"] else None
        if options["since"] and options["until"] and options["since"] >= options["until"]:
            raise CommandError(
                f"--since {options['since']:%Y-%m-%d %H:%M:%S} is not before --until {options['until']:%Y-%m-%d %H:%M:%S} UTC"
            )
        scope = Scope(run_id, options["since"], options["until"], options["host"])
        if options["requests"]:
            csv.writer(cast(IO[str], self.stdout), lineterminator="\n").writerows(listed(scope))
            return
        with _bar(scope) as advance:
            judgement = review(scope, advance)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(judgement), cls=DjangoJSONEncoder))
        else:
            self._print(judgement)
        if scope.host and not judgement.requests:
            raise CommandError(f"nothing is proved: {_no_request(scope.host)}", returncode=1)
        if not judgement.is_polite:
            raise CommandError(f"{len(judgement.broken)} claims are broken, by {judgement.broken.total():,} requests", returncode=1)

    def _print(self, judgement: Judgement) -> None:
        console = output_console(self.stdout)
        if not judgement.requests:
            console.print(
                "No request is on record here. `manage.py ingest fetch` reads boards; every request is written down before it leaves."
            )
            if judgement.waiting:
                console.print(_waiting(judgement))
            return
        console.print(_summary(judgement))
        console.print(_claims(judgement))
        console.print(_hosts(judgement.hosts))
        if judgement.breaches:
            console.print(_breaches(judgement))
        self._print_states(console)

    def _print_states(self, console: Console) -> None:
        try:
            console.print(_states())
        except RedisError as error:
            console.print(f"The hosts' present state is unknown, Redis does not answer: {error}")


def _no_request(host: str) -> str:
    """Why none was found: it was never asked, or not in this scope."""
    if Scope(host=host).ours().exists():
        return f"no request to {host!r} is on record in this time or run"
    known = ", ".join(OutboundRequest.objects.order_by("host").values_list("host", flat=True).distinct()[:SHOWN])
    return f"no request to {host!r} is on record. Hosts on record: {known or 'none'}"


@contextmanager
def _bar(scope: Scope) -> Iterator[Callable[[int], object]]:
    """A progress bar beside the answer, where somebody looks."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done: None
        return
    with work_bar(console, "judging", total=scope.seen().count(), unit="requests") as advance:
        yield lambda done: advance(done, "")


def moment(text: str) -> datetime:
    """`90m`, `24h`, `7d` ago, or an ISO date and time (UTC unless it says otherwise). Raises argparse.ArgumentTypeError."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    try:
        if text[-1:] in units and text[:-1].isdigit():
            return timezone.now() - timedelta(**{units[text[-1]]: int(text[:-1])})
        found = parse_datetime(text) or datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no time: give 90m, 24h, 7d or 2026-08-01T12:00Z") from None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _summary(judgement: Judgement) -> str:
    first, last = judgement.first_at, judgement.last_at
    span = f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC" if first and last else ""
    proxied = sum(count for name, count in judgement.proxies.items() if name)
    return (
        f"{judgement.requests:,} requests, {judgement.bytes / 1e6:,.1f} MB, {span}\n"
        f"{judgement.retries:,} retries (schedule {schedule_text(settings.FETCH_RETRY_UNIT_S)}), {judgement.forced:,} forced, "
        f"{proxied:,} through a proxy, "
        f"{len(judgement.user_agents)} user agents, {judgement.unended:,} without an end (lost with their worker, or under way), "
        f"{_waiting(judgement)}"
    )


def _waiting(judgement: Judgement) -> str:
    return f"{judgement.waiting:,} announced and not known to have left"


def _claims(judgement: Judgement) -> Table:
    table = Table("claim", "verdict", box=None)
    for claim in Claim:
        broken = judgement.broken[claim]
        table.add_row(claim.value, f"BROKEN by {broken:,} requests" if broken else "holds")
    return table


def _hosts(hosts: dict[str, HostFigures]) -> Table:
    table = Table(Column("host", no_wrap=True), "requests", "MB", "at once (allowed)", "least gap (spacing)", "pauses", "answers", box=None)
    for host, seen in sorted(hosts.items()):
        answers = ", ".join(f"{status} {count:,}" for status, count in sorted(seen.statuses.items()))
        gap = "-" if seen.least_gap_ms is None else f"{seen.least_gap_ms:.0f} ms"
        at_once = f"{seen.most_at_once} ({seen.allowed_at_once})"
        if seen.most_possibly > seen.most_at_once:
            at_once += f", {seen.most_possibly} if lost ones lasted"
        table.add_row(
            host, f"{seen.requests:,}", f"{seen.bytes / 1e6:,.1f}", at_once, f"{gap} ({seen.spacing_ms} ms)", str(seen.pauses), answers
        )
    return table


def _breaches(judgement: Judgement) -> Table:
    table = Table("row", "host", "at (UTC)", "claim", "what", title=f"the first {SHOWN} offending requests", box=None)
    for breach in judgement.breaches[:SHOWN]:
        what = f"{breach.message}{f' (row {breach.other_id})' if breach.other_id else ''}"
        table.add_row(str(breach.row_id), breach.host, f"{breach.at:%Y-%m-%d %H:%M:%S.%f}", breach.claim.name.lower(), what)
    return table


def _states() -> Table:
    table = Table("host now", "breaker", "under way", "rests", "slowed to", box=None)
    for state in host_states():
        interval = f"{state.interval_ms:.0f} ms a start" if state.interval_ms else "-"
        table.add_row(state.host, state.breaker, str(state.in_use), f"{state.rests_s:.0f} s" if state.rests_s else "-", interval)
    return table
