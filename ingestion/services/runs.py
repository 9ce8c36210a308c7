"""Runs and their progress: every change of a run's state happens here, and leaves a `RunEvent` that says who, when and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypedDict, TypeVar, Unpack

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.errors import RunStateError
from ingestion.models import DeadLetter, Run, RunEvent, RunStage, Source
from ingestion.services.dead_letters import dead_letters_retry
from ingestion.services.run_tasks import run_tasks_discard
from ingestion.services.statements import Statement, execute

State = Run.State
T = TypeVar("T")
OPEN = frozenset({State.QUEUED, State.RUNNING, State.PAUSED})
# What an operator can do with a run in each state.
CONTROLS: Mapping[str, frozenset[Run.State]] = {
    "pause": frozenset({State.QUEUED, State.RUNNING}),
    "resume": frozenset({State.PAUSED, State.FAILED}),
    "cancel": OPEN,
    "retry": frozenset({State.RUNNING, State.DONE, State.FAILED}),
}
# Among the counts of a stage that was broken off while others went on.
BROKEN_OFF = "broken_off"
_STAGE_ADD = """
UPDATE ingestion_runstage AS s SET done = s.done + %s, failed = s.failed + %s, total = s.total + %s, counts = s.counts || (
  SELECT coalesce(jsonb_object_agg(n.key, n.value::bigint + coalesce((s.counts ->> n.key)::bigint, 0)), '{}') FROM jsonb_each_text(%s) AS n
)
WHERE s.run_id = %s AND s.name = %s
"""
_PAST = {"pause": "paused", "resume": "resumed", "cancel": "cancelled", "retry": "retried"}

log = structlog.get_logger(__name__)


class Added(TypedDict, total=False):
    """What is added to a stage's figures; `counts` by name."""

    done: int
    failed: int
    total: int
    counts: Mapping[str, int]


def run_create(
    *,
    kind: str,
    parameters: Mapping[str, Any] | None = None,
    run_id: uuid.UUID | None = None,
    by: str = "",
    in_sandbox: bool | None = None,
) -> Run:
    """A new run in state queued. `run_id` is for callers that must name the run before it exists, `by` the one who asked for it.

    Only programs of its world work on it: that of this process, or `in_sandbox`.

    One run is one trace: its trace id is the run id in the form of W3C Trace Context (32 hexadecimal digits), so that
    every row, task and log line that has the one has the other.
    """
    identity = run_id or uuid.uuid4()
    with transaction.atomic():
        world = settings.IN_SANDBOX if in_sandbox is None else in_sandbox
        run = Run.objects.create(id=identity, trace_id=identity.hex, kind=kind, parameters=dict(parameters or {}), in_sandbox=world)
        RunEvent.objects.create(run=run, state=run.state, by=by[:150])
    return run


def run_logged(run_id: uuid.UUID | None) -> AbstractContextManager[Any]:
    """Bind run_id and trace_id to every log line of the block, in threads and tasks that it starts too."""
    names = {"run_id": str(run_id), "trace_id": run_id.hex} if run_id else {}
    return structlog.contextvars.bound_contextvars(**names)


def runs_each(*, runs: Iterable[Run], step: Callable[[Run], T]) -> list[T]:
    """Do a step for every run; one that fails holds up no other. Raises ExceptionGroup at the end when some failed."""
    results: list[T] = []
    errors: list[Exception] = []
    for run in runs:
        with run_logged(run.pk):
            try:
                results.append(step(run))
            except Exception as error:  # whatever it is: it is this run's, and is raised below
                log.exception("run not carried on")
                errors.append(error)
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(errors) + len(results)} runs could not be carried on", errors)
    return results


def run_start(*, run_id: uuid.UUID) -> Run:
    """Queued -> running; a run that already runs, or is of the other world, stays as it is, so that every task may call this."""
    if Run.objects.unended_work().filter(pk=run_id, state=State.QUEUED).exists():
        _move(run_id, {State.QUEUED}, State.RUNNING, started_at=timezone.now())
    return Run.objects.get(pk=run_id)


def run_pause(*, run_id: uuid.UUID, by: str = "", reason: str = "") -> None:
    """No further work is claimed for the run; what is under way ends or is given back within seconds."""
    _control("pause", run_id, State.PAUSED, by, reason)


