"""`manage.py ingest`: from discovery to stored postings."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from ingestion import pipeline
from ingestion.ats.registry import adapters
from ingestion.discovery.seeds import BadLine, Seed, read_seeds
from ingestion.discovery.tokens import source_of
from ingestion.errors import FetchError, IngestionError
from ingestion.management.arguments import positive
from ingestion.management.dead_letters import add_dead_letters, dead_letters
from ingestion.management.raw_commands import RawCommands, add_raw_commands
from ingestion.management.runs import add_runs, caller, runs, work
from ingestion.models import Sighting, Source
from ingestion.services import (
    Finding,
    findings_store,
    run_create,
    status_counts,
)
from ingestion.services.direct_runs import run_open
from ingestion.services.sources import find_sources

DESCRIPTION = "Find job boards, read their postings, and see how far that is."
EXAMPLES = """
examples:
  manage.py ingest discover                         find boards through the Common Crawl index
  manage.py ingest seed boards.csv                  add boards from a list (tokens, addresses or a CSV)
  manage.py ingest fetch                            read every board that is due
  manage.py ingest fetch --source lever/acme --force  read one board now
  manage.py ingest all --target 50000               discover, then fetch until 50,000 postings are open
  manage.py ingest status --json                    counts, for scripts
  manage.py ingest dlq list                         fetches that were given up, and why
  manage.py ingest history lever acme ID            what changed in a posting, and when
  manage.py ingest integrity --repair               check raw storage, read again what is damaged
