"""Rows of the ledger of language models: opened before a call leaves, booked when its end is known; each in its own transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from extraction.errors import ProviderError, SpendCapReached
from extraction.llm.cost import cost_of
from extraction.llm.spend import lost_release, price_of, tightest_cap
from extraction.llm.tokens import prompt_hash, token_bound, token_count
from extraction.models import LLMCall
from extraction.providers.llm import LLM, Completion, Finish, Prompt

ERROR_LENGTH = 1000


def call_row(
    llm: LLM, prompt: Prompt, *, purpose: str, posting_ids: Sequence[int], run_id: uuid.UUID | None, batch: bool = False
) -> LLMCall:
    """The unsaved row of a call, with the most that it can cost; `batch`: at the price of a batch interface."""
    bound = cost_of(price_of(llm), tokens_in=token_bound(prompt), tokens_out=prompt.max_tokens, batch=batch)
    return LLMCall(
        provider=llm.name,
        model=llm.model,
        purpose=purpose,
        posting_ids=list(posting_ids),
        prompt_hash=prompt_hash(prompt),
        run_id=run_id,
        tokens_in_counted=token_count(prompt),
        at_most_usd=bound,
    )


def call_open(row: LLMCall) -> None:
    """Commit the row if the most that it can cost fits under the cap, and hold that much. Raises SpendCapReached."""
    lost_release()
    try:
        with transaction.atomic(durable=True):
            if row.at_most_usd:
                tightest_cap(run_id=row.run_id).check(row.at_most_usd)
            row.save(force_insert=True)
            LLMCall.objects.parked().same_words(row).delete()
    except SpendCapReached as reached:
        call_park(row, reached)
        raise


def call_park(row: LLMCall, reached: SpendCapReached) -> None:
    """Commit that this call waits and why, once for the same words."""
    row.state, row.error = LLMCall.State.PARKED, str(reached)[:ERROR_LENGTH]
    row.ended_at = timezone.now()
    with transaction.atomic(durable=True):
        LLMCall.objects.parked().same_words(row).delete()
        row.save(force_insert=True)


def call_book(row: LLMCall, completion: Completion, llm: LLM) -> None:
    """Commit the answer and its real usage, also of a refusal: from here on the same words are never paid again."""
    price = price_of(llm)
    row.state = LLMCall.State.ANSWERED
    row.answer, row.answer_model, row.finish = completion.text, completion.model, completion.finish
    row.tokens_in, row.tokens_out = completion.tokens_in, completion.tokens_out
    row.cost_usd = cost_of(price, tokens_in=row.tokens_in, tokens_out=row.tokens_out, batch=bool(row.batch_id))
    _end(row)


def call_fail(row: LLMCall, error: Exception) -> None:
    """Commit why it failed; what it held is free again."""
    row.state = LLMCall.State.FAILED
    row.error = (str(error) if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}")[:ERROR_LENGTH]
    _end(row)


def stored_answer(llm: LLM, prompt: Prompt, *, after: int | None = None) -> Completion | None:
    """What this model answered to these words before (`after`: in a later call than this), refusals and answers cut short included."""
    answers = LLMCall.objects.answered(llm.name, llm.model, prompt_hash(prompt))
    row = (answers if after is None else answers.filter(pk__gt=after)).first()
    return Completion(row.answer, row.tokens_in, row.tokens_out, Finish(row.finish), row.answer_model) if row else None


def _end(row: LLMCall) -> None:
    row.ended_at = timezone.now()
    with transaction.atomic(durable=True):
        row.save()