def run_resume(*, run_id: uuid.UUID, by: str = "", reason: str = "", to_queues: bool = True) -> None:
    """Paused or failed -> running again where it stopped.

    With `to_queues` the workers go on with it, also when a command began it in its own process.
    """
    with transaction.atomic():
        _control("resume", run_id, State.RUNNING, by, reason, message="", parked_on="", ended_at=None)
        _mend_stages(run_id)
        Run.objects.filter(pk=run_id, started_at=None).update(started_at=timezone.now())
        if to_queues:
            _give_to_queues(run_id)


def run_cancel(*, run_id: uuid.UUID, by: str = "", reason: str = "") -> None:
    """Stop for good; its tasks leave the queues. What is stored stays."""
    with transaction.atomic():
        _control("cancel", run_id, State.CANCELLED, by, reason, ended_at=timezone.now())
        transaction.on_commit(lambda: run_tasks_discard(run_id=run_id))


def run_retry(*, run_id: uuid.UUID, by: str = "", reason: str = "", to_queues: bool = True) -> int:
    """Read again, in this run, the sources whose fetch it gave up; the number of them. A failed run goes on as well.

    Raises RunStateError in states that forbid it, and when the run neither failed nor gave anything up.
    """
    with transaction.atomic():
        before = _control("retry", run_id, State.RUNNING, by, reason, message="", ended_at=None)
        letters = dict(DeadLetter.objects.waiting().not_paused().filter(run_id=run_id).values_list("pk", "source_id"))
        if not letters and before != State.FAILED:
            raise RunStateError("this run has no failed source that waits and is not paused", "A new run reads whatever is due.")
        dead_letters_retry(letter_ids=list(letters))
        _ask_again(run_id, set(letters.values()))
        _mend_stages(run_id)
        if to_queues:
            _give_to_queues(run_id)
    return len(letters)


# What does each of the CONTROLS.
MOVES: Mapping[str, Callable[..., object]] = {"pause": run_pause, "resume": run_resume, "cancel": run_cancel, "retry": run_retry}


def run_finish(*, run_id: uuid.UUID, message: str = "") -> None:
    """Running -> done, or failed when a stage was broken off, with the message that it left.

    Several workers may notice the end of a run at once, so a second call changes nothing.
    """
    now = timezone.now()
    with transaction.atomic():
        broken = _broken_off(run_id).exists()
        to, changes = (State.FAILED, {}) if broken else (State.DONE, {"message": message[:1000]})
        if _move(run_id, {State.QUEUED, State.RUNNING}, to, ended_at=now, **changes):
            RunStage.objects.filter(run_id=run_id, ended_at=None).update(ended_at=now)


def run_fail(*, run_id: uuid.UUID, message: str) -> None:
    """The run cannot go on; the message says why and what to do. It can be resumed. A paused run stays paused."""
    _move(run_id, {State.QUEUED, State.RUNNING}, State.FAILED, reason=message, ended_at=timezone.now(), message=message[:1000])


def retried_sources(run: Run) -> tuple[Collection[int], datetime | None]:
    """Ids of the sources that the run reads a second time, and when that was asked for."""
    retry = run.parameters.get("retry") or {}
    return retry.get("source_ids", ()), datetime.fromisoformat(retry["at"]) if retry else None


def stage_start(*, run_id: uuid.UUID, name: str, unit: str, total: int | None = None) -> RunStage:
    """The stage of that name, begun if it was not; a known total is set."""
    stage, _ = RunStage.objects.get_or_create(run_id=run_id, name=name, defaults={"unit": unit, "started_at": timezone.now()})
    if total is not None and stage.total != total:
        RunStage.objects.filter(pk=stage.pk).update(total=total)
        stage.total = total
    return stage


def stage_add(*, run_id: uuid.UUID | None, name: str, **added: Unpack[Added]) -> None:
    """Add to a stage's figures; many workers may do so at once. Nothing happens without a run."""
    if run_id is not None:
        execute(stage_add_statement(run_id=run_id, name=name, **added))


def stage_add_statement(*, run_id: uuid.UUID | None, name: str, **added: Unpack[Added]) -> Statement:
    """Does what `stage_add` does."""
    figures = [added.get("done", 0), added.get("failed", 0), added.get("total", 0)]
    counts = orjson.dumps(added.get("counts", {}), option=orjson.OPT_NON_STR_KEYS).decode()
    return Statement(_STAGE_ADD, [*figures, counts, run_id, name])


