"""Calls through a vendor's batch interface: half the price, answered within 24 hours.

A batch only fills the ledger: once it is collected, `calls.call` finds its answers there and sends nothing. So the work that needs
them is the same with and without a batch, and a restart has nothing to remember but the ledger.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import NamedTuple, Protocol

from django.db import transaction
from django.db.models import Q

from extraction.errors import SpendCapReached
from extraction.llm.call_ledger import call_book, call_fail, call_park, call_row, stored_answer
from extraction.llm.spend import lost_release, tightest_cap
from extraction.llm.tokens import prompt_hash
from extraction.models import LLMCall
from extraction.providers.llm import LLM, BatchAnswer, BatchLLM, BatchState, Prompt


class BatchItem(NamedTuple):
    """One prompt of a batch and the postings that it holds."""

    prompt: Prompt
    posting_ids: Sequence[int]


class BatchingLLM(LLM, BatchLLM, Protocol):
    """A vendor that answers single calls and batches."""


def batch_send(llm: BatchingLLM, items: Sequence[BatchItem], *, purpose: str, run_id: uuid.UUID | None) -> int:
    """Send in one batch what has no stored answer yet, as much as fits under the cap and the vendor's limit; how many prompts.

    Known limit: killed between the vendor's acceptance and the commit of the batch's id, the batch is lost, and may be charged.
    Raises ProviderError, and SpendCapReached when not even the first prompt fits.
    """
    prompts = _open(llm, items, purpose=purpose, run_id=run_id)
    if not prompts:
        return 0
    try:
        batch_id = llm.submit([(_custom_id(row), prompt) for row, prompt in prompts])
    except Exception as error:
        for row, _ in prompts:
            call_fail(row, error)
        raise
    LLMCall.objects.filter(pk__in=[row.pk for row, _ in prompts]).update(batch_id=batch_id)
    return len(prompts)


def batch_collect(llm: BatchingLLM, batch_id: str) -> BatchState:
    """Ask how a batch stands and book whatever it has come to. Raises ProviderError when the vendor cannot be asked."""
    answer = llm.poll(batch_id)
    rows = {_custom_id(row): row for row in LLMCall.objects.under_way().filter(provider=llm.name, batch_id=batch_id)}
    _book(llm, rows, answer)
    return answer.state


def asked_directly(llm: LLM, items: Sequence[BatchItem]) -> set[str]:
    """Hashes of prompts that no batch takes any more: they were answered, or came back from one. Asked anew they cost the full price."""
    ended = LLMCall.objects.filter(provider=llm.name, model=llm.model, prompt_hash__in=[prompt_hash(item.prompt) for item in items])
    past = Q(state=LLMCall.State.ANSWERED) | (~Q(batch_id="") & ~Q(state=LLMCall.State.SENT))
    return set(ended.filter(past).values_list("prompt_hash", flat=True))


def _open(llm: BatchingLLM, items: Sequence[BatchItem], *, purpose: str, run_id: uuid.UUID | None) -> list[tuple[LLMCall, Prompt]]:
    """The committed rows of the prompts that fit, with their prompts."""
    lost_release()
    rows = [
        (call_row(llm, item.prompt, purpose=purpose, posting_ids=item.posting_ids, run_id=run_id, batch=True), item.prompt)
        for item in _unanswered(llm, items)
    ]
    if not rows:
        return []
    try:
        return _open_fitting(rows, run_id)
    except SpendCapReached as reached:
        call_park(rows[0][0], reached)
        raise


def _open_fitting(rows: Sequence[tuple[LLMCall, Prompt]], run_id: uuid.UUID | None) -> list[tuple[LLMCall, Prompt]]:
    with transaction.atomic(durable=True):
        cap = tightest_cap(run_id=run_id)
        cap.check(rows[0][0].at_most_usd)
        held = accumulate(row.at_most_usd for row, _ in rows)
        fitting = [both for both, so_far in zip(rows, held, strict=True) if so_far <= cap.left_usd]
        LLMCall.objects.bulk_create([row for row, _ in fitting])
        for row, _ in fitting:
            LLMCall.objects.parked().same_words(row).delete()
    return fitting


def _unanswered(llm: BatchingLLM, items: Sequence[BatchItem]) -> Iterator[BatchItem]:
    return islice((item for item in items if stored_answer(llm, item.prompt) is None), llm.batch_limit)


def _book(llm: LLM, rows: Mapping[str, LLMCall], answer: BatchAnswer) -> None:
    for custom_id, row in rows.items():
        if completion := answer.completions.get(custom_id):
            call_book(row, completion, llm)
        elif failure := answer.failures.get(custom_id):
            call_fail(row, failure)
        elif answer.state is BatchState.ENDED:
            call_fail(row, LookupError(f"batch {row.batch_id} ended without a word about {custom_id}"))


def _custom_id(row: LLMCall) -> str:
    return f"call-{row.pk}"
