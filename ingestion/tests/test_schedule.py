"""Recurring ingestion: what is due is read without an operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ingestion import locks, pipeline
from ingestion.models import Run, Source
from ingestion.schedule import BY, scheduled_run_start
from ingestion.services import run_cancel, run_create, run_pause, run_start, sources_claim
from ingestion.services.parking import run_park
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def due() -> None:
    make_source()


def test_what_is_due_gets_a_run_that_says_whose_it_is():
    run = scheduled_run_start()
    assert run is not None
    assert (run.kind, run.state, run.parameters) == ("fetch", "queued", {"queued": True, "scheduled": True})
    assert run.events.get().by == BY


def test_the_tick_reads_what_is_due_stalest_first(monkeypatch: pytest.MonkeyPatch):
    make_source("staler", next_check_at=timezone.now() - timedelta(days=1))
    filled: list[dict[str, Any]] = []
    monkeypatch.setattr(pipeline, "run_tasks_fill", lambda **wish: filled.append(wish) or wish["wanted"])
    assert pipeline.tick() == 1
    run = Run.objects.get()
    assert (run.state, [wish["args"] for wish in filled if wish["wanted"]]) == ("running", [["greenhouse", str(run.pk)]])
    assert [claim.source_key for claim in sources_claim(source_type=None, limit=9, run_id=run.pk)] == ["staler", "acme"]


def test_nothing_due_is_no_run():
    Source.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    assert scheduled_run_start() is None


def test_the_next_one_waits_for_its_time(settings: Any):
    first = scheduled_run_start()
    Run.objects.update(state="done", ended_at=timezone.now())
    assert scheduled_run_start() is None
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=settings.SCHEDULE_MINUTES))
    second = scheduled_run_start()
    assert second is not None
    assert second != first


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_run_of_the_queues_is_not_overtaken(state: str):
    run_create(kind="all", parameters={"queued": True})
    Run.objects.update(state=state)
    assert scheduled_run_start() is None


def test_a_paused_run_of_a_command_holds_the_schedule_and_a_lost_one_does_not():
    run = run_start(run_id=run_create(kind="fetch").pk)
    run_pause(run_id=run.pk)
    assert scheduled_run_start() is None
    Run.objects.update(state="running")
    assert scheduled_run_start() is not None


def test_a_parked_run_of_a_command_does_not_hold_the_schedule_nor_does_a_second_one():
    for _ in range(2):
        run = run_start(run_id=run_create(kind="fetch").pk)
        run_park(run_id=run.pk, reason="the bucket is missing")
    assert scheduled_run_start() is not None


def test_a_command_at_work_holds_the_schedule():
    run = run_start(run_id=run_create(kind="fetch").pk)
    other = connection.copy()
    try:
        other.cursor().execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [locks.RUN, str(run.pk)])
        assert scheduled_run_start() is None
    finally:
        other.close()


def test_what_an_operator_cancelled_is_not_begun_again_at_once(settings: Any):
    run = run_create(kind="all", parameters={"queued": True})
    run_cancel(run_id=run.pk)
    assert scheduled_run_start() is None
    Run.objects.update(ended_at=timezone.now() - timedelta(minutes=settings.SCHEDULE_MINUTES))
    assert scheduled_run_start() is not None


def test_the_schedule_can_be_switched_off(settings: Any):
    settings.SCHEDULE_MINUTES = 0
    assert scheduled_run_start() is None
