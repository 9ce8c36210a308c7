"""Runs that a command does in its own process. A lock of the database says who works on one; a killed process lets go at once.

The same command, called again, goes on with the run that was lost, or that waits for raw storage.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from ingestion import locks
from ingestion.errors import RunStateError
from ingestion.models import Run
from ingestion.services.runs import run_create, run_fail, run_resume


@contextmanager
def run_open(*, kind: str, parameters: Mapping[str, Any]) -> Iterator[Run]:
    """A run for the block to work on, held meanwhile: the one of this kind and parameters that was lost or parked, else a new one."""
    run_id = _take_up(kind, parameters)
    if run_id is None:
        run_id = uuid.uuid4()
        _hold(run_id)  # before anybody can see it
        run_create(kind=kind, parameters=parameters, run_id=run_id)
    try:
        yield Run.objects.get(pk=run_id)
    finally:
        _let_go(run_id)


@contextmanager
def run_held(*, run_id: uuid.UUID) -> Iterator[None]:
    """Hold a run while the block works on it. Raises RunStateError when another process does."""
    if not _hold(run_id):
        raise RunStateError(f"another process works on run {run_id}", "Pause it first, or let it end.")
    try:
        yield
    finally:
        _let_go(run_id)


def is_held(*, run_id: uuid.UUID) -> bool:
    """Whether a process works on the run now."""
    if not _hold(run_id):
        return True
    _let_go(run_id)
    return False


def _take_up(kind: str, parameters: Mapping[str, Any]) -> uuid.UUID | None:
    """The newest lost or parked run that can go on, now held and running. Others end here: nobody would ever come for them."""
    taken: uuid.UUID | None = None
    like_it = Run.objects.broken_off().filter(kind=kind, parameters=dict(parameters)).order_by("-created_at")
    for run_id in like_it.values_list("pk", flat=True):
        if not _hold(run_id):
            continue
        # Only what is read under the lock holds: the run may have ended, or have been parked, since the query.
        run = Run.objects.broken_off().filter(pk=run_id).first()
        if run is not None and taken is None and _can_go_on(run, timezone.now()):
            _unpark(run)
            taken = run_id
            continue
        if run is not None:
            _end(run)
        _let_go(run_id)
    return taken


def _end(run: Run) -> None:
    why = "it waited for raw storage" if run.state == Run.State.PAUSED else "its process was lost"
    _unpark(run)
    run_fail(run_id=run.pk, message=f"{why}; a later run does its work")


def _unpark(run: Run) -> None:
    if run.state == Run.State.PAUSED:
        run_resume(run_id=run.pk, reason="the same command was called again", to_queues=False)


def _can_go_on(run: Run, now: datetime) -> bool:
    """A run reads a source once: an old one would leave out what is due again, a forced one what is asked for again."""
    return not run.parameters.get("force") and run.created_at > now - timedelta(hours=settings.RECHECK_HOURS)


def _hold(run_id: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [locks.RUN, str(run_id)])
        return bool(cursor.fetchone()[0])


def _let_go(run_id: uuid.UUID) -> None:
    # A connection that was lost has let go already.
    with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [locks.RUN, str(run_id)])
