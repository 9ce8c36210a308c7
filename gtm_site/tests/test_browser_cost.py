"""The pages of cost and experiments in a real browser: accessible in both themes, and never wider than a phone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from extraction.experiments.report import experiment_report
from extraction.models import Experiment, ExperimentItem, Extraction
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


@pytest.fixture
def experiment() -> Experiment:
    """A finished experiment that changed everything, on one posting."""
    record = {"role_title": "Account Executive", "seniority_level": "senior", "skills_raw": ["Forecasting"], "salary_min_usd": 90_000}
    before, after = (
        Extraction.objects.create(
            posting_id=1, content_hash="x", schema_version="v", provider=name, prompt_version=name, tier=0, confidence=0.7, needs_tier2=False,
            record={**record, **changes},
        )
        for name, changes in (("rules", {}), ("openai", {"seniority_level": "staff", "skills_raw": ["Forecasting in a very long list"] * 9}))
    )  # fmt: skip
    found = Experiment.objects.create(
        provider="openai",
        model="small-1",
        prompt_version="prompt-0123456789+0123456789ab",
        tier=2,
        sample=1,
        seed=7,
        state="done",
        by="ann",
    )
    ExperimentItem.objects.create(experiment=found, posting_id=1, before=before, after=after)
    found.report = experiment_report(found)
    found.report["gold"] = [{"file": "title_level", "metric": "macro_f1", "rows": 40, "rules": 0.93, "experiment": 0.95}]
    found.save()
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_cost_and_experiments_are_accessible_and_fit(browser, live_server, settings, size, ledger, experiment):
    settings.LLM_SPEND_CAP_USD, settings.LLM_SPEND_CAP_DAY_USD = Decimal("3.20"), Decimal(1)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    opened = Tab(context, live_server.url)
    found = {}
    for path in ("/cost", "/experiments", f"/experiments/{experiment.pk}"):
        page = opened.open(path)
        found[path] = _violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
    assert opened.complaints == []
    context.close()
    assert {path: bad for path, bad in found.items() if bad} == {}


def test_the_empty_pages_are_accessible_on_a_phone(browser, live_server):
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    opened = Tab(context, live_server.url)
    for path in ("/cost", "/experiments"):
        page = opened.open(path)
        assert _violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert opened.complaints == []
    context.close()
