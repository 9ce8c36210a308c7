from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from extraction import services, tiers
from extraction.forecast import experience, forecast, tier_forecast
from extraction.improve import claim_size
from extraction.llm.asking import Desk
from extraction.llm.call_ledger import call_row
from extraction.llm.calls import call
from extraction.llm.tokens import token_bound, token_count
from extraction.models import LLMCall, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM, answered, completion

pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
def published(read_board):
    """Four published postings, two of which say the same."""
    rows = read_board([greenhouse_payload(n, title=f"Account Executive {min(n, 2)}") for n in range(4)])
    services.pending_fill()
    services.pending_extract()
    return [row.pk for row in rows]


def first_calls(llm, posting_ids):
    extracted, _ = services.postings_extract(posting_ids, services.rules_provider())
    desk = Desk({item.row.pk: item.document for item in extracted}, llm, tier=2, most=1, purpose="tier2", run_id=None)
    return desk.first_calls()


def test_tokens_are_those_of_the_prompts_and_dollars_those_of_the_prices(published):
    llm = ScriptedLLM(name="openai")
    found = forecast(llm, published, tier=2, most=1)
    prompts = [item.prompt for item in first_calls(llm, published)]
    assert (found.postings, found.counted, found.stored, found.expected.calls) == (4, 4, 0, 3)
    assert found.expected.tokens_in == pytest.approx(sum(map(token_count, prompts)), abs=2)
    assert found.expected.tokens_out == sum(prompt.max_tokens for prompt in prompts)
    dollars = (Decimal(3) * sum(map(token_bound, prompts)) + Decimal(12) * sum(prompt.max_tokens for prompt in prompts)) / 1_000_000
    assert found.at_most_usd == dollars
    assert found.expected.cost_usd < found.at_most_usd
    assert LLMCall.objects.count() == len(llm.prompts) == 0


def test_a_batch_is_expected_at_half_price(published):
    llm = ScriptedLLM(name="openai")
    whole, half = (forecast(llm, published, tier=2, most=1, batch=batch) for batch in (False, True))
    assert half.expected.cost_usd == pytest.approx(whole.expected.cost_usd / 2, abs=Decimal("0.000002"))


def test_experience_corrects_the_count_and_tells_the_length_of_answers(published):
    llm = ScriptedLLM(lambda prompt: answered(prompt), name="openai")
    calls = first_calls(llm, published)
    for item in calls[:2]:
        call(llm, item.prompt, purpose="tier2", posting_ids=item.posting_ids, run_id=None)
    LLMCall.objects.update(tokens_in_counted=100, tokens_in=150, tokens_out=80)
    known = experience(llm)
    assert (known.calls, known.ratio) == (2, 1.5)
    found = forecast(llm, published, tier=2, most=1)
    assert (found.stored, found.expected.calls) == (2, 1)
    assert found.expected.tokens_in == pytest.approx(1.5 * token_count(calls[2].prompt), abs=2)
    assert found.expected.tokens_out < 900


def test_a_forecast_queues_nothing(published):
    assert tier_forecast(ScriptedLLM(name="ollama"), 1).postings == 4
    assert not PendingExtraction.objects.filter(tier=1).exists()


def test_answers_that_were_no_good_are_expected_to_be_paid_anew(published):
    llm = ScriptedLLM(lambda prompt: completion("no idea", prompt))
    tiers.tier_fill(llm=llm, tier=1)
    services.pending_improve(tier=1, llm=llm)
    assert PendingExtraction.objects.dead().count() == 4
    asked = forecast(llm, published[::-1], tier=1, most=claim_size(1))
    assert (asked.stored, asked.expected.calls) == (1, 0)
    services.dead_retry()
    anew = tier_forecast(llm, 1)
    assert (anew.postings, anew.stored, anew.expected.calls) == (4, 0, 1)


def test_what_a_batch_does_not_take_again_is_expected_at_full_price(published):
    llm = ScriptedLLM(name="openai")
    first, second, third = first_calls(llm, published)
    refused = {}
    for item, state, batch_id in ((first, "answered", ""), (second, "failed", "batch-1"), (third, "sent", "batch-1")):
        row = call_row(llm, item.prompt, purpose="tier2", posting_ids=item.posting_ids, run_id=None)
        row.state, row.batch_id, row.ended_at = state, batch_id, None if state == "sent" else timezone.now()
        row.tokens_in = row.tokens_in_counted
        row.save()
        refused |= dict.fromkeys(item.posting_ids, row.pk)

    def dollars(*items, batch):
        ids = [pk for item in items for pk in item.posting_ids]
        return forecast(llm, ids, tier=2, most=1, batch=batch, refused_calls=refused).at_most_usd

    assert dollars(first, second, batch=True) == dollars(first, second, batch=False)
    assert dollars(third, batch=True) == pytest.approx(dollars(third, batch=False) / 2, abs=Decimal("0.000002"))
    assert dollars(first, third, batch=True) == dollars(first, batch=False) + dollars(third, batch=True)


def test_the_command_says_what_tier_2_would_cost_although_it_is_off(published, settings):
    settings.TIER2_PROVIDER = "disabled"
    output = StringIO()
    call_command("extract", tier=2, dry_run=True, stdout=output)
    told = output.getvalue()
    assert "tier 2 is off" in told
    assert "expected cost" in told
    assert "25.0000 USD" in told


def test_the_rules_have_no_estimate(published):
    with pytest.raises(CommandError, match="rules are free"):
        call_command("extract", dry_run=True)
