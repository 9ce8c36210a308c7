"""Pages of runs."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from ingestion.models import DeadLetter, Run, RunStage, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    now = timezone.now()
    run = Run.objects.create(trace_id="t" * 32, kind="all", state="running", started_at=now - timedelta(seconds=60))
    RunStage.objects.create(
        run=run,
        name="fetch",
        unit="sources",
        total=100,
        done=50,
        failed=10,
        started_at=now - timedelta(seconds=50),
        counts={"too_large": 3},
    )
    return run


def test_no_run_says_how_to_start_one(client):
    page = client.get("/runs").content.decode()
    assert "No run yet" in page
    assert "make demo" in page
    assert "hx-trigger" not in page


def test_the_list_asks_again_only_while_a_run_is_active(client, running):
    assert 'hx-trigger="every 5s"' in client.get("/runs").content.decode()
    Run.objects.update(state="done", ended_at=timezone.now())
    assert "hx-trigger" not in client.get("/runs").content.decode()


def test_a_run_shows_rate_time_left_and_errors_by_kind(client, running):
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "50 of 100 sources" in page
    assert 'value="50"' in page
    assert "1.0 sources/s" in page
    assert "about 50 s left" in page
    assert "10 failed" in page
    assert "3 too large" in page


def test_a_run_names_its_errors_by_kind_with_an_example(client, running):
    for key in ("quay", "pier"):
        source = Source.objects.create(source_type="greenhouse", source_key=key)
        DeadLetter.objects.create(source=source, kind="too_large", message="The answer has more than 64 MB.", attempts=1, run_id=running.pk)
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "too large" in page
    assert "The answer has more than 64 MB." in page


def test_a_stage_that_was_cut_short_is_stopped_and_its_clock_with_it(client, running):
    began = running.stages.get().started_at
    Run.objects.update(state="cancelled", ended_at=began + timedelta(seconds=20))
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "stopped" in page
    assert "2.5 sources/s" in page


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_polling_stops_when_the_run_is_over(client, running, state):
    assert 'hx-trigger="every 2s"' in client.get(f"/runs/{running.pk}").content.decode()
    Run.objects.update(state=state, ended_at=timezone.now(), message="It is over.")
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "hx-trigger" not in page
    assert "It is over." in page


def test_htmx_gets_the_fragment_and_history_the_whole_page(client, running):
    fragment = client.get(f"/runs/{running.pk}", headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment["Vary"]
    restored = client.get(f"/runs/{running.pk}", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_an_unknown_run_is_not_found(client):
    assert client.get(f"/runs/{uuid.uuid4()}").status_code == 404


def test_the_list_costs_two_queries_however_many_runs(client, running, django_assert_num_queries):
    for _ in range(5):
        run = Run.objects.create(trace_id="u" * 32, kind="fetch", state="done")
        RunStage.objects.create(run=run, name="fetch", unit="sources", total=1, done=1)
    with django_assert_num_queries(2):
        client.get("/runs")
