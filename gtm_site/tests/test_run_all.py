"""`POST run/all`: one run over the whole line, started once."""

from __future__ import annotations

from typing import Any

import django_rq
import pytest
from django.conf import settings as configured
from django.contrib.auth import get_user_model
from django.test import Client
from redis import ConnectionError as RedisConnectionError
from rest_framework.authtoken.models import Token

from ingestion.models import Run
from ingestion.services import run_pause

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> Client:
    user = get_user_model().objects.create(username="operator", is_staff=True)
    return Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})


@pytest.fixture(autouse=True)
def control_queue() -> Any:
    queue = django_rq.get_queue(configured.CONTROL_QUEUE)
    queue.empty()
    yield queue
    queue.empty()


@pytest.fixture(autouse=True)
def _contact(settings: Any) -> None:
    settings.FETCH_USER_AGENT = "GTM-Engine/0.1 (contact: tests@gtm-engine.example)"


def start(client: Client, **body: Any) -> Any:
    return client.post("/api/v1/run/all", body, content_type="application/json")


def test_it_starts_a_run_at_once_and_asks_for_a_tick(staff: Client, control_queue: Any):
    answer = start(staff, target=500, source_types=["lever"])
    run = Run.objects.get()
    assert answer.status_code == 202
    assert list(answer.json()) == ["request_id", "run_id", "trace_id", "job_count"]
    assert (answer.json()["run_id"], answer.json()["trace_id"], answer.json()["job_count"]) == (str(run.pk), run.trace_id, 0)
    assert (run.kind, run.state) == ("all", "queued")
    assert run.parameters == {"target": 500, "source_types": ["lever"], "queued": True}
    assert run.events.get().by == "operator"
    assert [task.func_name for task in control_queue.jobs] == ["gtm_site.tasks.pipeline_tick"]


def test_without_a_body_it_stops_at_the_configured_target(staff: Client):
    assert staff.post("/api/v1/run/all").status_code == 202
    assert Run.objects.get().parameters["target"] == configured.TARGET_JOB_COUNT


def test_a_run_under_way_is_given_again(staff: Client):
    assert start(staff).json()["run_id"] == start(staff).json()["run_id"]
    assert Run.objects.count() == 1


def test_a_paused_run_is_a_conflict_with_a_way_out(staff: Client):
    run_pause(run_id=Run.objects.get(pk=start(staff).json()["run_id"]).pk)
    answer = start(staff)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert "Resume it" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("body", [{"target": 0}, {"target": "many"}, {"source_types": ["unknown"]}, {"source_types": []}, {"taget": 5}])
def test_nonsense_starts_nothing(staff: Client, body: dict[str, Any]):
    answer = start(staff, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert not Run.objects.exists()


def test_only_staff_starts_runs():
    user = get_user_model().objects.create(username="reader")
    reader = Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})
    assert (start(reader).status_code, start(Client()).status_code) == (403, 401)
    assert not Run.objects.exists()


def test_without_redis_the_run_waits_for_the_schedule(staff: Client, monkeypatch: pytest.MonkeyPatch):
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr("gtm_site.pipeline.django_rq.get_queue", away)
    assert start(staff).status_code == 202
    assert Run.objects.get().state == "queued"


def test_nobody_starts_a_run_that_could_ask_nobody(staff: Client, settings: Any):
    settings.FETCH_USER_AGENT = "GTM-Engine/0.1 (contact: crawler@gtm-engine.invalid)"
    answer = start(staff)
    assert (answer.status_code, Run.objects.exists()) == (409, False)
    assert "set FETCH_USER_AGENT" in answer.json()["error"]["message"]
    settings.IN_SANDBOX = True
    assert start(staff).status_code == 202
