"""Runs and their progress."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ingestion.errors import RunStateError
from ingestion.models import Run, RunStage

State = Run.State


def run_create(*, kind: str, parameters: Mapping[str, Any] | None = None, run_id: uuid.UUID | None = None) -> Run:
    """A new run in state queued. `run_id` is for callers that must name the run before it exists."""
    identity = run_id or uuid.uuid4()
    return Run.objects.create(id=identity, trace_id=uuid.uuid4().hex, kind=kind, parameters=dict(parameters or {}))


def run_start(*, run_id: uuid.UUID) -> Run:
    """Queued -> running; a run that already runs stays as it is, so that every task may call this."""
    Run.objects.filter(pk=run_id, state=State.QUEUED).update(state=State.RUNNING, started_at=timezone.now())
    return Run.objects.get(pk=run_id)


def run_pause(*, run_id: uuid.UUID) -> None:
    """No further work is claimed for the run; what is under way is finished."""
    _move(run_id, {State.QUEUED, State.RUNNING}, State.PAUSED)


def run_resume(*, run_id: uuid.UUID) -> None:
    """Paused or failed -> running again where it stopped."""
    _move(run_id, {State.PAUSED, State.FAILED}, State.RUNNING, message="", ended_at=None)
    Run.objects.filter(pk=run_id, started_at=None).update(started_at=timezone.now())


def run_cancel(*, run_id: uuid.UUID) -> None:
    """Stop for good. What is stored stays."""
    _move(run_id, {State.QUEUED, State.RUNNING, State.PAUSED}, State.CANCELLED, ended_at=timezone.now())


def run_finish(*, run_id: uuid.UUID, message: str = "") -> None:
    """Running -> done; several workers may notice the end of a run at once, so a second call changes nothing."""
    RunStage.objects.filter(run_id=run_id, ended_at=None).update(ended_at=timezone.now())
    Run.objects.filter(pk=run_id, state__in=[State.QUEUED, State.RUNNING]).update(
        state=State.DONE, ended_at=timezone.now(), message=message[:1000]
    )


def run_fail(*, run_id: uuid.UUID, message: str) -> None:
    """The run cannot go on; the message says why and what to do. It can be resumed."""
    Run.objects.filter(pk=run_id).exclude(state__in=Run.TERMINAL).update(
        state=State.FAILED, ended_at=timezone.now(), message=message[:1000]
    )


def stage_start(*, run_id: uuid.UUID, name: str, unit: str, total: int | None = None) -> RunStage:
    """The stage of that name, begun if it was not; a known total is set."""
    stage, _ = RunStage.objects.get_or_create(run_id=run_id, name=name, defaults={"unit": unit, "started_at": timezone.now()})
    if total is not None and stage.total != total:
        RunStage.objects.filter(pk=stage.pk).update(total=total)
        stage.total = total
    return stage


def stage_add(
    *,
    run_id: uuid.UUID | None,
    name: str,
    done: int = 0,
    failed: int = 0,
    total: int = 0,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Add to a stage's figures; many workers may do so at once. Nothing happens without a run."""
    if run_id is None:
        return
    with transaction.atomic():
        stage = RunStage.objects.select_for_update().filter(run_id=run_id, name=name).first()
        if stage is None:
            return
        merged = {**stage.counts}
        for key, number in (counts or {}).items():
            merged[key] = merged.get(key, 0) + number
        grown = {"total": F("total") + total} if total else {}
        RunStage.objects.filter(pk=stage.pk).update(done=F("done") + done, failed=F("failed") + failed, counts=merged, **grown)


def stage_end(*, run_id: uuid.UUID, name: str) -> None:
    RunStage.objects.filter(run_id=run_id, name=name, ended_at=None).update(ended_at=timezone.now())


def _move(run_id: uuid.UUID, allowed: set[Run.State], to: Run.State, **changes: Any) -> None:
    """Compare and swap the state. Raises RunStateError when the run is in none of the allowed states."""
    if not Run.objects.filter(pk=run_id, state__in=allowed).update(state=to, **changes):
        current = Run.objects.filter(pk=run_id).values_list("state", flat=True).first()
        raise RunStateError(f"a run that is {current or 'unknown'} cannot become {to}")
