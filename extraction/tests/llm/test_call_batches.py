from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from extraction.errors import ProviderError, SpendCapReached
from extraction.llm.call_batches import BatchItem, batch_collect, batch_send
from extraction.llm.spend import lost_after, lost_release
from extraction.models import LLMCall
from extraction.providers.llm import BatchAnswer, BatchState, Prompt
from extraction.tests.llm.test_calls import ScriptedLLM, about, answer, ask

pytestmark = pytest.mark.django_db


class BatchingScriptedLLM(ScriptedLLM):
    """Keeps what it was sent; `answers` become the batch's answers once it has ended."""

    batch_limit = 100

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Prompt]] = []
        self.state = BatchState.RUNNING
        self.failing: set[str] = set()
        self.silent: set[str] = set()

    def submit(self, prompts: Sequence[tuple[str, Prompt]]) -> str:
        self.sent = list(prompts)
        return "batch-1"

    def poll(self, batch_id: str) -> BatchAnswer:
        if self.state is BatchState.RUNNING:
            return BatchAnswer(self.state)
        told = [custom_id for custom_id, _ in self.sent if custom_id not in self.silent]
        return BatchAnswer(
            self.state,
            {custom_id: answer(custom_id) for custom_id in told if custom_id not in self.failing},
            {custom_id: ProviderError("expired", retryable=True) for custom_id in told if custom_id in self.failing},
        )


def send(llm: BatchingScriptedLLM, count: int) -> int:
    return batch_send(llm, [BatchItem(about(n), [n]) for n in range(count)], purpose="tier2", run_id=None)


def test_a_batch_fills_the_ledger_at_half_price():
    llm = BatchingScriptedLLM()
    assert send(llm, 3) == 3
    assert batch_collect(llm, "batch-1") is BatchState.RUNNING
    llm.state = BatchState.ENDED
    assert batch_collect(llm, "batch-1") is BatchState.ENDED
    assert list(LLMCall.objects.values_list("state", "cost_usd").distinct()) == [("answered", Decimal("0.0009"))]
    assert ask(llm, about(1)).text == llm.sent[1][0]
    assert llm.asked == []


def test_a_restart_finds_its_batches_in_the_ledger():
    send(BatchingScriptedLLM(), 2)
    sent = LLMCall.objects.under_way()
    assert set(sent.values_list("provider", "model", "batch_id")) == {("openai", "small-1", "batch-1")}
    assert lost_release(now=max(call.started_at for call in sent) + 2 * lost_after()) == 0


def test_what_is_answered_already_is_not_sent_again():
    llm = BatchingScriptedLLM()
    llm.answers = [answer("known")]
    ask(llm, about(0))
    assert send(llm, 2) == 1
    assert [prompt for _, prompt in llm.sent] == [about(1)]


def test_what_failed_or_was_passed_over_in_silence_is_free_to_be_asked_again():
    llm = BatchingScriptedLLM()
    send(llm, 3)
    llm.failing, llm.silent, llm.state = {llm.sent[0][0]}, {llm.sent[1][0]}, BatchState.ENDED
    batch_collect(llm, "batch-1")
    assert list(LLMCall.objects.order_by("id").values_list("state", flat=True)) == ["failed", "failed", "answered"]
    assert LLMCall.objects.get(pk=llm.sent[1][0].removeprefix("call-")).error.startswith("LookupError: batch batch-1 ended")
    assert send(llm, 3) == 2
    assert LLMCall.objects.under_way().exclude(batch_id="").count() == 2


def test_as_much_as_fits_under_the_cap_is_sent(settings):
    llm = BatchingScriptedLLM()
    send(llm, 1)
    one = LLMCall.objects.get().at_most_usd
    settings.LLM_SPEND_CAP_USD = one * 3
    assert send(llm, 9) == 2
    with pytest.raises(SpendCapReached):
        send(llm, 9)


def test_a_vendor_takes_no_more_than_its_limit():
    llm = BatchingScriptedLLM()
    llm.batch_limit = 2
    assert send(llm, 5) == 2


def test_a_batch_that_was_refused_holds_nothing(monkeypatch):
    llm = BatchingScriptedLLM()
    monkeypatch.setattr(llm, "submit", lambda prompts: (_ for _ in ()).throw(ProviderError("file too large", retryable=False)))
    with pytest.raises(ProviderError, match="file too large"):
        send(llm, 2)
    assert set(LLMCall.objects.values_list("state", "error")) == {("failed", "file too large")}
