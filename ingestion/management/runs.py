"""Runs on the command line: doing one here, looking at them, moving one."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Min
from django.utils import timezone
from rich.console import Console
from rich.table import Column, Table

from ingestion import pipeline
from ingestion.checks import missing_contact
from ingestion.errors import FetchError, IngestionError, RunStateError
from ingestion.management.progress import watched
from ingestion.models import Run, Source
from ingestion.progress import duration
from ingestion.run_facts import controls_of, errors_of, requests_of, seconds_of, stages_of, waits_of
from ingestion.services import run_create, run_logged
from ingestion.services.direct_runs import run_held, run_open
from ingestion.services.runs import MOVES
from ingestion.services.sources import chosen_sources, has_target

SHOWN = 20
# Of a run's id, as on the pages; every command takes an id's beginning.
SHOWN_ID = 8
# Who stops "the run" must not leave another one reading.
_STOPPING = ("pause", "cancel")


def add_runs(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "runs",
        help="list, show, pause, resume, cancel or retry runs",
        description="The last runs, and control over one of them. A paused run stops within seconds and goes on with `resume` where it "
        "stopped; `cancel` is for good; `retry` reads the sources again that the run gave up. A run whose process was killed goes on "
        "with `resume`, or when the same command is called again within RECHECK_HOURS.",
    )
    parser.add_argument("action", choices=["list", "show", *MOVES], nargs="?", default="list")
    parser.add_argument(
        "run",
        nargs="?",
        help="the run's id, or its beginning; without it the newest that allows this (to pause or cancel: the only one)",
    )
    parser.add_argument("--reason", default="", help="why, for the run's history")
    parser.set_defaults(subcommand=runs)


def runs(console: Console, options: dict[str, Any]) -> None:
    """The subcommand. Raises CommandError and RunStateError."""
    action = options["action"]
    if action == "list":
        _print_list(console)
    elif action == "show":
        _print_one(console, _called(options["run"], action))
    else:
        _move(console, action, _called(options["run"], action), options["reason"])


def run_begin(console: Console, kind: Run.Kind, parameters: dict[str, Any], options: dict[str, Any]) -> None:
    """Do a run here (a lost one like it goes on), or hand a new one to the queues and say so."""
    run_require_contact(parameters)
    if options["queued"]:
        _hand_over(console, kind, parameters)
        return
    with run_open(kind=kind, parameters=parameters) as run:
        console.print(f"run {run.pk} goes on where it stopped" if run.started_at else f"run {run.pk}")
        _work(run, console)
        if told := _nothing_read(run):
            console.print(told)


def _hand_over(console: Console, kind: Run.Kind, parameters: dict[str, Any]) -> None:
    run = run_create(kind=kind, parameters=parameters, by=caller())
    pipeline.tick()
    console.print(f"run {run.pk} is queued; workers: `manage.py rqworker {settings.DISCOVER_QUEUE}`, `... scrape.<ats>`")
    others = Run.objects.unended_work().filter(parameters__queued=True, kind__in=Run.FETCHES).exclude(pk=run.pk)
    for other in others if kind in Run.FETCHES else ():
        console.print(f"run {other.pk} ({other.kind}) is {other.state} too: they share what is due")


def _work(run: Run, console: Console) -> None:
    """Do the run in this process, with bars. Raises CommandError when it does not end well."""
    with run_logged(run.pk), watched(run.pk, console):
        if run.kind in Run.DISCOVERS:
            _discover(run)
        if run.kind in Run.FETCHES:
            pipeline.fetch(run_id=run.pk)
    run.refresh_from_db()
    if run.state != Run.State.DONE:
        raise CommandError(f"run {run.pk} is {run.state}: {run.message or 'go on with `manage.py ingest runs resume`'}")


def _nothing_read(run: Run) -> str:
    """Why a run that has ended well asked no board; "" where it did, or was not to."""
    stage = run.stages.filter(name="fetch").first()
    if stage is None or stage.done or stage.failed:
        return ""
    if has_target(run):
        return f"No board was asked: the target of {run.parameters['target']:,} open postings is reached."
    chosen = chosen_sources(run).of_world(in_sandbox=settings.IN_SANDBOX)
    which = "such board" if run.parameters.keys() & {"source_ids", "source_types"} else "board"
    if not chosen.exists():
        return f"No {which} is known: `manage.py ingest discover` or `ingest seed` find some."
    due = chosen.exclude(state=Source.State.PAUSED).aggregate(due=Min("next_check_at"))["due"]
    if due is None:
        return f"No {which} was asked: all are paused; resume them in the admin (/admin/ingestion/source/)."
    return f"No {which} is due before {due:%Y-%m-%d %H:%M} UTC; `ingest fetch --source ATS/TOKEN --force` reads one all the same."


def _discover(run: Run) -> None:
    """A run that also reads boards goes on without the index; what happened stands in its message, which is shown at its end."""
    try:
        pipeline.discover(run_id=run.pk)
    except (IngestionError, FetchError):
        if run.kind != Run.Kind.INGEST:
            raise


def caller() -> str:
    """Who runs this command, for the history of runs."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container's user often has no name
        return "command line"


def run_require_contact(parameters: Mapping[str, Any]) -> None:
    """Raises CommandError where a run with these parameters would ask the real world in nobody's name."""
    if missing := missing_contact(parameters):
        raise CommandError(missing)


