from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from extraction.models import PendingExtraction
from extraction.tests.factories import llm_call

pytestmark = pytest.mark.django_db


def test_without_a_call_the_page_says_how_to_begin(client, settings):
    settings.TIER2_PROVIDER = "disabled"
    page = client.get("/cost").content.decode()
    assert "No language model was asked yet" in page
    assert "TIER2_PROVIDER=openai" in page
    assert "extract --tier 2 --dry-run" in page
    assert "25.00 of 25.00 USD left" in page


def test_spend_is_shown_by_period_model_and_day(client):
    llm_call(1)
    llm_call(2, provider="ollama", model="local", purpose="tier1", at_most_usd=0, cost_usd=0)
    before = timezone.now() - timedelta(days=3)
    llm_call(3, started_at=before, ended_at=before, cost_usd=Decimal("0.5"))
    long_ago = timezone.now() - timedelta(days=40)
    llm_call(4, started_at=long_ago, ended_at=long_ago, cost_usd=Decimal(2))
    context = client.get("/cost").context
    assert [usage.cost_usd for _, usage in context["periods"]] == [Decimal("0.012"), Decimal("0.512"), Decimal("2.512")]
    assert [part.usage.group for part in context["groups"]] == [("ollama", "local", "tier1"), ("openai", "small-1", "tier2")]
    assert [(part.usage.cost_usd, part.share) for part in context["days"]] == [
        (Decimal("0.012"), pytest.approx(2.4)),
        (Decimal("0.5"), 100.0),
    ]
    assert context["caps"][0].left_usd == Decimal("22.488")


def test_a_lost_call_is_said_to_have_cost_something_perhaps(client):
    llm_call(1, state="lost", cost_usd=0)
    assert "at most 0.0500 more for 1 lost call" in client.get("/cost").content.decode()


def test_parked_work_is_shown_until_a_paid_call_leaves_again(client):
    PendingExtraction.objects.bulk_create(PendingExtraction(posting_id=n, tier=2, content_hash="x") for n in range(3))
    llm_call(1)
    llm_call(2, state="parked", cost_usd=0, error="LLM_SPEND_CAP_USD=1.00 (in all) is used up")
    page = client.get("/cost").content.decode()
    assert "3 postings wait for the spend cap." in page
    assert "LLM_SPEND_CAP_USD=1.00 (in all) is used up" in page
    llm_call(3)
    assert "wait for the spend cap." not in client.get("/cost").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_ledger(client, django_assert_max_num_queries):
    for number in range(30):
        llm_call(number)
    with django_assert_max_num_queries(12):
        client.get("/cost")
