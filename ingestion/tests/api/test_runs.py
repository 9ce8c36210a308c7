"""Runs over the API: shapes, rights, moves and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.authtoken.models import Token

from ingestion.models import DeadLetter, Run, RunEvent, Source
from ingestion.services import run_create, run_start, stage_add, stage_start
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db
CONTROLS = ("pause", "resume", "cancel", "retry")


def client_of(**values: Any) -> Client:
    user = get_user_model().objects.create(**values)
    return Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})


@pytest.fixture
def reader() -> Client:
    return client_of(username="reader")


@pytest.fixture
def staff() -> Client:
    return client_of(username="operator", is_staff=True)


@pytest.fixture
def run() -> Run:
    run = run_start(run_id=run_create(kind="fetch", parameters={"queued": True}, by="operator").pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=4)
    stage_add(run_id=run.pk, name="fetch", done=1, failed=1, counts={"failed": 1})
    return run


@pytest.fixture
def letter(run: Run) -> DeadLetter:
    return DeadLetter.objects.create(source=make_source(state="failed"), kind="busy", message="503", attempts=6, run_id=run.pk)


def control(client: Client, run: Run, action: str, **body: Any) -> Any:
    return client.post(f"/api/v1/runs/{run.pk}/{action}", body, content_type="application/json")


def test_the_list_is_newest_first_filtered_and_paged(reader: Client, run: Run):
    other = run_create(kind="all")
    page = reader.get("/api/v1/runs?limit=1").json()
    assert list(page) == ["request_id", "items", "count", "count_is_exact", "next"]
    assert ([item["id"] for item in page["items"]], page["count"]) == ([str(other.pk)], 2)
    assert [item["id"] for item in reader.get(page["next"]).json()["items"]] == [str(run.pk)]
    assert [item["id"] for item in reader.get("/api/v1/runs?state=running").json()["items"]] == [str(run.pk)]
    for wrong in ("state=odd", "stat=running"):
        assert reader.get(f"/api/v1/runs?{wrong}").json()["error"]["code"] == "invalid"


def test_a_run_has_its_stages_events_errors_requests_and_controls(reader: Client, run: Run, letter: DeadLetter):
    found = reader.get(f"/api/v1/runs/{run.pk}").json()
    assert (found["id"], found["trace_id"], found["state"]) == (str(run.pk), run.pk.hex, "running")
    assert found["controls"] == ["pause", "cancel", "retry"]
    (stage,) = found["stages"]
    assert (stage["done"], stage["failed"], stage["total"], stage["counts"]) == (1, 1, 4, {"failed": 1})
    assert found["errors"] == [{"kind": "busy", "sources": 1, "waiting": 1, "example": "503"}]
    assert [(event["state"], event["by"]) for event in found["events"]] == [("queued", "operator"), ("running", "")]


def test_an_unknown_run(reader: Client):
    answer = reader.get(f"/api/v1/runs/{uuid.uuid4()}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_run_takes_no_parameters(reader: Client, run: Run):
    answer = reader.get(f"/api/v1/runs/{run.pk}?state=failed")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert "state" in answer.content.decode()


def test_staff_moves_a_run_and_it_is_noted_who_and_why(staff: Client, run: Run):
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        answer = control(staff, run, action, reason=f"to try {action}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    noted = RunEvent.objects.exclude(action="").values_list("action", "state", "by", "reason")
    assert list(noted) == [
        ("pause", "paused", "operator", "to try pause"),
        ("resume", "running", "operator", "to try resume"),
        ("cancel", "cancelled", "operator", "to try cancel"),
    ]


@pytest.mark.parametrize("action", CONTROLS)
@pytest.mark.parametrize(("who", "status", "code"), [("reader", 403, "permission_denied"), (None, 401, "not_authenticated")])
def test_only_staff_moves_runs(request: Any, run: Run, action: str, who: str | None, status: int, code: str):
    client = request.getfixturevalue(who) if who else Client()
    answer = control(client, run, action)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert Run.objects.get().state == "running"


@pytest.mark.parametrize(
    ("state", "action", "hint"),
    [
        ("done", "pause", "It can be retried."),
        ("done", "cancel", "It can be retried."),
        ("running", "resume", "It can be paused or cancelled or retried."),
        ("paused", "retry", "It can be resumed or cancelled."),
        ("cancelled", "resume", "Start a new run instead."),
        ("done", "retry", "A new run reads whatever is due."),
    ],
)
def test_a_wrong_move_is_a_conflict_with_a_hint_and_changes_nothing(staff: Client, run: Run, state: str, action: str, hint: str):
    Run.objects.update(state=state)
    events = RunEvent.objects.count()
    answer = control(staff, run, action)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["hint"]) == (409, "conflict", hint)
    assert (Run.objects.get().state, RunEvent.objects.count()) == (state, events)


def test_retry_takes_the_sources_of_the_run_that_were_given_up(staff: Client, run: Run, letter: DeadLetter):
    Run.objects.update(state="done")
    other = DeadLetter.objects.create(
        source=make_source("other", state="failed"), kind="busy", message="503", attempts=6, run_id=uuid.uuid4()
    )
    answer = control(staff, run, "retry").json()
    assert (answer["state"], answer["stages"][0]["failed"], answer["errors"][0]["waiting"]) == ("running", 0, 0)
    assert list(DeadLetter.objects.waiting()) == [other]


@pytest.mark.parametrize(("body", "said"), [({"reasons": "x"}, "no such field"), ({"reason": "x" * 501}, "500 characters")])
def test_a_body_that_is_not_understood(staff: Client, run: Run, body: dict[str, str], said: str):
    answer = control(staff, run, "pause", **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert said in answer.json()["error"]["message"]


def test_a_run_of_a_command_goes_on_by_the_workers_when_it_is_resumed_here(staff: Client):
    run = run_create(kind="fetch")
    control(staff, run, "pause")
    assert control(staff, run, "resume").json()["parameters"] == {"queued": True}


def test_the_list_costs_the_same_however_many_runs(reader: Client, run: Run, django_assert_max_num_queries: Callable[[int], Any]):
    for _ in range(5):
        stage_start(run_id=run_create(kind="fetch").pk, name="fetch", unit="sources")
    Source.objects.all().delete()
    with django_assert_max_num_queries(5):
        reader.get("/api/v1/runs")
