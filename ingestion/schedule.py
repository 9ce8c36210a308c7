"""Recurring ingestion: what is due is read without an operator, as a run like any other, stalest boards first."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from ingestion import locks
from ingestion.models import Run, Source
from ingestion.services.direct_runs import is_held
from ingestion.services.runs import run_create

BY = "schedule"


def scheduled_run_start() -> Run | None:
    """Begin a run over every source that is due; None when there is no reason to.

    No such run begins within SCHEDULE_MINUTES of the one before, nor of an operator's cancelling one, nor while any other
    run reads boards or was paused by an operator: pausing is how an operator stops all reading.
    """
    if not settings.SCHEDULE_MINUTES or not _is_time():
        return None
    with transaction.atomic():
        # Ticks of several machines come at the same time; the second one sees the first one's run.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.SCHEDULE])
        return run_create(kind=Run.Kind.FETCH, parameters={"queued": True, "scheduled": True}, by=BY) if _is_time() else None


def _is_time() -> bool:
    now = timezone.now()
    lately = now - timedelta(minutes=settings.SCHEDULE_MINUTES)
    if Run.objects.filter(parameters__scheduled=True, created_at__gt=lately).exists():
        return False
    if Run.objects.filter(state=Run.State.CANCELLED, ended_at__gt=lately).exists():
        return False
    return Source.objects.due(now, in_sandbox=settings.IN_SANDBOX).exists() and not any(map(_is_in_the_way, Run.objects.active()))


def _is_in_the_way(run: Run) -> bool:
    """A run that reads boards, unless it was done by a process that is gone."""
    if run.kind == Run.Kind.EXTRACT:
        return False
    if run.parameters.get("queued"):
        return True
    # One that raw storage parked was paused by nobody: the same command, called again, goes on with it.
    return is_held(run_id=run.pk) or (run.state == Run.State.PAUSED and not run.parked_on)
