"""The line as one run: discovery, fetching, extraction. With `cron`, `status` and `main_job` the only code that names two apps.

Nothing waits in memory: a tick looks at the tables, puts on the queues what is left to do, and ends the run when nothing is.
Filling a queue twice is harmless, so ticks may overlap, be lost, or come from several machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_rq
from django.conf import settings
from django.db.models import Count, Q

from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.queues import tasks_enqueue
from extraction.services import pending_fill, status_sync
from ingestion import services as ingestion
from ingestion.models import OutboundRequest, RawPosting, Run

KIND = "all"
EXTRACT_STAGE = "extract"


@dataclass(frozen=True)
class RepeatedWork:
    """Work of a run that should not have been: sources asked before they were due, contents extracted a second time."""

    refetched: int
    reextracted: int


def run_all(*, parameters: Mapping[str, Any]) -> Run:
    """Start a run over the whole line, or take up the one that is under way."""
    run = Run.objects.active().filter(kind=KIND).first() or ingestion.run_create(kind=KIND, parameters=dict(parameters))
    tick()
    return run


def tick() -> None:
    """Carry every run that is under way one step further."""
    for run in Run.objects.active().filter(kind=KIND).exclude(state=Run.State.PAUSED):
        advance(run)


def advance(run: Run) -> None:
    run = ingestion.run_start(run_id=run.pk)
