from __future__ import annotations

import pytest

from ingestion.errors import RunStateError
from ingestion.models import DeadLetter, Run
from ingestion.services import (
    run_cancel,
    run_create,
    run_fail,
    run_finish,
    run_pause,
    run_resume,
    run_retry,
    run_start,
    stage_add,
    stage_end,
    stage_start,
)
from ingestion.services.runs import CONTROLS, MOVES
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


def test_each_control_has_what_does_it():
    assert [move.__name__ for move in MOVES.values()] == [f"run_{name}" for name in CONTROLS]


def test_the_life_of_a_run():
    run = run_create(kind="fetch", parameters={"target": 3})
    assert (run.state, len(run.trace_id)) == ("queued", 32)
    assert run_start(run_id=run.pk).state == "running"
    run_pause(run_id=run.pk)
    assert run_start(run_id=run.pk).state == "paused"
    run_resume(run_id=run.pk)
    run_finish(run_id=run.pk)
    run_finish(run_id=run.pk)
    run = Run.objects.get()
    assert (run.state, run.started_at is not None, run.ended_at is not None) == ("done", True, True)


@pytest.mark.parametrize("state", sorted(Run.TERMINAL - {"failed"}))
def test_what_is_over_stays_over(state: str):
    run = run_create(kind="fetch")
    Run.objects.update(state=state)
    for move in (run_pause, run_resume, run_cancel):
        with pytest.raises(RunStateError, match=f"a run that is {state} cannot be"):
            move(run_id=run.pk)
    run_fail(run_id=run.pk, message="late")
    assert Run.objects.get().state == state


def test_a_failed_run_says_why_and_can_go_on():
    run = run_create(kind="fetch")
    run_fail(run_id=run.pk, message="the index is closed")
    assert Run.objects.get().message == "the index is closed"
    run_resume(run_id=run.pk)
    assert (Run.objects.get().state, Run.objects.get().message) == ("running", "")


def test_stages_add_up():
    run = run_create(kind="fetch")
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=4)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    stage_add(run_id=run.pk, name="fetch", done=2, failed=1, total=3, counts={"new": 5})
    stage_add(run_id=run.pk, name="fetch", done=1, counts={"new": 1, "gone": 1})
    stage_add(run_id=run.pk, name="unknown", done=1)
    stage_add(run_id=None, name="fetch", done=1)
    stage_end(run_id=run.pk, name="fetch")
    stage = run.stages.get()
    assert (stage.done, stage.failed, stage.total, stage.counts) == (3, 1, 7, {"new": 6, "gone": 1})
    assert stage.ended_at is not None


def test_a_retry_takes_back_what_failed_and_not_what_is_gone():
    run = run_start(run_id=run_create(kind="fetch").pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=14)
    stage_add(run_id=run.pk, name="fetch", done=9, failed=5, counts={"failed": 2, "gone": 2, "blocked": 1})
    assert str(run.stages.get()) == "fetch: 9 of 14 sources, 2 failed, 1 blocked, 2 gone"
    for name in ("one", "two"):
        DeadLetter.objects.create(
            source=make_source(name, state="failed"), run_id=run.pk, kind="unreadable", message="no board", attempts=1
        )
    assert run_retry(run_id=run.pk) == 2
    stage = run.stages.get()
    assert (stage.failed, stage.counts) == (3, {"failed": 0, "gone": 2, "blocked": 1})
    assert str(stage) == "fetch: 9 of 14 sources, 1 blocked, 2 gone"
