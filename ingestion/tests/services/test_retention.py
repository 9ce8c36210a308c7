from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion import storage
from ingestion.models import BadPayload, DeadLetter, OutboundRequest, RawObject, RawPosting, Run, RunStage, Source
from ingestion.services import run_create, stage_start
from ingestion.services.postings import posting_payload
from ingestion.services.retention import RULES, retention_apply, retention_plan
from ingestion.services.versions import posting_history
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = timezone.now()


def planned() -> dict[str, int]:
    return {expired.rule.name: expired.rows for expired in retention_plan(now=NOW) if expired.rows}


def applied() -> dict[str, int]:
    total: dict[str, int] = {}
    for batch in retention_apply(now=NOW):
        total[batch.rule.name] = total.get(batch.rule.name, 0) + batch.rows
    return total


def request(days: int, **values: Any) -> OutboundRequest:
    moment = NOW - days * DAY
    return OutboundRequest.objects.create(host="h:1", purpose="list", url="http://h:1/", worker="w", started_at=moment, **values)


@pytest.fixture
def board(raw_folder: Path) -> Source:
    """Four reads, the oldest 400 days ago: the first is a version's, the second the postings', the others nobody's but bad items'."""
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)), NOW - 400 * DAY)
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead")), NOW - 300 * DAY)
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead", updated_at="later")), NOW - 200 * DAY)
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead"), None), NOW - 100 * DAY)
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead", updated_at="today")), NOW)
    return source


def test_the_plan_deletes_nothing(board: Source):
    request(91)
    assert planned() == {"requests": 1, "bad_payloads": 1, "raw_objects": 1}
    assert all(expired.bytes > 0 for expired in retention_plan(now=NOW) if expired.rows)
    assert (OutboundRequest.objects.count(), BadPayload.objects.count(), RawObject.objects.count()) == (1, 1, 5)


def test_what_a_posting_or_a_version_points_to_stays(board: Source, raw_folder: Path):
    assert applied() == {"bad_payloads": 1, "raw_objects": 2}
    posting = RawPosting.objects.get()
    assert posting_payload(posting.pk)["title"] == "Lead"
    assert [step.unreadable for step in posting_history(posting)] == ["", ""]
    assert len([path for path in raw_folder.rglob("*") if path.is_file()]) == RawObject.objects.count() == 3
    assert applied() == {}


def test_bytes_that_arrived_again_lately_stay(board: Source):
    body = greenhouse_body(greenhouse_job(1, title="Lead", updated_at="later"))
    store_body(board, body, NOW)
    assert planned() == {"bad_payloads": 1}


@pytest.mark.django_db(transaction=True)
def test_bytes_that_arrive_while_retention_works_stay(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.services.retention.OBJECTS_AT_ONCE", 1)
    source = make_source()
    bodies = [greenhouse_body(greenhouse_job(1, updated_at=f"2026-01-0{number}")) for number in (1, 2, 3)]
    for body, days in zip(bodies, (300, 200, 100), strict=True):
        store_body(source, body, NOW - days * DAY)
    batches = retention_apply(now=NOW)
    assert next(batches).rows == 1
    other = make_source("other")
    store_body(other, bodies[2], NOW)
    assert [batch.rows for batch in batches] == [0]
    assert posting_payload(RawPosting.objects.get(source=other).pk)["updated_at"] == "2026-01-03"


def test_what_never_left_goes_with_what_it_was_announced_among(settings: Any):
    settings.RETENTION_LEDGER_DAYS = 14
    announced = {"host": "h:1", "purpose": "list", "url": "http://h:1/", "worker": "w"}
    OutboundRequest.objects.create(**announced)
    request(15)
    kept = [OutboundRequest.objects.create(**announced), request(13), OutboundRequest.objects.create(**announced)]
    assert applied() == {"requests": 2}
    assert list(OutboundRequest.objects.order_by("pk")) == kept
    assert applied() == {}


def test_every_kind_goes_by_its_own_age(raw_folder: Path, settings: Any):
    source = make_source()
    for days in (13, 15):
        request(days, ended_at=NOW)
        run = run_create(kind="fetch")
        stage_start(run_id=run.pk, name="fetch", unit="sources")
        Run.objects.filter(pk=run.pk).update(state="done", ended_at=NOW - days * DAY)
        letter = {"source": source, "kind": "busy", "message": "m", "attempts": 6}
        DeadLetter.objects.create(**letter, resolution="pruned", resolved_at=NOW - days * DAY)
    DeadLetter.objects.create(**letter, created_at=NOW - 999 * DAY)
    Run.objects.filter(pk=run_create(kind="fetch").pk).update(state="paused", created_at=NOW - 999 * DAY)
    for name in ("RETENTION_LEDGER_DAYS", "RETENTION_FAILURE_DAYS", "RETENTION_RUN_DAYS"):
        setattr(settings, name, 14)
    assert applied() == {"requests": 1, "dead_letters": 1, "runs": 1}
    assert (OutboundRequest.objects.count(), DeadLetter.objects.count(), Run.objects.count(), RunStage.objects.count()) == (1, 2, 2, 1)
    assert DeadLetter.objects.waiting().count() == 1


def test_batches_are_bounded(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.services.retention.ROWS_AT_ONCE", 2)
    for _ in range(5):
        request(999)
    with CaptureQueriesContext(connection) as captured:
        assert [batch.rows for batch in retention_apply(now=NOW)] == [2, 2, 1]
    assert len([query for query in captured if "MAX(" in query["sql"]]) == 1  # reads the ledger: not for every batch


def test_a_crash_after_the_files_went_is_made_good_by_the_next_time(board: Source, monkeypatch: pytest.MonkeyPatch):
    BadPayload.objects.all().delete()
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.services.retention.OBJECTS_AT_ONCE", 1)
        delete, calls = storage.delete, []

        def crash(name: str) -> None:
            delete(name)
            calls.append(name)
            raise MemoryError

        patch.setattr(storage, "delete", crash)
        with pytest.raises(MemoryError):
            list(retention_apply(now=NOW))
    assert RawObject.objects.count() == 5
    assert applied() == {"raw_objects": 2}


def test_every_rule_has_a_setting():
    assert all(rule.days > 0 for rule in RULES)
