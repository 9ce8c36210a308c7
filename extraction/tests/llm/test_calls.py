from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from extraction.errors import ProviderError, SpendCapReached
from extraction.llm.calls import call
from extraction.llm.spend import caps, lost_after, lost_release
from extraction.models import LLMCall
from extraction.providers.llm import Completion, Finish, Prompt

PROMPT = Prompt(system="Answer in JSON.", user="A posting: sells boats.", schema={"type": "object"}, max_tokens=100)
POSTINGS = (7, 8)


class ScriptedLLM:
    """Answers what it was told to, in order, and remembers what it was asked."""

    name = "openai"
    tiers = frozenset({2})
    base_url = "https://vendor.example"
    needs_key = True
    model = "small-1"
    context_tokens = None

    def __init__(self, *answers: Completion | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Prompt] = []

    def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(text: str = "{}", *, tokens_in: int = 200, tokens_out: int = 100, finish: Finish = Finish.STOP) -> Completion:
    return Completion(text=text, tokens_in=tokens_in, tokens_out=tokens_out, finish=finish, model="small-1-2026")


def about(number: int) -> Prompt:
    return replace(PROMPT, user=f"Posting {number}: sells boats.")


def ask(llm: ScriptedLLM, prompt: Prompt = PROMPT, *, run_id: uuid.UUID | None = None) -> Completion:
    return call(llm, prompt, purpose="tier2", posting_ids=POSTINGS, run_id=run_id)


@pytest.mark.django_db
def test_a_call_is_booked_with_its_real_usage():
    run_id = uuid.uuid4()
    assert ask(ScriptedLLM(answer('{"a": 1}')), run_id=run_id).text == '{"a": 1}'
    row = LLMCall.objects.get()
    assert (row.provider, row.model, row.answer_model, row.purpose) == ("openai", "small-1", "small-1-2026", "tier2")
    assert (row.posting_ids, row.run_id, row.state, row.finish) == ([7, 8], run_id, "answered", "stop")
    assert (row.tokens_in, row.tokens_out, row.cost_usd) == (200, 100, Decimal("0.0018"))
    assert row.ended_at >= row.started_at


@pytest.mark.django_db
def test_a_stored_answer_is_never_paid_again():
    llm = ScriptedLLM(answer("first"), answer("second"))
    assert [ask(llm).text, ask(llm).text] == ["first", "first"]
    assert ask(llm, about(2)).text == "second"
    assert len(llm.asked) == 2


@pytest.mark.django_db
def test_refusals_and_answers_cut_short_are_stored_too():
    llm = ScriptedLLM(answer(finish=Finish.REFUSAL, tokens_out=3))
    assert [ask(llm).finish, ask(llm).finish] == [Finish.REFUSAL, Finish.REFUSAL]
    assert LLMCall.objects.get().cost_usd == Decimal("0.000636")


@pytest.mark.django_db
def test_a_failed_call_holds_nothing_and_may_be_made_again():
    llm = ScriptedLLM(ProviderError("busy", retryable=True), answer("at last"))
    with pytest.raises(ProviderError, match="busy"):
        ask(llm)
    failed = LLMCall.objects.get()
    assert (failed.state, failed.error, failed.cost_usd) == ("failed", "busy", 0)
    assert ask(llm).text == "at last"
    assert LLMCall.objects.all().spending() == (Decimal("0.0018"), 0)


@pytest.mark.django_db
def test_a_call_that_may_pass_the_cap_is_not_sent(settings):
    settings.LLM_SPEND_CAP_USD = Decimal("0.001")
    llm = ScriptedLLM(answer())
    with pytest.raises(SpendCapReached, match=r"raise LLM_SPEND_CAP_USD and it goes on"):
        ask(llm)
    assert llm.asked == []
    assert LLMCall.objects.get().state == "parked"
    settings.LLM_SPEND_CAP_USD = Decimal(1)
    assert ask(llm).text == "{}"
    assert LLMCall.objects.get().state == "answered"


@pytest.mark.django_db
def test_work_that_waits_for_the_cap_stands_in_the_ledger_once(settings):
    settings.LLM_SPEND_CAP_USD = Decimal(0)
    for _ in range(3):
        with pytest.raises(SpendCapReached):
            ask(ScriptedLLM(answer()))
    row = LLMCall.objects.get()
    assert row.error.startswith("LLM_SPEND_CAP_USD=0.00 (in all) is used up")
    assert LLMCall.objects.all().usage_in_all().calls == 0
    assert LLMCall.objects.all().spending() == (0, 0)


@pytest.mark.django_db
def test_a_run_and_a_day_have_caps_of_their_own(settings):
    settings.LLM_SPEND_CAP_RUN_USD = Decimal("0.003")
    run_id = uuid.uuid4()
    llm = ScriptedLLM(answer(), answer())
    ask(llm, run_id=run_id)
    with pytest.raises(SpendCapReached, match="LLM_SPEND_CAP_RUN_USD"):
        ask(llm, about(2), run_id=run_id)
    ask(llm, about(2), run_id=uuid.uuid4())
    settings.LLM_SPEND_CAP_DAY_USD = Decimal("0.0045")
    with pytest.raises(SpendCapReached, match="LLM_SPEND_CAP_DAY_USD"):
        ask(llm, about(3))


@pytest.mark.django_db
def test_models_of_ones_own_cost_nothing_and_know_no_cap(settings):
    settings.LLM_SPEND_CAP_USD = Decimal(0)
    llm = ScriptedLLM(answer())
    llm.name, llm.needs_key = "ollama", False
    ask(llm)
    assert LLMCall.objects.get().cost_usd == 0


@pytest.mark.django_db
def test_a_paid_model_without_a_price_is_refused():
    llm = ScriptedLLM(answer())
    llm.name = "newcomer"
    with pytest.raises(ImproperlyConfigured, match="NEWCOMER_PRICE_IN_USD"):
        ask(llm)
    assert llm.asked == []


@pytest.mark.django_db
def test_a_call_whose_worker_died_gives_back_what_it_held():
    row = LLMCall.objects.create(provider="openai", purpose="tier2", prompt_hash="x", at_most_usd=5)
    assert caps()[0].held_usd == 5
    assert lost_release() == 0
    assert lost_release(now=row.started_at + lost_after() * 1.01) == 1
    row.refresh_from_db()
    assert (row.state, caps()[0].held_usd) == ("lost", 0)


@pytest.mark.django_db(transaction=True)
def test_workers_together_cannot_pass_the_cap(settings):
    """Sixteen at once want ten times what is left; what they may spend at most stays under the cap at every moment."""
    one = Decimal("0.0018")
    settings.LLM_SPEND_CAP_USD = one * 5

    def work(number: int) -> bool:
        try:
            ask(ScriptedLLM(answer()), about(number))
        except SpendCapReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(16) as pool:
        sent = sum(pool.map(work, range(30)))
    spent, held = LLMCall.objects.all().spending()
    assert (held, spent) == (0, sent * one)
    assert 0 < sent <= 5
