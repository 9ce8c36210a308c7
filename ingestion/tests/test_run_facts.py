"""Why a run is slow just now."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from redis import Redis

from ingestion.http.addresses import host_port
from ingestion.models import Run
from ingestion.politeness.limiter import keys
from ingestion.run_facts import HostRequests, waits_of

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


@pytest.fixture
def host() -> Iterator[str]:
    name, address = host_port(configured.CDX_BASE_URL), configured.REDIS_URL
    yield name
    with Redis.from_url(address) as redis:
        redis.delete(*keys(name))


def set_state(host: str, state: Mapping[str, float]) -> None:
    with Redis.from_url(configured.REDIS_URL) as redis:
        redis.hset(keys(host)[1], mapping=dict(state))


def running() -> Run:
    return Run.objects.create(trace_id="t" * 32, kind="fetch", state="running")


def in_a_day() -> float:
    return time.time() * 1000 + DAY_MS


def test_an_open_breaker_is_named(host: str):
    set_state(host, {"opened": 1, "open_until": in_a_day(), "interval": 400})
    (reason,) = waits_of(running(), [HostRequests(host)])
    assert reason.startswith(f"{host} keeps failing: it is tried again in 2")


def test_a_break_that_a_host_asked_for_is_named(host: str):
    set_state(host, {"not_before": in_a_day()})
    (reason,) = waits_of(running(), [HostRequests(host)])
    assert reason.startswith(f"{host} asked for a break: nothing is sent to it for 2")


def test_a_host_that_is_slowed_down_is_named_to_whoever_asks_for_the_run(host: str, client: Client, monkeypatch: pytest.MonkeyPatch):
    set_state(host, {"interval": 25_600})
    monkeypatch.setattr("ingestion.pages.run_pages.requests_of", lambda run_id: [HostRequests(host)])
    run = running()
    assert f"{host} answered 429 or 503: it is asked every 25.6 s" in client.get(f"/runs/{run.pk}").content.decode()
    run.state = "done"
    assert waits_of(run, [HostRequests(host)]) == []


def test_hosts_that_the_run_did_not_ask_do_not_hold_it_up(host: str):
    set_state(host, {"interval": 25_600})
    assert waits_of(running(), [HostRequests("other.example:443")]) == []


def test_without_redis_there_is_nothing_to_say(host: str, settings: Any):
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    assert waits_of(running(), [HostRequests(host)]) == []