def _move(console: Console, action: str, run: Run, reason: str) -> None:
    is_queued = bool(run.parameters.get("queued"))
    if action not in _STOPPING and not run.in_sandbox and run.kind in Run.DISCOVERS | Run.FETCHES:
        run_require_contact(run.parameters)
    if action not in _STOPPING and not is_queued:
        _go_on_here(console, action, run, reason)
        return
    try:
        MOVES[action](run_id=run.pk, by=caller(), reason=reason)
    except RunStateError as error:
        raise CommandError(f"{error}. {error.hint}") from error
    run.refresh_from_db()
    console.print(f"run {run.pk} is {run.state}{'; the workers go on with it' if run.state == Run.State.RUNNING else ''}")


def _go_on_here(console: Console, action: str, run: Run, reason: str) -> None:
    """Go on with a run that no worker knows: it is paused, has failed, or was broken off with its process."""
    if run.in_sandbox != settings.IN_SANDBOX:
        raise CommandError(
            f"run {run.pk} is of {'the sandbox' if run.in_sandbox else 'the real world'}: it goes on there, or can be cancelled"
        )
    with run_held(run_id=run.pk):
        was_lost = action == "resume" and run.state in (Run.State.QUEUED, Run.State.RUNNING)
        if not was_lost:
            try:
                MOVES[action](run_id=run.pk, by=caller(), reason=reason, to_queues=False)
            except RunStateError as error:
                raise CommandError(f"{error}. {error.hint}") from error
        console.print(f"run {run.pk} goes on")
        _work(run, console)


def run_called(beginning: str) -> Run:
    """The one run whose id begins so. Raises CommandError."""
    found = list(Run.objects.filter(pk__startswith=beginning.lower())[:2])
    if len(found) != 1:
        raise CommandError(f"{'no run' if not found else 'more than one run'} begins with {beginning!r}; see `manage.py ingest runs`")
    return found[0]


def _called(beginning: str | None, action: str) -> Run:
    """The run of that id. Without an id the newest that allows the action; a direct run that was lost can be resumed."""
    if beginning is None:
        usable = [run for run in Run.objects.all()[:200] if action == "show" or action in controls_of(run) or _may_be_lost(run, action)]
        if not usable:
            raise CommandError(f"there is no such run that can be moved by {action}; see `manage.py ingest runs`")
        if action in _STOPPING and len(usable) > 1:
            known = ", ".join(f"{str(run.pk)[:SHOWN_ID]} ({run.kind}, {run.state})" for run in usable[:SHOWN])
            raise CommandError(f"{len(usable)} runs can be moved by {action}: {known}. Say which: `manage.py ingest runs {action} ID`")
        return usable[0]
    return run_called(beginning)


def _may_be_lost(run: Run, action: str) -> bool:
    return action == "resume" and run.state not in Run.TERMINAL and not run.parameters.get("queued")


def _print_list(console: Console) -> None:
    table = Table("run", "kind", "state", Column("since (UTC)", no_wrap=True), "stages", "message", box=None)
    newest = Run.objects.prefetch_related("stages")[:SHOWN]
    for run in newest:
        stages = "; ".join(str(stage) for stage in run.stages.all())
        table.add_row(str(run.pk)[:SHOWN_ID], run.kind, run.state, f"{run.created_at:%Y-%m-%d %H:%M}", stages, run.message)
    console.print(table if newest else "no run yet: `manage.py ingest all` begins one")


def _print_one(console: Console, run: Run) -> None:
    seconds = seconds_of(run, timezone.now())
    console.print(f"run {run.pk} ({run.kind}) is {run.state}{f' after {duration(seconds)}' if seconds is not None else ''} {run.message}")
    console.print(f"trace {run.trace_id}; possible: {', '.join(controls_of(run)) or 'nothing, it is over'}")
    stages = Table("stage", "done", "of", "failed", "rate", "left", "counts", box=None)
    for stage in stages_of(run):
        counts = ", ".join(f"{number:,} {name}" for name, number in stage.counts.items() if number)
        total = f"{stage.total:,} {stage.unit}" if stage.total is not None else f"? {stage.unit}"
        stages.add_row(
            stage.name, f"{stage.done:,}", total, f"{stage.not_done.get('failed', 0):,}", f"{stage.rate_text}/s", stage.eta_text, counts
        )
    hosts = Table("host", "requests", "open", "answers by status", box=None)
    requests = requests_of(run.pk)
    for host in requests:
        hosts.add_row(host.host, f"{host.sent:,}", f"{host.open:,}", ", ".join(f"{n:,} x {status}" for status, n in host.statuses.items()))
    errors = Table("given up for", "sources", "waiting", "for example", box=None)
    for error in errors_of(run.pk):
        errors.add_row(error.kind, f"{error.sources:,}", f"{error.waiting:,}", error.example)
    history = Table("at (UTC)", "what", "state", "by", "why", box=None)
    for event in run.events.all():
        history.add_row(f"{event.at:%Y-%m-%d %H:%M:%S}", event.action, event.state, event.by, event.reason)
    for wait in waits_of(run, requests):
        console.print(wait)
    for table in (stages, hosts, errors, history):
        if table.row_count:
            console.print(table)
