"""The ledger in PostgreSQL, judged; the command's words and exit status."""

from __future__ import annotations

import csv
import json
import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ingestion.models import OutboundRequest, Run, Source
from ingestion.politeness.ledger_review import Scope, review
from ingestion.politeness.proof import Claim
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def sent(source: Source | None = None, *, days: float = 0, seconds: float = 0.1, **values: Any) -> OutboundRequest:
    """A request `days` ago that took `seconds`."""
    started = NOW - timedelta(days=days)
    fields = {"host": "a:443", "purpose": "list", "url": "http://a/x", "worker": "w:1", "status": 200, "bytes": 5, **values}
    ended = {"ended_at": started + timedelta(seconds=seconds), **fields}
    return OutboundRequest.objects.create(source=source, started_at=started, call_id=uuid.uuid4(), **ended)


def run(**options: Any) -> str:
    out = StringIO()
    call_command("politeness", stdout=out, **options)
    return out.getvalue()


def test_an_invalid_source_is_left_alone_for_its_days():
    source = make_source()
    sent(source, days=6, status=404, made_invalid=True)
    assert review(Scope()).is_polite
    again = sent(source, days=1)
    (breach,) = review(Scope()).breaches
    assert (breach.claim, breach.row_id) == (Claim.INVALID, again.pk)
    assert "120 h 0 min after it became invalid, 7 days" in breach.message


def test_a_forced_request_and_what_follows_a_forced_one_are_allowed():
    source = make_source()
    sent(source, days=6, status=404, made_invalid=True)
    sent(source, days=5, forced=True)
    sent(source, days=4)
    assert review(Scope()).is_polite
    sent(source, days=3, status=410, made_invalid=True)
    assert review(Scope()).is_polite
    sent(source, days=2)
    assert review(Scope()).broken == {Claim.INVALID: 1}


def test_after_seven_days_and_for_other_sources_nothing_is_held_back():
    source = make_source()
    sent(source, days=8, status=404, made_invalid=True)
    sent(source, days=0.9)
    sent(make_source("other"), days=2)
    assert review(Scope()).is_polite


def test_a_run_is_judged_beside_what_others_sent_meanwhile():
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    for _ in range(5):
        sent(run_id=theirs, seconds=5, days=1)
    sent(run_id=ours, days=1)
    mine = review(Scope(run_id=ours))
    assert (mine.requests, mine.broken) == (1, {Claim.AT_ONCE: 1})
    assert review(Scope(run_id=theirs)).requests == 5
    assert review(Scope(run_id=uuid.uuid4())).requests == 0


def test_only_what_is_asked_for_is_counted():
    sent(days=3)
    sent(days=1)
    assert review(Scope(since=NOW - timedelta(days=2))).requests == 1


def test_what_is_not_known_to_have_left_is_counted_and_not_judged():
    run_id = uuid.uuid4()
    announced = {"host": "a:443", "purpose": "list", "url": "http://a/x", "worker": "w:1", "at_once": 0}
    OutboundRequest.objects.create(**announced)
    sent(run_id=run_id, days=1)
    OutboundRequest.objects.create(**announced, run_id=run_id)
    OutboundRequest.objects.create(**announced, run_id=run_id, ended_at=NOW, error="not sent")
    scopes = (Scope(), Scope(run_id=run_id), Scope(since=NOW - timedelta(days=2)), Scope(since=NOW + timedelta(days=1)))
    found = [review(scope) for scope in scopes]
    assert [(one.requests, one.waiting, one.is_polite) for one in found] == [(1, 2, True), (1, 1, True), (1, 1, True), (0, 1, True)]


def test_what_is_not_known_to_have_left_is_told_though_nothing_is_known_to_have():
    OutboundRequest.objects.create(host="a:443", purpose="list", url="http://a/x", worker="w:1")
    assert "1 announced and not known to have left" in run()
    assert json.loads(run(json=True))["without_start"] == 1
    assert json.loads(run(json=True, since=NOW))["without_start"] == 1


