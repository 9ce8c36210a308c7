"""`manage.py ingest`: from discovery to stored postings."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from ingestion.errors import FetchError, IngestionError
from ingestion.management.arguments import positive
from ingestion.management.consoles import output_console, print_line
from ingestion.management.dead_letters import add_dead_letters
from ingestion.management.discovery import (
    add_discovery_commands,
    add_discovery_options,
    add_queued,
    add_types,
    discovery_parameters,
    without_nothing,
)
from ingestion.management.raw_commands import add_raw_commands
from ingestion.management.runs import add_runs, run_begin
from ingestion.models import Run
from ingestion.services import status_counts
from ingestion.services.sources import find_sources

DESCRIPTION = "Find job boards, read their postings, and see how far that is."
EXAMPLES = """
examples:
  manage.py ingest discover                         find boards through the Common Crawl index
  manage.py ingest discover --site acme.com         search a company's own site for its board
  manage.py ingest seed boards.csv                  add boards from a list (tokens, addresses or a CSV)
  manage.py ingest seed https://acme.com/careers    add the board of one careers address
  manage.py ingest fetch                            read every board that is due
  manage.py ingest fetch --source lever/acme --force  read one board now
  manage.py ingest all --target 50000               discover, then fetch until 50,000 postings are open
  manage.py ingest status --json                    counts, for scripts
  manage.py ingest dlq list                         fetches that were given up, and why
  manage.py ingest history lever acme ID            what changed in a posting, and when
  manage.py ingest integrity --repair               check raw storage, read again what is damaged
"""


class Command(BaseCommand):
    """One command with subcommands: a parser, whose --help states all that a stranger needs, names the function that does it."""

    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        raw = argparse.RawDescriptionHelpFormatter
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = raw
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=argparse.ArgumentParser)
        add_discovery_commands(commands)
        _add_fetch(commands)
        _add_all(commands)
        _add_status(commands)
        add_dead_letters(commands)
        add_runs(commands)
        add_raw_commands(commands)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            options["subcommand"](output_console(self.stdout), options)
        except (IngestionError, FetchError) as error:
            raise CommandError(str(error)) from error


def _fetch(console: Console, options: dict[str, Any]) -> None:
    parameters: dict[str, Any] = {"source_types": options["type"], "force": options["force"], "target": options["target"]}
    if options["source"]:
        parameters["source_ids"] = [source.pk for source in find_sources(options["source"])]
    elif options["force"]:
        raise CommandError("--force needs --source: it sets the waiting times of single boards aside, not of all")
    run_begin(console, Run.Kind.FETCH, without_nothing(parameters, options), options)
    console.print(_status_table())


def _all(console: Console, options: dict[str, Any]) -> None:
    parameters = discovery_parameters(options) | {"target": options["target"] or settings.TARGET_JOB_COUNT}
    run_begin(console, Run.Kind.INGEST, parameters, options)
    console.print(_status_table())


def _status(console: Console, options: dict[str, Any]) -> None:
    if options["json"]:
        print_line(console, json.dumps(status_counts()))
    else:
        console.print(_status_table())


def _status_table() -> Table:
    counts = status_counts()
    table = Table("what", "count", box=None)
    for name, number in [
        *_prefixed("sources", counts["sources"]),
        *_prefixed("postings", counts["postings"]),
        ("jobs", counts["jobs"]),
    ]:
        table.add_row(name, f"{number:,}")
    return table


def _add_fetch(commands: Any) -> None:
    parser = commands.add_parser(
        "fetch",
        help="read every board that is due",
        description=f"Read boards whose next check has come: at most {settings.FETCH_PER_HOST} requests at once per host over all "
        "workers, raw answers stored first, then new, changed and vanished postings. A board is due again after RECHECK_HOURS; one "
        "that is gone, blocked or failed after 7 days.",
    )
    add_types(parser)
    parser.add_argument("--source", action="append", metavar="ATS/TOKEN", help="only this board (may be repeated)")
    parser.add_argument("--force", action="store_true", help="with --source: read it although it is not due; the ledger says so")
    parser.add_argument("--target", type=positive, metavar="N", help="stop when N postings are open")
    add_queued(parser)
    parser.set_defaults(subcommand=_fetch)


def _add_all(commands: Any) -> None:
    parser = commands.add_parser(
        "all",
        help="discover, then fetch",
        description="Discover boards, then read every board that is due, until TARGET_JOB_COUNT postings are open.",
    )
    add_discovery_options(parser)
    parser.add_argument("--target", type=positive, metavar="N", help=f"stop when N postings are open (now {settings.TARGET_JOB_COUNT:,})")
    add_queued(parser)
    parser.set_defaults(subcommand=_all)


def _add_status(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="counts of sources, postings and jobs",
        description="How many sources are in which state, how many postings, how many jobs.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")
    parser.set_defaults(subcommand=_status)


def _prefixed(name: str, counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(f"{name} {key}", number) for key, number in counts.items()]
