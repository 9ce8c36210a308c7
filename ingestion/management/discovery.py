"""Subcommands of `manage.py ingest` that find boards and list them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ingestion.ats.registry import adapters
from ingestion.discovery.seeds import BadLine, Seed, read_seeds
from ingestion.discovery.tokens import Finding, any_finding_of
from ingestion.management.arguments import positive
from ingestion.management.consoles import print_line
from ingestion.management.runs import run_begin
from ingestion.management.text_files import lines_of
from ingestion.models import Run, Sighting, Source
from ingestion.services import findings_store
from ingestion.services.pasted import pasted_store
from ingestion.source_rows import reason_of

_MOMENT = "%Y-%m-%d %H:%M"
# Boards of a table that was not asked for more.
SHOWN = 50


def discover(console: Console, options: dict[str, Any]) -> None:
    run_begin(console, Run.Kind.DISCOVER, discovery_parameters(options) | _other_ways(options), options)
    _print_yield(console)


def seed(console: Console, options: dict[str, Any]) -> None:
    place: str | None = None if options["file"] == "-" else options["file"]
    if place and not Path(place).is_file() and ("://" in place or any_finding_of(place)):
        _add_address(console, place, options)
        return
    _read_list(console, Path(place) if place else None, options)


def sources(console: Console, options: dict[str, Any]) -> None:
    if options["url"]:
        _add_address(console, options["url"], options)
    elif options["crawls"]:
        _print_yield(console)
    elif options["json"]:
        print_line(console, json.dumps([_as_json(source) for source in _listed(options)], cls=DjangoJSONEncoder))
    else:
        _print_sources(console, options)


def _add_address(console: Console, address: str, options: dict[str, Any]) -> None:
    """The board that the address names, else what a visit to it finds."""
    source = pasted_store(address=address)
    if source is None:
        run_begin(console, Run.Kind.DISCOVER, {"sites": [address]}, options)
        return
    console.print(f"{escape(str(source))} is a source now: `manage.py ingest fetch --source {escape(str(source))}` reads it")


def _read_list(console: Console, path: Path | None, options: dict[str, Any]) -> None:
    results, errors = list(read_seeds(lines_of(path), options["type"])), Console(stderr=True)
    for bad in (result for result in results if isinstance(result, BadLine)):
        print_line(errors, f"line {bad.line}: {bad.reason}: {bad.text}")
    seeds = [result for result in results if isinstance(result, Seed)]
    findings = [Finding(seed.source_type, seed.source_key, seed.region, seed.text) for seed in seeds]
    counts = findings_store(findings=findings, method=Sighting.Method.SEED, crawl=path.name if path else "stdin")
    bad_count = len(results) - len(seeds)
    console.print(f"{len(seeds)} lines name {counts['tokens']} boards, {counts['new']} of them new; {bad_count} lines were not understood")
    if not seeds and results:
        raise CommandError("no line names a board; addresses of companies' sites go to `manage.py ingest discover --sites FILE`")


def _print_yield(console: Console) -> None:
    columns = ("method", "crawl", "source__source_type", "tokens", "new", "live", "postings")
    table = Table("found by", "crawl, list or site", "ATS", "boards", "new", "live", "open postings", box=None)
    for row in Sighting.objects.yield_by_crawl():
        table.add_row(*(f"{row[name] or 0:,}" if isinstance(row[name], int | None) else escape(row[name]) for name in columns))
    console.print(table)


def _print_sources(console: Console, options: dict[str, Any]) -> None:
    table = Table(Column("source", overflow="fold"), "state", "open", "company", "next check (UTC)", "why", box=None)
    for row in _listed(options):
        moment = f"{row.next_check_at:{_MOMENT}}"
        state = f"{row.state} ({row.mark})" if row.mark else row.state
        cells = (str(row), state, f"{row.open_postings:,}", row.company_name, moment, reason_of(row))
        table.add_row(*map(escape, cells))
    console.print(table)


def _listed(options: dict[str, Any]) -> QuerySet[Source]:
    rows = Source.objects.in_state(options["state"]).matching(options["search"] or "").biggest_first()
    return rows[: options["limit"] or (None if options["json"] else SHOWN)]


def _as_json(source: Source) -> dict[str, Any]:
    names = ("source_type", "source_key", "region", "state", "mark", "open_postings", "company_name", "next_check_at")
    return {name: getattr(source, name) for name in names} | {"reason": reason_of(source)}


def add_discovery_commands(commands: Any) -> None:
    _add_discover(commands)
    _add_seed(commands)
    _add_sources(commands)


def _add_discover(commands: Any) -> None:
    parser = commands.add_parser(
        "discover",
        help="find boards through Common Crawl, or on companies' sites",
        description="Ask the CDX index of Common Crawl (CDX_BASE_URL) for captured board pages and note every board they name. "
        "One connection, at least a second between calls. What was read is not read again; a broken run goes on where it stopped. "
        "With --columnar read Parquet files of the columnar index instead, with --site search companies' own sites: robots.txt is "
        "obeyed, sitemaps and career pages are read, at most 20 pages a site.",
    )
    add_discovery_options(parser)
    parser.add_argument(
        "--columnar",
        action="append",
        metavar="PLACE",
        help="a Parquet file, a pattern of them, or a URL under COLUMNAR_BASE_URL, read in parts (may be repeated)",
    )
    parser.add_argument("--site", action="append", metavar="DOMAIN_OR_URL", help="a company's site or careers page (may be repeated)")
    parser.add_argument("--sites", type=Path, metavar="FILE", help="a list of them, one a line")
    add_queued(parser)
    parser.set_defaults(subcommand=discover)


def _add_seed(commands: Any) -> None:
    parser = commands.add_parser(
        "seed",
        help="add boards from a list, or the board of one address",
        description="Add boards from a file, one a line: a token (`acme` with --type, or `greenhouse/acme`), any address of a board or "
        "posting, or a CSV whose first line names columns (url or token, source_type, region). An address of a board counts "
        "whatever column it stands in; without a header a line is ATS, token and region. Lines that are not understood are named "
        "with their number; the others are added. Instead of a file any careers address: its ATS is detected, from the address "
        "where it says it, else from the page.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE_OR_URL", help="the list, or an address; without it, or with -, standard input")
    parser.add_argument("--type", choices=list(adapters()), help="the ATS of lines that only hold a token")
    add_queued(parser)
    parser.set_defaults(subcommand=seed)


def _add_sources(commands: Any) -> None:
    parser = commands.add_parser(
        "sources",
        help="list boards, the yield of crawls, or detect the ATS of an address",
        description="List boards with their state, the reason for it and when they are checked next. The page /sources shows the same.",
    )
    parser.add_argument("--state", choices=Source.State.values, help="only boards in this state")
    parser.add_argument("--search", metavar="WORD", help="only boards whose token or company holds this")
    parser.add_argument("--limit", type=positive, help=f"how many ({SHOWN}; with --json all)")
    parser.add_argument("--crawls", action="store_true", help="instead: what each crawl, list and site brought")
    parser.add_argument("--json", action="store_true", help="the boards as one JSON list, for scripts")
    parser.add_argument("--url", help="instead: add the board that this careers address names")
    add_queued(parser)
    parser.set_defaults(subcommand=sources)


def add_discovery_options(parser: argparse.ArgumentParser) -> None:
    """Options of every command that discovers."""
    add_types(parser)
    parser.add_argument(
        "--crawl", action="append", metavar="ID", help="which crawl, e.g. CC-MAIN-2025-51 (may be repeated); else the newest two"
    )
    parser.add_argument("--again", action="store_true", help="read crawls again that were read before")


def add_types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type", action="append", choices=list(adapters()), help="only this ATS (may be repeated)")


def add_queued(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queued", action="store_true", help="hand the work to the queues and return; workers do it")


def discovery_parameters(options: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a run that discovers, from the options of the command."""
    parameters = {"source_types": options["type"], "crawls": options["crawl"], "again": options["again"]}
    return without_nothing(parameters, options)


def without_nothing(parameters: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Parameters that were given, and whether the work is queued."""
    return {name: value for name, value in (parameters | {"queued": options["queued"]}).items() if value}


def _other_ways(options: dict[str, Any]) -> dict[str, Any]:
    sites = [*(options["site"] or []), *(_sites_in(options["sites"]) if options["sites"] else [])]
    ways = {name: value for name, value in (("columnar", options["columnar"]), ("sites", sites)) if value}
    if len(ways) > 1:
        raise CommandError("one way at a time: --columnar or --site")
    return ways


def _sites_in(path: Path) -> list[str]:
    named = [line.strip() for line in lines_of(path) if line.strip() and not line.startswith("#")]
    if not named:
        raise CommandError(f"{path} names no site: one domain or address a line")
    return named
