from __future__ import annotations

import django_rq
import pytest
from django.conf import settings
from django.core.cache import cache

from ingestion.models import Run
from ingestion.services import run_cancel, run_create, run_resume, run_start
from ingestion.services.parking import parked_runs_resume, parked_runs_watch, run_park

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("raw_folder")]


@pytest.fixture(autouse=True)
def queue() -> django_rq.queues.DjangoRQ:
    cache.clear()
    queue = django_rq.get_queue(next(iter(settings.SCRAPE_QUEUES.values())))
    queue.empty()
    return queue


def parked(**parameters: object) -> Run:
    run = run_create(kind="fetch", parameters=parameters)
    run_start(run_id=run.pk)
    run_park(run_id=run.pk, reason="raw storage is full")
    run.refresh_from_db()
    return run


@pytest.mark.django_db(transaction=True)
def test_storage_is_tried_now_and_then_while_a_run_waits(queue: django_rq.queues.DjangoRQ):
    assert not parked_runs_watch()
    run = parked(queued=True)
    assert [parked_runs_watch(), parked_runs_watch()] == [True, False]
    assert [task.func_name for task in queue.jobs] == ["ingestion.tasks.parked_runs_resume"]
    assert parked_runs_resume() == 1
    run.refresh_from_db()
    assert (run.state, run.parked_on) == ("running", "")


def test_a_run_of_a_command_waits_for_its_operator():
    run = parked()
    assert run.message == "raw storage is full. Then go on with `manage.py ingest runs resume`."
    assert not parked_runs_watch()
    assert parked_runs_resume() == 0


def test_an_operator_may_resume_first_and_a_later_pause_is_his_own():
    run = parked(queued=True)
    run_resume(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.parked_on) == ("running", "")
    assert parked_runs_resume() == 0


def test_a_run_that_has_ended_is_not_parked():
    run = run_create(kind="fetch")
    run_cancel(run_id=run.pk)
    run_park(run_id=run.pk, reason="raw storage is full")
    run.refresh_from_db()
    assert (run.state, run.parked_on, run.message) == ("cancelled", "", "")
