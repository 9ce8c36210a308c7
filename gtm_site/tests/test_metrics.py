"""What monitoring reads, and who may."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from extraction.tests.factories import llm_call
from gtm_site.metrics import exposition
from ingestion.models import OutboundRequest, Source
from ingestion.services import run_create

pytestmark = pytest.mark.django_db
LINE = re.compile(r'[a-z_]+(\{([a-z_]+="[^"\\\n]*",?)*\})? -?\d+(\.\d+)?')


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def values() -> dict[str, str]:
    lines = [line for line in exposition().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return dict(line.rsplit(" ", 1) for line in lines)


def test_every_line_is_a_sample_of_a_metric_that_is_declared_once_before_it() -> None:
    declared: list[str] = []
    for line in exposition().splitlines():
        if line.startswith("# TYPE "):
            declared.append(line.split()[2])
        elif not line.startswith("#"):
            assert re.split(r"[{ ]", line)[0] == declared[-1]
    assert len(declared) == len(set(declared))


def test_states_queues_requests_and_money_are_counted(settings) -> None:
    run_create(kind="fetch")
    Source.objects.create(source_type="lever", source_key="acme", state="gone")
    for status in (200, 200, 429):
        OutboundRequest.objects.create(host="api.lever.co:443", purpose="list", url="https://x", status=status, started_at=timezone.now())
    llm_call(1, cost_usd="0.5")
    settings.LLM_SPEND_CAP_USD, settings.LLM_SPEND_CAP_DAY_USD = 25, None
    found = values()
    expected = {
        'gtm_runs{state="queued"}': "1",
        'gtm_runs{state="failed"}': "0",
        'gtm_sources{state="gone"}': "1",
        'gtm_postings{state="open"}': "0",
        'gtm_extractions_waiting{tier="2"}': "0",
        'gtm_dead_letters{what="boards"}': "0",
        'gtm_requests_last_hour{status="200"}': "2",
        'gtm_requests_last_hour{status="429"}': "1",
        'gtm_llm_cap_usd{cap="LLM_SPEND_CAP_USD"}': "25",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert float(found['gtm_llm_used_usd{cap="LLM_SPEND_CAP_USD"}']) == 0.5
    assert 'gtm_queue_tasks{queue="control"}' in found
    assert float(found["gtm_signals_behind_seconds"]) == 0


def test_the_alert_for_refusals_sees_hosts_that_do_not_answer(settings) -> None:
    OutboundRequest.objects.create(host="api.lever.co:443", purpose="list", url="https://x", status=None, started_at=timezone.now())
    (none,) = (name for name in values() if name.startswith("gtm_requests_last_hour"))
    written = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    alert = re.search(r"alert: HostsRefuse.*?status=~\"([^\"]+)\"", written, re.DOTALL)
    assert alert is not None
    assert re.search(f'status="({alert[1]})"', none)


def test_strangers_are_refused_and_told_how(client: Client, settings) -> None:
    settings.METRICS_TOKEN = ""
    for header in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}):
        answer = client.get("/metrics", headers=header)
        assert answer.status_code == 403
        assert b"METRICS_TOKEN" in answer.content


def test_a_token_or_staff_reads_them(client: Client, settings) -> None:
    settings.METRICS_TOKEN = "for-prometheus"
    answer = client.get("/metrics", headers={"Authorization": "Bearer for-prometheus"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert client.get("/metrics", headers={"Authorization": "Bearer for-prometheu\u00e9"}).status_code == 403
    client.force_login(User.objects.create(username="operator", is_staff=True))
    assert client.get("/metrics").status_code == 200
