"""The line as one run: discovery, fetching, extraction. What joins ingestion and catalogue stands in this package alone.

Nothing waits in memory: a tick looks at the tables, puts on the queues what is left to do, and ends the run when nothing is.
Filling a queue twice is harmless, so ticks may overlap, be lost, or come from several machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django_rq
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from redis.exceptions import RedisError

from catalog.services import skills_count_jobs, suggestions_keep, words_keep
from extraction import services as extraction
from extraction.models import Extraction
from extraction.queues import tasks_enqueue, tiers_enqueue
from ingestion import locks
from ingestion import pipeline as reading
from ingestion import services as ingestion
from ingestion.checks import missing_contact
from ingestion.errors import RunStateError
from ingestion.models import OutboundRequest, Run

# Of a minute, until all older jobs are found by what is indexed today.
_WORDS_S = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RepeatedWork:
    """Work of a run that should not have been: sources asked before they were due, contents extracted twice by the same rules."""

    refetched: int
    reextracted: int


def run_all(*, parameters: Mapping[str, Any], by: str = "", in_sandbox: bool | None = None) -> Run:
    """Start a run over the whole line, or take up the one that is under way.

    Raises RunStateError when that one is paused, or when a new one could ask nobody, since our user agent names no contact.

    `in_sandbox`: of the sandbox's world, or of the real one; by default of that of this process.

    Nothing is done here: the ticks find the run. One is asked for at once, since the schedule's next is up to 2 s away.
    """
    with transaction.atomic():
        # Two callers at once must not start two runs.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.RUN_ALL])
        run = Run.objects.active(in_sandbox=in_sandbox).filter(kind=Run.Kind.ALL).first()
        if run is not None and run.state == Run.State.PAUSED:
            raise RunStateError(f"run {run.pk} is paused", "Resume it, or cancel it before you start another one.")
        if run is None and not in_sandbox and (missing := missing_contact(parameters)):
            raise RunStateError(missing, "Restart the programs then.")
        run = run or ingestion.run_create(kind=Run.Kind.ALL, parameters={**parameters, "queued": True}, by=by, in_sandbox=in_sandbox)
        transaction.on_commit(_tick_soon)
    return run


def tick() -> None:
    """Carry every run that is under way one step further. What could not be carried on is raised when the rest was."""
    try:
        reading.tick()
    finally:
        runs = list(Run.objects.running().filter(kind=Run.Kind.ALL))
        ingestion.runs_each(runs=runs, step=advance)
        if not runs:
            tasks_enqueue()
        # No run waits for language models: they improve what it has published.
        tiers_enqueue()


def advance(run: Run) -> None:
    """One step of one run: what the reading of boards leaves behind is extracted while it goes on."""
    waiting = _extraction_step(run)
    if not waiting and _is_read(run):
        upkeep()
        _finish(run)


def _is_read(run: Run) -> bool:
    return run.stages.filter(name="fetch").exclude(ended_at=None).exists()


def _finish(run: Run) -> None:
    """End the run, unless a retry has come meanwhile; the lock keeps another one from coming in between."""
    with transaction.atomic():
        Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        if _is_read(run):
            ingestion.run_finish(run_id=run.pk)


def _tick_soon() -> None:
    try:
        django_rq.get_queue(settings.CONTROL_QUEUE).enqueue("gtm_site.tasks.pipeline_tick", result_ttl=0, ttl=60)
    except RedisError as error:
        log.warning("the run begins with the schedule's next tick", error=str(error))


def _extraction_step(run: Run) -> int:
    """Queue what is new for extraction, at the run's beginning also what older rules or vocabulary read; how many postings wait."""
    stage = run.stages.filter(name=extraction.STAGE).first()
    if stage is None:
        extraction.outdated_fill(run_id=run.pk)
    extraction.pending_fill(run_id=run.pk)
    waiting = extraction.pending_count()
    if stage is not None or waiting:
        known = stage.done + stage.failed if stage else 0
        ingestion.stage_start(run_id=run.pk, name=extraction.STAGE, unit="postings", total=known + waiting)
    tasks_enqueue()
    return waiting


def upkeep() -> None:
    """What no run asks for: content that came without one, postings seen, closed and reopened, how often a skill, a
    company and a place is named, what older jobs are found by, addresses whose board was read.

    Reads whole tables, so it runs once a minute, not at every tick.
    """
    extraction.pending_fill()
    tasks_enqueue()
    extraction.status_sync()
    skills_count_jobs()
    suggestions_keep()
    ingestion.dead_letters_mirror()
    extraction.dead_letters_mirror()
    ingestion.frontier_settle()
    words_keep(seconds=_WORDS_S)


def repeated_work(run: Run) -> RepeatedWork:
    """Counted from what was written down: the ledger's requests and the extractions."""
    earlier = OutboundRequest.objects.filter(
        source=OuterRef("source"),
        purpose="list",
        status=200,
        started_at__lt=OuterRef("started_at"),
        started_at__gt=OuterRef("started_at") - timedelta(hours=settings.RECHECK_HOURS),
    ).exclude(run_id=run.pk)
    asked = OutboundRequest.objects.filter(Exists(earlier), run_id=run.pk, purpose="list", forced=False)
    same = {name: OuterRef(name) for name in ("posting_id", "content_hash", "tier", "prompt_version")}
    before = Extraction.objects.filter(**same)
    again = Extraction.objects.filter(Exists(before.filter(pk__lt=OuterRef("pk"))), run_id=run.pk)
    return RepeatedWork(refetched=asked.values("source").distinct().count(), reextracted=again.count())
