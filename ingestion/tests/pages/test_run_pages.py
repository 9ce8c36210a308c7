"""Pages of runs."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from ingestion.ats.registry import adapters
from ingestion.models import DeadLetter, OutboundRequest, Run, RunStage, Source

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
    # So long ago that a slow machine changes no figure.
    began = timezone.now() - timedelta(seconds=500_000)
    RunStage.objects.update(total=1_000_000, done=500_000, failed=100_000, started_at=began)
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "600,000 of 1,000,000 sources" in page
    assert 'value="60"' in page
    assert "1.2 sources/s" in page
    assert "about 92 h 35 min left" in page
    assert "100,000 failed" in page
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
    assert "3.0 sources/s" in page


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


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create(username="operator", is_staff=True))
    return client


def test_only_staff_sees_and_uses_the_controls(client, running):
    assert "Pause" not in client.get(f"/runs/{running.pk}").content.decode()
    assert client.post(f"/runs/{running.pk}/control", {"action": "pause"}).status_code == 403
    assert client.post("/runs/start", {"target": 5}).status_code == 403
    assert client.get(f"/runs/{running.pk}/control").status_code == 405


def test_controls_need_the_token_of_their_form(running):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create(username="operator", is_staff=True))
    assert strict.post(f"/runs/{running.pk}/control", {"action": "pause"}).status_code == 403
    assert Run.objects.get().state == "running"


def test_staff_pauses_resumes_and_cancels_and_the_page_says_who_and_why(staff, running):
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        answer = staff.post(f"/runs/{running.pk}/control", {"action": action, "reason": "too <early>"})
        assert answer["Location"] == f"/runs/{running.pk}"
        assert Run.objects.get().state == state
    page = staff.get(f"/runs/{running.pk}").content.decode()
    assert "operator" in page
    assert "too &lt;early&gt;" in page
    assert "Pause" not in page


def test_a_wrong_move_is_explained_on_the_page(staff, running):
    Run.objects.update(state="cancelled", ended_at=timezone.now())
    page = staff.post(f"/runs/{running.pk}/control", {"action": "pause"}, follow=True).content.decode()
    assert "a run that is cancelled cannot be paused. Start a new run instead." in page
    fragment = staff.post(f"/runs/{running.pk}/control", {"action": "pause"}, headers={"HX-Request": "true"}).content.decode()
    assert "a run that is cancelled cannot be paused" in fragment
    assert staff.post(f"/runs/{running.pk}/control", {"action": "explode"}).status_code == 400


def test_a_poll_brings_new_controls_only_when_the_state_has_changed(staff, running):
    polled = {"headers": {"HX-Request": "true"}}
    assert 'id="run-controls"' not in staff.get(f"/runs/{running.pk}?shown=running", **polled).content.decode()
    Run.objects.update(state="paused")
    assert 'id="run-controls" hx-swap-oob="true"' in staff.get(f"/runs/{running.pk}?shown=running", **polled).content.decode()


def test_what_failed_is_retried_with_a_button_that_says_how_many(staff, running):
    DeadLetter.objects.create(
        source=Source.objects.create(source_type="lever", source_key="a"), kind="busy", message="503", attempts=6, run_id=running.pk
    )
    assert "Retry 1 failed source<" in staff.get(f"/runs/{running.pk}").content.decode()
    staff.post(f"/runs/{running.pk}/control", {"action": "retry"})
    page = staff.get(f"/runs/{running.pk}").content.decode()
    assert "Retry 1" not in page
    assert "9 failed" in page


def test_requests_are_counted_by_host_and_status(client, running):
    now = timezone.now()
    for status in (200, 200, 503):
        OutboundRequest.objects.create(
            host="one.test:443",
            url="https://one.test/x",
            purpose="list",
            worker="w",
            started_at=now,
            ended_at=now,
            status=status,
            bytes=1024,
            run_id=running.pk,
        )
    OutboundRequest.objects.create(
        host="one.test:443", url="https://one.test/x", purpose="list", worker="w", started_at=now, run_id=running.pk
    )
    page = client.get(f"/runs/{running.pk}").content.decode()
    assert "one.test:443" in page
    assert "2 × 200" in page
    assert "1 × 503" in page
    assert ">4<" in page


def test_a_run_is_started_from_the_page_once(staff):
    first, second = staff.post("/runs/start", {"target": 500}), staff.post("/runs/start", {"target": 500})
    run = Run.objects.get()
    assert first["Location"] == second["Location"] == f"/runs/{run.pk}"
    assert (run.kind, run.parameters, run.events.get().by) == ("all", {"target": 500, "queued": True}, "operator")


@pytest.mark.parametrize("target", ["", "0", "-5", "many", "99999999999999"])
def test_a_target_that_means_nothing_starts_nothing(staff, target):
    page = staff.post("/runs/start", {"target": target}, follow=True).content.decode()
    assert "is a whole number from 1" in page
    assert not Run.objects.exists()


def test_a_paused_run_is_said_instead_of_a_second_one(staff):
    staff.post("/runs/start", {"target": 500})
    Run.objects.update(state="paused")
    assert "is paused. Resume it" in staff.post("/runs/start", {"target": 500}, follow=True).content.decode()
    assert Run.objects.count() == 1


def test_the_footer_names_every_ats(client, monkeypatch):
    third = {**adapters(), "third": SimpleNamespace(name="Third")}
    monkeypatch.setattr("ingestion.templatetags.ingestion_pages.adapters", lambda: third)
    *others, last = (each.name for each in third.values())
    assert f"the public {', '.join(others)} and {last} job boards" in client.get("/runs").content.decode()
