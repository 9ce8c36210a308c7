"""The politeness page: verdict, offending rows, hosts now, and what it says when there is nothing or too much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from redis import Redis

from ingestion.http.addresses import host_port
from ingestion.models import OutboundRequest, Run
from ingestion.pages import politeness_pages
from ingestion.politeness.limiter import keys

pytestmark = pytest.mark.django_db


def sent(**values: Any) -> OutboundRequest:
    now = timezone.now()
    fields = {"host": "a:443", "purpose": "list", "url": "http://a/x", "worker": "w:1", "status": 200, "bytes": 5, "user_agent": "GTM"}
    return OutboundRequest.objects.create(**{**fields, "started_at": now, "ended_at": now + timedelta(seconds=1), **values})


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/politeness{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_request_it_says_how_there_will_be_some(client: Client):
    assert "No request in the last 24 hours" in page(client)


def test_what_is_not_known_to_have_left_is_told_without_a_request_too(client: Client):
    OutboundRequest.objects.create(host="a:443", purpose="list", url="http://a/x", worker="w:1")
    shown = page(client)
    assert "No request in the last 24 hours" in shown
    assert "Without a start: 1" in shown


def test_every_claim_holds(client: Client):
    sent(proxy="proxy.example:3128")
    shown = page(client)
    assert shown.count(">holds<") == 6
    assert "1 of 5" in shown
    assert "through proxy.example:3128" in shown
    assert "GTM" in shown


def test_an_offending_request_is_named(client: Client):
    first, second = sent(spacing_ms=100), sent(spacing_ms=100)
    shown = page(client)
    assert "broken by 1" in shown
    assert f"(row {first.pk})" in shown
    assert f">{second.pk}<" in shown


def test_a_run_of_its_own(client: Client):
    run = Run.objects.create(trace_id="t" * 32, kind="fetch")
    sent(run_id=run.pk)
    sent()
    shown = page(client, f"?run={run.pk}")
    assert "Every request of this run" in shown
    assert f'href="/runs/{run.pk}"' in shown


@pytest.mark.parametrize("run", ["5f0c1d9e-7a43-4b1e-9a52-0d6f5c3b8e21", "nonsense"])
def test_an_unknown_run_is_not_found(client: Client, run: str):
    assert client.get(f"/politeness?run={run}").status_code == 404


def test_too_many_requests_are_left_to_the_command(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(politeness_pages, "MOST_REQUESTS", 1)
    sent()
    assert "Too many" not in page(client)
    sent()
    assert "manage.py politeness --since 24h" in page(client)


def test_an_open_breaker_is_shown(client: Client):
    host = host_port(configured.CDX_BASE_URL)
    with Redis.from_url(configured.REDIS_URL) as redis:
        redis.hset(keys(host)[1], mapping={"opened": 1, "open_until": timezone.now().timestamp() * 1000 + 20_000, "interval": 400})
        redis.sadd(keys(host)[2], "one", "two")
        try:
            shown = page(client)
        finally:
            redis.delete(*keys(host))
    assert ">open<" in shown
    assert "2 boards failed in a row" in shown
    assert "a start in 400 ms" in shown


def test_without_redis_the_proof_is_still_there(client: Client, settings: Any):
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    sent()
    shown = page(client)
    assert "Redis does not answer" in shown
    assert ">holds<" in shown


def test_the_page_costs_the_same_few_queries_however_many_requests(client: Client, django_assert_num_queries: Any):
    sent()
    with django_assert_num_queries(6):
        page(client)
    for _ in range(20):
        sent()
    with django_assert_num_queries(6):
        page(client)