def test_when_a_lost_worker_last_began_something_is_looked_up():
    for _ in range(4):
        sent(days=1, ended_at=None, status=None)
    later = 1 - 20 / 86400
    sent(days=later, ended_at=None, status=None)
    sent(days=1 - 10 / 86400, worker="w:1", host="b:443", seconds=1)
    sent(days=1 - 10 / 86400, worker="w:2")
    assert (review(Scope()).unended, review(Scope()).is_polite) == (5, True)
    guilty = sent(days=1 - 19 / 86400, worker="w:2", at_once=0)
    assert [breach.row_id for breach in review(Scope()).breaches] == [guilty.pk]
    between = sent(days=1 - 15 / 86400, worker="w:2", at_once=4)
    sent(days=later - 9 / 86400, worker="w:1")
    breaches = {breach.row_id: breach.message for breach in review(Scope()).breaches}
    assert breaches[between.pk].startswith("5 at once where 4 are allowed")


def test_the_command_says_what_holds():
    sent(days=1)
    said = run()
    assert "1 requests" in said
    assert said.count("holds") == len(Claim)
    assert "2, 4, 8, 16, 32 s" in said
    assert "closed" in said


def test_an_empty_ledger_says_how_to_fill_it():
    assert "manage.py ingest fetch" in run()


def test_a_broken_claim_is_named_with_its_row_and_the_exit_status():
    first, second = sent(days=1, spacing_ms=100), sent(days=1, spacing_ms=100)
    out = StringIO()
    with pytest.raises(CommandError, match="1 claims are broken") as failure:
        call_command("politeness", stdout=out)
    assert failure.value.returncode == 1
    assert "BROKEN by 1 requests" in out.getvalue()
    assert f"(row {min(first.pk, second.pk)})" in out.getvalue()


def test_json_holds_the_same():
    sent(days=1, proxy="proxy.example:3128", user_agent="GTM")
    answer = json.loads(run(json=True))
    assert answer["is_polite"] is True
    assert answer["claims"] == {claim.name.lower(): 0 for claim in Claim}
    assert answer["proxies"] == {"proxy.example:3128": 1}
    assert answer["hosts"]["a:443"]["statuses"] == {"200": 1}


def test_a_run_is_called_by_the_beginning_of_its_id():
    found = Run.objects.create(trace_id="t" * 32, kind="fetch")
    sent(run_id=found.pk)
    assert "1 requests" in run(run=str(found.pk)[:8])
    with pytest.raises(CommandError, match="no run begins"):
        run(run="nonsense")


def test_a_host_and_a_time_can_be_asked_for():
    for host, days in (("a:443", 3), ("a:443", 1), ("a:80", 1), ("ab:443", 1)):
        sent(host=host, days=days)
    two_days = NOW - timedelta(days=2)
    counts = [
        review(scope).requests for scope in (Scope(host="A"), Scope(host="a:80"), Scope(until=two_days), Scope(None, two_days, NOW, "a"))
    ]
    assert counts == [3, 1, 1, 2]


def test_what_waits_was_announced_between_what_left():
    announced = {"host": "a:443", "purpose": "list", "url": "http://a/x", "worker": "w:1", "at_once": 0}
    sent(days=3)
    for days in (2, 1):
        OutboundRequest.objects.create(**announced)
        sent(days=days)
    assert [review(Scope(until=NOW - timedelta(days=days))).waiting for days in (2.5, 1.5)] == [1, 2]
    assert review(Scope(since=NOW - timedelta(days=2.5), until=NOW)).waiting == 1


def test_requests_are_listed_as_csv_for_a_host_that_asks():
    asked = sent(days=1, url="http://a/x,y", user_agent="GTM")
    sent(days=2, host="b:443")
    (row,) = csv.DictReader(run(requests=True, host="a").splitlines())
    assert (row["started_at"], row["url"], row["status"], row["user_agent"]) == (str(asked.started_at), "http://a/x,y", "200", "GTM")


def test_a_long_review_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("ingestion.politeness.ledger_review._CHUNK", 2)
    for days in range(5):
        sent(days=days)
    told: list[int] = []
    review(Scope(), told.append)
    assert sum(told) == 5
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    run(json=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    run(json=True)
    assert "5/5" in capsys.readouterr().err