"""


class Command(RawCommands, BaseCommand):
    """One command with subcommands; each states in its --help all that a stranger needs."""

    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        raw = argparse.RawDescriptionHelpFormatter
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = raw
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=argparse.ArgumentParser)
        _add_discover(commands)
        _add_seed(commands)
        _add_fetch(commands)
        _add_all(commands)
        _add_status(commands)
        _add_sources(commands)
        add_dead_letters(commands)
        add_runs(commands)
        add_raw_commands(commands)

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(file=cast(IO[str], self.stdout), highlight=False)
        try:
            getattr(self, f"_{options['command']}")(options)
        except (IngestionError, FetchError) as error:
            raise CommandError(str(error)) from error

    def _discover(self, options: dict[str, Any]) -> None:
        self._run("discover", _discovery_parameters(options), options)
        self._print_yield()

    def _seed(self, options: dict[str, Any]) -> None:
        path: Path | None = options["file"]
        lines = sys.stdin if path is None else _lines(path)
        results = list(read_seeds(lines, options["type"]))
        for bad in (result for result in results if isinstance(result, BadLine)):
            self.stderr.write(f"line {bad.line}: {bad.reason}: {bad.text}")
        seeds = [result for result in results if isinstance(result, Seed)]
        findings = [Finding(seed.source_type, seed.source_key, seed.region, seed.text) for seed in seeds]
        counts = findings_store(findings=findings, method=Sighting.Method.SEED, crawl=path.name if path else "stdin")
        bad_count = len(results) - len(seeds)
        self.console.print(
            f"{len(seeds)} lines name {counts['tokens']} boards, {counts['new']} of them new; {bad_count} lines were not understood"
        )
        if not seeds and results:
            raise CommandError("no line names a board")

    def _fetch(self, options: dict[str, Any]) -> None:
        parameters: dict[str, Any] = {"source_types": options["type"], "force": options["force"], "target": options["target"]}
        if options["source"]:
            parameters["source_ids"] = [source.pk for source in find_sources(options["source"])]
        elif options["force"]:
            raise CommandError("--force needs --source: it sets the waiting times of single boards aside, not of all")
        self._run("fetch", _without_nothing(parameters, options), options)
        self._print_status()

    def _all(self, options: dict[str, Any]) -> None:
        parameters = _discovery_parameters(options) | {"target": options["target"] or settings.TARGET_JOB_COUNT}
        self._run("ingest", parameters, options)
        self._print_status()

    def _status(self, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(status_counts()))
        else:
            self._print_status()

    def _sources(self, options: dict[str, Any]) -> None:
        if options["url"]:
            self._print_detected(options["url"])
        elif options["crawls"]:
            self._print_yield()
        else:
            self._print_sources(options)

    def _dlq(self, options: dict[str, Any]) -> None:
        dead_letters(self.console, options)

    def _runs(self, options: dict[str, Any]) -> None:
        runs(self.console, options)

    def _run(self, kind: str, parameters: dict[str, Any], options: dict[str, Any]) -> None:
        """Do a run here (a lost one like it goes on), or hand a new one to the queues and say so."""
        if options["queued"]:
            run = run_create(kind=kind, parameters=parameters, by=caller())
            pipeline.tick()
            self.console.print(f"run {run.pk} is queued; workers: `manage.py rqworker {settings.DISCOVER_QUEUE}`, `... scrape.<ats>`")
            return
        with run_open(kind=kind, parameters=parameters) as run:
            self.console.print(f"run {run.pk} goes on, its process was lost" if run.started_at else f"run {run.pk}")
            work(run, self.console)

    def _print_status(self) -> None:
        counts = status_counts()
        table = Table("what", "count", box=None)
        for name, number in [
            *_prefixed("sources", counts["sources"]),
            *_prefixed("postings", counts["postings"]),
            ("jobs", counts["jobs"]),
        ]:
            table.add_row(name, f"{number:,}")
        self.console.print(table)

    def _print_yield(self) -> None:
        columns = ("method", "crawl", "source__source_type", "tokens", "new", "live", "postings")
        table = Table("found by", "crawl or list", "ATS", "boards", "new", "live", "open postings", box=None)
        for row in Sighting.objects.yield_by_crawl():
            table.add_row(*(f"{row[name] or 0:,}" if isinstance(row[name], int | None) else row[name] for name in columns))
        self.console.print(table)

    def _print_sources(self, options: dict[str, Any]) -> None:
        table = Table("source", "state", "open", "company", "next check (UTC)", "why", box=None)
        rows = Source.objects.filter(state=options["state"]) if options["state"] else Source.objects.all()
        for row in rows.order_by("-open_postings", "source_type", "source_key")[: options["limit"]]:
            table.add_row(
                str(row), row.state, f"{row.open_postings:,}", row.company_name, f"{row.next_check_at:%Y-%m-%d %H:%M}", row.state_reason
            )
        self.console.print(table)

    def _print_detected(self, url: str) -> None:
        found = source_of(url)
        if found is None:
            raise CommandError(f"{url} is of no known ATS: known are {', '.join(adapters())}")
        findings_store(findings=[Finding(*found, url)], method=Sighting.Method.PASTED, crawl="")
        self.console.print(f"{found[0]}/{found[1]} is a source now: `manage.py ingest fetch --source {found[0]}/{found[1]}` reads it")


def _add_discover(commands: Any) -> None:
    parser = commands.add_parser(
        "discover",
        help="find boards through the Common Crawl index",
        description="Ask the CDX index of Common Crawl (CDX_BASE_URL) for captured board pages and note every board they name. "
        "One connection, at least a second between calls. What was read is not read again; a broken run goes on where it stopped.",
    )
    _add_discovery_options(parser)
    _add_queued(parser)


def _add_seed(commands: Any) -> None:
    parser = commands.add_parser(
        "seed",
        help="add boards from a list",
        description="Add boards from a file, one a line: a token (`acme` with --type, or `greenhouse/acme`), any address of a board or "
        "posting, or a CSV whose first line names columns (url or token, source_type, region). Lines that are not understood "
        "are named with their number; the others are added.",
    )
    parser.add_argument("file", nargs="?", type=Path, help="the list; without it the lines are read from standard input")
    parser.add_argument("--type", choices=list(adapters()), help="the ATS of lines that only hold a token")


def _add_fetch(commands: Any) -> None:
    parser = commands.add_parser(
        "fetch",
        help="read every board that is due",
        description=f"Read boards whose next check has come: at most {settings.FETCH_PER_HOST} requests at once per host over all "
        "workers, raw answers stored first, then new, changed and vanished postings. A board is due again after RECHECK_HOURS; one "
        "that is gone, blocked or failed after 7 days.",
    )
    _add_types(parser)
    parser.add_argument("--source", action="append", metavar="ATS/TOKEN", help="only this board (may be repeated)")
    parser.add_argument("--force", action="store_true", help="with --source: read it although it is not due; the ledger says so")
    parser.add_argument("--target", type=positive, metavar="N", help="stop when N postings are open")
    _add_queued(parser)


def _add_all(commands: Any) -> None:
    parser = commands.add_parser(
        "all",
        help="discover, then fetch",
        description="Discover boards, then read every board that is due, until TARGET_JOB_COUNT postings are open.",
    )
    _add_discovery_options(parser)
    parser.add_argument("--target", type=positive, metavar="N", help=f"stop when N postings are open (now {settings.TARGET_JOB_COUNT:,})")
    _add_queued(parser)


def _add_status(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="counts of sources, postings and jobs",
        description="How many sources are in which state, how many postings, how many jobs.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")


def _add_sources(commands: Any) -> None:
    parser = commands.add_parser(
        "sources",
        help="list boards, the yield of crawls, or detect the ATS of an address",
        description="List boards with their state and the reason for it.",
    )
    parser.add_argument("--state", choices=Source.State.values, help="only boards in this state")
    parser.add_argument("--limit", type=positive, default=50, help="how many (50)")
    parser.add_argument("--crawls", action="store_true", help="instead: what each crawl and list brought")
    parser.add_argument("--url", help="instead: add the board that this careers address names")


def _add_discovery_options(parser: argparse.ArgumentParser) -> None:
    _add_types(parser)
    parser.add_argument(
        "--crawl", action="append", metavar="ID", help="which crawl, e.g. CC-MAIN-2025-51 (may be repeated); else the newest two"
    )
    parser.add_argument("--again", action="store_true", help="read crawls again that were read before")


def _add_types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type", action="append", choices=list(adapters()), help="only this ATS (may be repeated)")


def _add_queued(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queued", action="store_true", help="hand the work to the queues and return; workers do it")


def _discovery_parameters(options: dict[str, Any]) -> dict[str, Any]:
    parameters = {"source_types": options["type"], "crawls": options["crawl"], "again": options["again"]}
    return _without_nothing(parameters, options)


def _without_nothing(parameters: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (parameters | {"queued": options["queued"]}).items() if value}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8 text") from None


def _prefixed(name: str, counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(f"{name} {key}", number) for key, number in counts.items()]
