from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from ingestion import locks
from ingestion.errors import RunStateError
from ingestion.models import Run
from ingestion.services import direct_runs, run_create, run_finish, run_pause, run_start
from ingestion.services.direct_runs import run_held, run_open
from ingestion.services.parking import run_park

pytestmark = pytest.mark.django_db


def lost_run(**parameters: Any) -> Run:
    run = run_create(kind="fetch", parameters=parameters)
    return run_start(run_id=run.pk)


def opened(**parameters: Any) -> Run:
    with run_open(kind="fetch", parameters=parameters) as run:
        return run


@contextmanager
def held_elsewhere(run: Run) -> Iterator[bool]:
    """Whether another connection could take the run, which it then holds."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [locks.RUN, str(run.pk)])
            yield cursor.fetchone()[0]
    finally:
        other.close()


def test_a_lost_run_of_the_same_kind_and_parameters_goes_on():
    run = lost_run(target=5)
    lost_run(target=6)
    assert opened(target=5) == run


def test_a_parked_run_goes_on_with_the_same_command_and_older_ones_end():
    older, newer = lost_run(), lost_run()
    for run in (older, newer):
        run_park(run_id=run.pk, reason="the bucket is missing")
    found = opened()
    assert (found, found.state, found.parked_on, found.message) == (newer, "running", "", "")
    older.refresh_from_db()
    assert (older.state, older.message) == ("failed", "it waited for raw storage; a later run does its work")


@pytest.mark.parametrize("state", ["done", "parked"])
def test_what_became_of_a_run_before_it_was_held_counts(state: str, monkeypatch: pytest.MonkeyPatch):
    run, hold = lost_run(), direct_runs._hold

    def too_late(run_id: uuid.UUID) -> bool:
        if run_id == run.pk:
            run_park(run_id=run_id, reason="the bucket is missing") if state == "parked" else run_finish(run_id=run_id)
        return hold(run_id)

    monkeypatch.setattr(direct_runs, "_hold", too_late)
    found = opened()
    assert (found == run, found.parked_on) == (state == "parked", "")
    assert found.state == ("running" if state == "parked" else "queued")
    run.refresh_from_db()
    assert run.state == ("running" if state == "parked" else "done")


def test_a_run_that_an_operator_paused_waits_for_the_operator():
    run = lost_run()
    run_pause(run_id=run.pk)
    assert opened() != run
    run.refresh_from_db()
    assert run.state == "paused"


def test_a_run_that_somebody_works_on_is_left_alone():
    run = lost_run()
    with held_elsewhere(run):
        assert opened() != run
        with pytest.raises(RunStateError, match="another process"), run_held(run_id=run.pk):
            pass
    run.refresh_from_db()
    assert run.state == "running"


def test_the_run_is_held_while_it_is_open():
    with run_open(kind="fetch", parameters={}) as run, held_elsewhere(run) as could_take:
        assert not could_take
    with held_elsewhere(run) as could_take:
        assert could_take


def test_paused_and_queued_work_is_not_taken_up():
    paused, queued = lost_run(), lost_run(queued=True)
    run_pause(run_id=paused.pk)
    assert opened() not in (paused, queued)


def test_of_several_lost_runs_the_newest_goes_on_and_the_others_end():
    older, newer = lost_run(), lost_run()
    assert opened() == newer
    older.refresh_from_db()
    assert (older.state, older.message) == ("failed", "its process was lost; a later run does its work")


def test_old_and_forced_runs_end_and_a_new_one_begins():
    old, forced = lost_run(), lost_run(force=True)
    Run.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=settings.RECHECK_HOURS))
    assert (opened() == old, opened(force=True) == forced) == (False, False)
    assert set(Run.objects.filter(pk__in=[old.pk, forced.pk]).values_list("state", flat=True)) == {"failed"}
