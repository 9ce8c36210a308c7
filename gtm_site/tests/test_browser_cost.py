"""The pages of cost and experiments in a real browser: accessible in both themes, and never wider than a phone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from extraction.tests.factories import llm_call
from gtm_site.tests.test_browser_pages import DESKTOP, PHONE, Tab, _violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ledger() -> None:
    """Ten days of three models, with everything that can happen to a call."""
    for day in range(10):
        at = timezone.now() - timedelta(days=day)
        llm_call(3 * day, started_at=at, ended_at=at, cost_usd=Decimal(day + 1) / 20)
        llm_call(3 * day + 1, provider="anthropic", model="careful-model-2026-10-01", started_at=at, ended_at=at, finish="refusal")
        llm_call(
            3 * day + 2,
            provider="ollama",
            model="local:4b-instruct",
            purpose="tier1",
            cost_usd=0,
            at_most_usd=0,
            started_at=at,
            ended_at=at,
        )
    llm_call(100, state="failed", error="429: too many requests, try again later", cost_usd=0, tokens_in=0, tokens_out=0)
    llm_call(101, state="lost", error="its worker was lost; the vendor may have charged for it", cost_usd=0)
    llm_call(102, state="sent", ended_at=None, cost_usd=0, tokens_in=0, tokens_out=0)
    llm_call(103, state="parked", cost_usd=0, tokens_in=0, error="LLM_SPEND_CAP_USD=3.20 (in all) is used up: 3.1500 USD spent")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_the_cost_page_is_accessible_and_fits(browser, live_server, settings, request, size, filled):
    if filled:
        request.getfixturevalue("ledger")
        settings.LLM_SPEND_CAP_USD, settings.LLM_SPEND_CAP_DAY_USD = Decimal("3.20"), Decimal(1)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    opened = Tab(context, live_server.url)
    page = opened.open("/cost")
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert opened.complaints == []
    context.close()