def stage_end(*, run_id: uuid.UUID, name: str) -> None:
    RunStage.objects.filter(run_id=run_id, name=name, ended_at=None).update(ended_at=timezone.now())


def stage_break(*, run_id: uuid.UUID, name: str, unit: str, message: str) -> None:
    """The stage cannot go on, the run's others do; when they have ended the run fails with this message. Resuming takes it up again."""
    with transaction.atomic():
        Run.objects.unended_work().filter(pk=run_id).update(message=message[:1000])
        stage_start(run_id=run_id, name=name, unit=unit)
        stage_add(run_id=run_id, name=name, counts={BROKEN_OFF: 1})
        stage_end(run_id=run_id, name=name)


def _broken_off(run_id: uuid.UUID) -> QuerySet[RunStage]:
    return RunStage.objects.filter(run_id=run_id, counts__has_key=BROKEN_OFF)


def _mend_stages(run_id: uuid.UUID) -> None:
    """What was broken off goes on, and with it what it leads to."""
    broken = list(_broken_off(run_id).select_for_update())
    for stage in broken:
        stage.counts.pop(BROKEN_OFF)
        stage.save(update_fields=["counts"])
    if broken:
        RunStage.objects.filter(run_id=run_id).update(ended_at=None)


def _ask_again(run_id: uuid.UUID, source_ids: Iterable[int]) -> None:
    """Reopen the fetch stage for these sources; what it counted as failed is no longer."""
    run = Run.objects.get(pk=run_id)
    again = set(source_ids)
    earlier, at = retried_sources(run)
    if at is not None:
        again |= set(Source.objects.filter(pk__in=earlier).not_checked_since(at).values_list("pk", flat=True))
    parameters = {**run.parameters, "retry": {"at": timezone.now().isoformat(), "source_ids": sorted(again)}}
    Run.objects.filter(pk=run_id).update(parameters=parameters)
    run.stages.exclude(name="discover").update(ended_at=None)
    stage = run.stages.select_for_update().filter(name="fetch").first()
    if stage is not None:
        number = len(set(source_ids))  # of `failed` some may be gone or blocked: those are counted apart, and not asked again
        counts = {**stage.counts, "failed": max(0, stage.counts.get("failed", 0) - number)}
        RunStage.objects.filter(pk=stage.pk).update(failed=max(0, stage.failed - number), counts=counts)


def _give_to_queues(run_id: uuid.UUID) -> None:
    run = Run.objects.get(pk=run_id)
    Run.objects.filter(pk=run_id).update(parameters={**run.parameters, "queued": True})


def _control(action: str, run_id: uuid.UUID, to: Run.State, by: str, reason: str, **changes: Any) -> str:
    """An operator's move; the state before it. Raises RunStateError when the run is in a state that forbids it."""
    allowed = CONTROLS[action]
    before = _move(run_id, allowed, to, by=by, reason=reason, action=action, **changes)
    if before is None:
        state = Run.objects.filter(pk=run_id).values_list("state", flat=True).first() or "unknown"
        possible = [_PAST[name] for name, states in CONTROLS.items() if state in states]
        hint = f"It can be {' or '.join(possible)}." if possible else "Start a new run instead."
        raise RunStateError(f"a run that is {state} cannot be {_PAST[action]}", hint)
    return before


def _move(
    run_id: uuid.UUID,
    allowed: Collection[Run.State],
    to: Run.State,
    *,
    action: str = "",
    by: str = "",
    reason: str = "",
    **changes: Any,
) -> str | None:
    """Change the state and note it, in one transaction; the state before, None when it is not one of the allowed."""
    with transaction.atomic():
        before = Run.objects.select_for_update().filter(pk=run_id).values_list("state", flat=True).first()
        if before not in allowed:
            return None
        Run.objects.filter(pk=run_id).update(state=to, **changes)
        RunEvent.objects.create(run_id=run_id, state=to, action=action, by=by[:150], reason=reason[:500])
        transaction.on_commit(lambda: _log_move(run_id, str(before), str(to), by, reason))
    return str(before)


def _log_move(run_id: uuid.UUID, before: str, after: str, by: str, reason: str) -> None:
    with run_logged(run_id):
        log.info("run moved", before=before, after=after, by=by, reason=reason)
