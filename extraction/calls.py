"""Calls of language models: each is written down before it leaves and paid once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from extraction.cost import cost_of
from extraction.models import LLMCall
from extraction.providers.llm import LLM, Completion, Finish, Prompt, ProviderError
from extraction.spend import cap_check, lost_release, price_of
from extraction.tokens import prompt_hash, token_bound, token_count

ERROR_LENGTH = 1000


def call(llm: LLM, prompt: Prompt, *, purpose: str, posting_ids: Sequence[int], run_id: uuid.UUID | None, attempt: int = 1) -> Completion:
    """Ask a model once. Never inside a transaction: what is booked here must outlive whatever becomes of the caller.

    An answer that is stored already, to the same prompt of the same model, is given back at no cost. Who wants another one to the same
    words says so by `attempt`, which is part of the question's identity: a second attempt repeated after a crash is not paid again either.
    Raises ProviderError as the vendor did, and SpendCapReached when the most that this call can cost does not fit under the cap.
    """
    if stored := stored_answer(llm, prompt, attempt=attempt):
        return stored
    row = _open(llm, prompt, purpose=purpose, posting_ids=posting_ids, run_id=run_id, attempt=attempt)
    try:
        completion = llm.complete(prompt)
    except Exception as error:
        _fail(row, error)
        raise
    _book(row, completion, _cost(llm, completion))
    return completion


def stored_answer(llm: LLM, prompt: Prompt, *, attempt: int = 1) -> Completion | None:
    """What this model answered to this prompt before, refusals and answers cut short included."""
    row = LLMCall.objects.answered(llm.name, llm.model, prompt_hash(prompt), attempt).first()
    return Completion(row.answer, row.tokens_in, row.tokens_out, Finish(row.finish), row.answer_model) if row else None


def _open(llm: LLM, prompt: Prompt, *, purpose: str, posting_ids: Sequence[int], run_id: uuid.UUID | None, attempt: int) -> LLMCall:
    """The committed row of a call that is about to leave, holding under the cap the most that it can cost."""
    price = price_of(llm)
    row = LLMCall(
        provider=llm.name,
        model=llm.model,
        purpose=purpose,
        posting_ids=list(posting_ids),
        prompt_hash=prompt_hash(prompt),
        attempt=attempt,
        run_id=run_id,
        tokens_in_counted=token_count(prompt),
        at_most_usd=cost_of(price, tokens_in=token_bound(prompt), tokens_out=prompt.max_tokens),
    )
    lost_release()
    with transaction.atomic(durable=True):
        if not price.is_free:
            cap_check(run_id=run_id, at_most_usd=row.at_most_usd)
        row.save(force_insert=True)
    return row


def _cost(llm: LLM, completion: Completion) -> Decimal:
    return cost_of(price_of(llm), tokens_in=completion.tokens_in, tokens_out=completion.tokens_out)


def _book(row: LLMCall, completion: Completion, cost_usd: Decimal) -> None:
    """The answer and its real usage, at once: from here on it is never paid again."""
    row.state = LLMCall.State.ANSWERED
    row.answer, row.answer_model, row.finish = completion.text, completion.model, completion.finish
    row.tokens_in, row.tokens_out, row.cost_usd = completion.tokens_in, completion.tokens_out, cost_usd
    row.ended_at = timezone.now()
    with transaction.atomic(durable=True):
        row.save()


def _fail(row: LLMCall, error: Exception) -> None:
    row.state = LLMCall.State.FAILED
    row.error = str(error)[:ERROR_LENGTH] if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    row.ended_at = timezone.now()
    with transaction.atomic(durable=True):
        row.save()
