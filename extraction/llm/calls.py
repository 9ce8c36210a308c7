"""Calls of language models, one at a time: each is written down before it leaves and paid once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from extraction.llm.call_ledger import call_book, call_fail, call_open, call_row, stored_answer
from extraction.providers.llm import LLM, Completion, Prompt


def call(
    llm: LLM,
    prompt: Prompt,
    *,
    purpose: str,
    posting_ids: Sequence[int],
    run_id: uuid.UUID | None,
    after: int | None = None,
) -> Completion:
    """Ask a model once. Never inside a transaction: what is booked here must outlive whatever becomes of the caller.

    An answer that is stored already, to the same prompt of the same model, is given back at no cost: who wants another answer asks
    in other words. `purpose` is one of LLMCall.Purpose. `after`: answers of calls up to this id were no good and do not count.
    Raises ProviderError as the vendor did, and SpendCapReached when the most that this call can cost does not fit under the cap.
    """
    if stored := stored_answer(llm, prompt, after=after):
        return stored
    row = call_row(llm, prompt, purpose=purpose, posting_ids=posting_ids, run_id=run_id)
    call_open(row)
    try:
        completion = llm.complete(prompt)
    except Exception as error:
        call_fail(row, error)
        raise
    call_book(row, completion, llm)
    return completion
