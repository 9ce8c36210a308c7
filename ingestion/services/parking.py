"""Runs that wait for raw storage: paused with the reason, nothing lost, and on again by themselves when it works."""

from __future__ import annotations

import uuid
from contextlib import suppress

import django_rq
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from ingestion import storage
from ingestion.errors import RawStorageError, RunStateError
from ingestion.models import Run
from ingestion.services.runs import run_pause, run_resume

STORAGE = "raw storage"
# How often raw storage is tried while runs wait for it.
PROBE_S = 10
_TASK_ID = "raw-storage-probe"

log = structlog.get_logger(__name__)


def run_park(*, run_id: uuid.UUID, reason: str) -> None:
    """Pause a run that cannot store anything now. A run that does not run any more stays as it is."""
    is_queued = Run.objects.filter(pk=run_id, parameters__queued=True).exists()
    then = "It goes on by itself when raw storage works again." if is_queued else "Then go on with `manage.py ingest runs resume`."
    with suppress(RunStateError), transaction.atomic():
        run_pause(run_id=run_id, reason=reason)
        Run.objects.filter(pk=run_id).update(parked_on=STORAGE, message=f"{reason[:900]}. {then}")


def parked_runs_watch() -> bool:
    """For the schedule: while runs are parked let a worker try raw storage now and then. Whether it was asked to.

    On a scrape queue, where nothing else is done while its runs are parked: trying may take longer than a tick may.
    """
    if not _parked().exists() or not cache.add(_TASK_ID, 1, timeout=PROBE_S):
        return False
    queue = django_rq.get_queue(next(iter(settings.SCRAPE_QUEUES.values())))
    queue.enqueue_call("ingestion.tasks.parked_runs_resume", ttl=PROBE_S, result_ttl=0, failure_ttl=PROBE_S)
    return True


def parked_runs_resume() -> int:
    """Let runs of the queues go on if raw storage works again; the number of runs."""
    parked = list(_parked().values_list("pk", flat=True))
    if not parked:
        return 0
    try:
        storage.check()
    except RawStorageError as error:
        log.warning("runs stay parked", runs=len(parked), reason=str(error))
        return 0
    for run_id in parked:
        with suppress(RunStateError):
            run_resume(run_id=run_id, reason="raw storage works again")
    return len(parked)


def _parked() -> QuerySet[Run]:
    return Run.objects.of_world().filter(state=Run.State.PAUSED, parked_on=STORAGE, parameters__queued=True)
