"""Subcommands of `manage.py ingest` about raw storage and the history of postings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingestion.ats.registry import adapters
from ingestion.management.arguments import positive
from ingestion.management.work_bar import work_bar
from ingestion.models import RawObject, RawPosting, Source
from ingestion.services.integrity import (
    Checked,
    damaged_forget,
    names_without_row,
    objects_check,
    objects_repair,
    orphan_delete,
    pointers_check,
    pointers_repair,
)
from ingestion.services.reparse import source_reparse
from ingestion.services.retention import Expired, retention_apply, retention_plan
from ingestion.services.sources import find_sources
from ingestion.services.versions import Absence, Step, posting_absences, posting_history

# Names shown before "and N more": whoever needs all of them asks for --json.
SHOWN = 20


def history(console: Console, options: dict[str, Any]) -> None:
    posting = _posting_called(options["source_type"], options["source_key"], options["job_id"])
    steps, absences = posting_history(posting), posting_absences(posting)
    if options["json"]:
        console.print_json(json.dumps(_as_json(posting, steps, absences), default=str))
        return
    console.print(f"{posting.source} {escape(str(posting))}, first seen {_moment(posting.first_seen_at)}")
    console.print(_changes_table(steps))
    for absence in absences:
        until = f"until {_moment(absence.reopened_at)} (reposted)" if absence.reopened_at else "and still is"
        console.print(f"closed from {_moment(absence.closed_at)} {until}")


def reparse(console: Console, options: dict[str, Any]) -> None:
    ids = _sources_to_reparse(options)
    total: Counter[str] = Counter()
    with work_bar(console, "reparse", total=len(ids), unit="boards") as advance:
        for source_id in ids:
            total += source_reparse(source_id=source_id)
            advance(1, _counted(total))
    console.print(f"{len(ids):,} boards: {_counted(total) or 'no posting is stored yet'}")
    if total["damaged"]:
        raise CommandError(f"the raw bytes of {total['damaged']:,} postings are lost: see `manage.py ingest integrity`")


def integrity(console: Console, options: dict[str, Any]) -> None:
    if options["repair"]:
        damaged_forget()
    dangling = _check_pointers(console, options)
    damaged = _check_objects(console)
    orphans = _check_names(console, options)
    remains = _repair(console, damaged) if options["repair"] and damaged else len(damaged) + dangling
    if remains and not options["repair"]:
        console.print("`manage.py ingest integrity --repair` has their boards read again")
    if orphans:
        console.print(f"{orphans:,} orphans stay; `--delete-orphans` deletes those older than `--grace-hours`")
    if remains:
        raise CommandError(f"{remains:,} raw objects or rows are damaged for good or not repaired yet")
    console.print("every raw object is there with its checksum" if not damaged else "what is damaged will be read again")


def retention(console: Console, options: dict[str, Any]) -> None:
    plan = retention_plan()
    console.print(_retention_table(plan))
    if not options["apply"]:
        console.print("nothing was deleted: `--apply` does it" if any(one.rows for one in plan) else "nothing is old enough")
        return
    gone: Counter[str] = Counter()
    with work_bar(console, "delete", total=sum(one.rows for one in plan), unit="rows") as advance:
        for batch in retention_apply():
            gone[batch.rule.name] += batch.rows
            advance(batch.rows, _counted(gone))
    console.print(f"deleted: {_counted(gone) or 'nothing'}")


def _check_pointers(console: Console, options: dict[str, Any]) -> int:
    """Say how many pointers lead nowhere; how many stay so. Repaired they lead to damaged objects, which are looked at next."""
    found = pointers_check()
    if not found.postings + found.versions:
        return 0
    console.print(f"{found.postings:,} postings and {found.versions:,} old versions point to raw objects that have no row")
    if not options["repair"]:
        return found.postings + found.versions
    console.print(f"{pointers_repair():,} raw objects without a row are damaged ones from now on")
    return 0


def _check_objects(console: Console) -> list[Checked]:
    damaged: list[Checked] = []
    size = 0
    with work_bar(console, "integrity", total=RawObject.objects.count(), unit="objects") as advance:
        for checked in objects_check():
            size += checked.size
            damaged += [checked] if checked.problem else []
            advance(1, f"{size / 2**20:,.0f} MB, {len(damaged):,} damaged")
    _print_some(console, f"{len(damaged):,} raw objects are damaged", [one.problem for one in damaged])
    return damaged


def _check_names(console: Console, options: dict[str, Any]) -> int:
    """Show what lies in storage without a row, delete it where asked for; how much stays that is ours."""
    grace = timedelta(hours=options["grace_hours"])
    found = list(names_without_row())
    deleted = [name for name in found if options["delete_orphans"] and orphan_delete(orphan=name, grace=grace)]
    if deleted:
        console.print(f"{len(deleted):,} orphans deleted, {sum(name.size for name in deleted) / 2**20:,.1f} MB")
    left = [name for name in found if name not in set(deleted)]
    ours = [name.name for name in left if name.sha256 or name.is_remnant]
    _print_some(console, f"{len(ours):,} objects have no row", ours)
    _print_some(
        console, f"{len(left) - len(ours):,} objects are not ours and are left alone", [n.name for n in left if n.name not in set(ours)]
    )
    return len(ours)


def _repair(console: Console, damaged: list[Checked]) -> int:
    """The number of rows whose bytes nobody can bring back."""
    repair = objects_repair(damaged=damaged)
    console.print(f"{repair.sources:,} boards are due now, for {repair.postings:,} open postings: `manage.py ingest fetch` reads them")
    if repair.lost_postings or repair.lost_versions:
        console.print(
            f"lost: the bytes of {repair.lost_postings:,} postings that are closed or whose board cannot be read, "
            f"and of {repair.lost_versions:,} old versions; their rows stay"
        )
    return repair.lost_postings + repair.lost_versions


def _print_some(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        console.print(title)
        for line in lines[:SHOWN]:
            console.print(f"  {escape(line)}", soft_wrap=True)
        if len(lines) > SHOWN:
            console.print(f"  and {len(lines) - SHOWN:,} more")


def add_raw_commands(commands: Any) -> None:
    """The parsers of these subcommands."""
    _add_history(commands)
    _add_reparse(commands)
    _add_integrity(commands)
    _add_retention(commands)


def _add_history(commands: Any) -> None:
    parser = commands.add_parser(
        "history",
        help="what changed in a posting, and when",
        description="Every version of a posting, field by field, read back from raw storage; and when it was closed.",
    )
    parser.add_argument("source_type", choices=list(adapters()), metavar="SOURCE_TYPE", help=" or ".join(adapters()))
    parser.add_argument("source_key", metavar="KEY", help="the board's token")
    parser.add_argument("job_id", metavar="ID", help="the posting's id at the ATS")
    parser.add_argument("--json", action="store_true", help="one JSON object with whole values, for scripts")
    parser.set_defaults(subcommand=history)


def _add_reparse(commands: Any) -> None:
    parser = commands.add_parser(
        "reparse",
        help="parse stored postings again, without a request",
        description="After an adapter has changed: bring every row to what the adapter reads from the raw bytes today, and take up "
        "items that could not be read before. A raised `version` of the adapter has every posting extracted again. Doing it twice "
        "changes nothing. Restart the workers first, so that none of them still parses in the old way.",
    )
    parser.add_argument("--type", action="append", choices=list(adapters()), help="only this ATS (may be repeated)")
    parser.add_argument("--source", action="append", metavar="ATS/TOKEN", help="only this board (may be repeated)")
    parser.set_defaults(subcommand=reparse)


def _add_integrity(commands: Any) -> None:
    parser = commands.add_parser(
        "integrity",
        help="check that raw storage holds what the database says",
        description="Look for postings whose raw object has no row, read every raw object and compare its checksum; list what lies in "
        "storage without a row. Exit status 1 when something is damaged and was not, or cannot be, repaired.",
    )
    parser.add_argument("--repair", action="store_true", help="take damaged objects out and have their boards read again")
    parser.add_argument("--delete-orphans", action="store_true", help="delete objects of ours that no row knows")
    parser.add_argument("--grace-hours", type=positive, default=24, metavar="H", help="only orphans older than this (24)")
    parser.set_defaults(subcommand=integrity)


def _add_retention(commands: Any) -> None:
    parser = commands.add_parser(
        "retention",
        help="show, or delete, what is older than the RETENTION_* settings keep",
        description="Rows of the politeness ledger, resolved dead letters, unreadable items, ended runs, and raw objects that no "
        "posting and no version of one points to. Only shows what would go, unless --apply is given. RETENTION_ENABLED=1 does it daily.",
    )
    parser.add_argument("--apply", action="store_true", help="delete, in bounded batches")
    parser.set_defaults(subcommand=retention)


def _posting_called(source_type: str, source_key: str, job_id: str) -> RawPosting:
    rows = RawPosting.objects.select_related("source")
    found = rows.filter(source__source_type=source_type, source__source_key=source_key.casefold(), source_job_id=job_id).first()
    if found is None:
        known = Source.objects.filter(source_type=source_type, source_key=source_key.casefold()).exists()
        what = (
            f"the board {source_type}/{source_key} has no posting {job_id}" if known else f"{source_type}/{source_key} is not a known board"
        )
        raise CommandError(f"{what}: see `manage.py ingest sources` and the admin's raw postings")
    return found


def _changes_table(steps: list[Step]) -> Table:
    table = Table("version", "since (UTC)", "field", "before", "after", box=None)
    for step in steps:
        number, since = str(step.version.number), _moment(step.version.valid_from)
        rows = [(change.pointer, *change.shown) for change in step.changes] or [(step.unreadable or "first version", "", "")]
        for row in rows:
            table.add_row(number, since, *map(escape, row))
            number = since = ""
    return table


def _as_json(posting: RawPosting, steps: list[Step], absences: list[Absence]) -> dict[str, Any]:
    return {
        "source": str(posting.source),
        "source_job_id": posting.source_job_id,
        "versions": [
            {
                "number": step.version.number,
                "valid_from": step.version.valid_from,
                "valid_until": step.version.valid_until,
                "raw_sha256": step.version.sha256,
                "raw_index": step.version.raw_index,
                "content_hash": step.version.content_hash,
                "changes": [{"pointer": c.pointer, "before": c.before, "after": c.after} for c in step.changes],
                "unreadable": step.unreadable,
            }
            for step in steps
        ],
        "absences": [{"closed_at": one.closed_at, "reopened_at": one.reopened_at} for one in absences],
    }


def _sources_to_reparse(options: dict[str, Any]) -> list[int]:
    if options["source"]:
        return [source.pk for source in find_sources(options["source"])]
    rows = Source.objects.filter(last_read_at__isnull=False)
    if options["type"]:
        rows = rows.filter(source_type__in=options["type"])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _retention_table(plan: list[Expired]) -> Table:
    table = Table("what", "kept (days)", "rows to delete", "MB", box=None)
    for expired in plan:
        table.add_row(expired.rule.what, str(expired.rule.days), f"{expired.rows:,}", f"{expired.bytes / 2**20:,.1f}")
    return table


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
