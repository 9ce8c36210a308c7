"""Tiers 1 and 2: what a language model adds to the records of one claim. Reads and asks; `services` writes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from catalog.vocabulary.values import Vocabulary
from extraction.claims import LEASE, Claim, claim_renew
from extraction.errors import ExtractionError, ProviderError, WorkPaused
from extraction.llm.answer import PostingAnswer
from extraction.llm.asking import Answers, Desk, ask
from extraction.llm.batching import Problem
from extraction.llm.call_batches import batch_collect, batch_send
from extraction.llm.prompt import SYSTEM, prompt_version
from extraction.llm.stated import stated_by
from extraction.llm.tokens import prompt_hash
from extraction.merge import merge
from extraction.models import LLMCall
from extraction.providers.base import Provider, Usage
from extraction.providers.llm import LLM, BatchLLM, BatchState
from extraction.publish import Extracted
from extraction.store import Identity, standing_now, stored_answers
from extraction.tier_queue import INVALID_OUTPUT
from ingestion.models import Run

PURPOSES = {1: LLMCall.Purpose.TIER1, 2: LLMCall.Purpose.TIER2}
# The schedule of retries of the whole product (2, 4, 8 ... s), up to a quarter of an hour.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 900.0
SPEND_CAP_WAIT = timedelta(minutes=5)
BATCH_WAIT = timedelta(minutes=1)
# Paid calls take seconds each: no more than a few minutes' work. A batch costs a request and a day whatever it holds.
TIER2_CLAIM, BATCH_CLAIM = 20, 500

log = structlog.get_logger(__name__)


class BatchPending(ExtractionError):  # noqa: N818 - nothing failed: the vendor is not done yet
    """The answers are on their way through a batch interface; the work waits for them."""

    retryable = True


# What a pause leaves is free at once: nobody claims it before the run goes on.
WAITS: Mapping[type[Exception] | type[None], timedelta] = {BatchPending: BATCH_WAIT, WorkPaused: timedelta(0)}


@dataclass(frozen=True, slots=True)
class Improvement:
    """What came of a claim: records to write, reasons why others cannot be (by posting id), and what is left for later, with why.

    `blamed` are those of `left` that a failed call was about.
    """

    batch: Sequence[Extracted]
    failures: Mapping[int, str] = field(default_factory=dict)
    left: frozenset[int] = frozenset()
    blamed: frozenset[int] = frozenset()
    stopped_by: Exception | None = None


def claim_size(tier: int) -> int:
    """Postings in one claim: a call's worth for tier 1, a batch's for the batch interfaces."""
    if tier == 1:
        return int(settings.TIER1_BATCH_SIZE)
    return BATCH_CLAIM if settings.TIER2_BATCH else TIER2_CLAIM


def identity_for(llm: LLM, tier: int, rules: Provider, system: str = SYSTEM) -> Identity:
    """A record is made of what a model answered and of what the rules say: both versions are part of it."""
    merged = hashlib.blake2b(rules.version.encode(), digest_size=6).hexdigest()
    return Identity(llm.name, llm.model, f"{prompt_version(system)}+{merged}", tier)


def improve(claim: Claim, extracted: Sequence[Extracted], *, llm: LLM, vocabulary: Vocabulary) -> Improvement:
    """The claim's records with what the model adds. `extracted` holds what the rules say of the same contents now.

    Nothing is asked that this model has answered about the same content. A posting whose content changed, or that a higher tier has
    done, is left out.
    """
    current = _improvable(claim, extracted, vocabulary)
    hashes = {posting_id: item.row.content_hash for posting_id, item in current.items()}
    made_by = {"provider": llm.name, "model": llm.model, "prompt_version__startswith": prompt_version()}
    stored = _parsed(stored_answers(hashes, tier=claim.tier, **made_by))
    known = [improved(current[posting_id], answer, vocabulary, tier=claim.tier) for posting_id, answer in stored.items()]
    new = {posting_id: item for posting_id, item in current.items() if posting_id not in stored}
    asked = _asked(claim, new, llm, vocabulary) if new else Improvement(())
    return replace(asked, batch=[*known, *asked.batch])


def _asked(claim: Claim, new: Mapping[int, Extracted], llm: LLM, vocabulary: Vocabulary) -> Improvement:
    """What comes of asking the model about all of them."""
    desk = _desk(claim, new, llm)
    by_batch = claim.tier == 2 and settings.TIER2_BATCH and isinstance(llm, BatchLLM)
    if by_batch:
        try:
            _through_batch(desk)
        except ExtractionError as error:
            return Improvement((), left=frozenset(new), stopped_by=error)
    answers = ask(desk, batch=by_batch)
    if refusal := _refusal_of_all(answers):
        return Improvement((), left=frozenset(new), blamed=frozenset(new), stopped_by=refusal)
    fresh = [
        improved(new[posting_id], answer, vocabulary, tier=claim.tier, usage=answers.usage[posting_id])
        for posting_id, answer in answers.answers.items()
    ]
    failures = {posting_id: _reason(problem, llm) for posting_id, problem in answers.problems.items()}
    return Improvement(fresh, failures, answers.left, answers.blamed, answers.stopped_by)


def _desk(claim: Claim, new: Mapping[int, Extracted], llm: LLM) -> Desk:
    return Desk(
        {posting_id: item.document for posting_id, item in new.items()},
        llm,
        tier=claim.tier,
        most=1 if claim.tier == 2 or claim.singly else settings.TIER1_BATCH_SIZE,
        purpose=PURPOSES[claim.tier],
        run_id=claim.run_id,
        is_paused=lambda: _is_paused(claim),
        refused_calls=claim.refused_calls,
    )


def improved(item: Extracted, answer: PostingAnswer, vocabulary: Vocabulary, *, tier: int, usage: Usage | None = None) -> Extracted:
    """The posting's record with what of an answer its own words back."""
    stated = stated_by(answer, item.document, vocabulary)
    result = merge(item.result, stated, item.document, tier=tier, usage=usage or Usage())
    details = result.details.model_copy(update={"answer": answer.model_dump(mode="json")})
    return replace(item, result=replace(result, details=details))


def _parsed(answers: Mapping[int, Mapping[str, Any]]) -> dict[int, PostingAnswer]:
    return {posting_id: PostingAnswer.model_validate(answer) for posting_id, answer in answers.items()}


def _refusal_of_all(answers: Answers) -> ProviderError | None:
    """The provider takes no prompt at all (a key was withdrawn, a model deleted): the work waits, it is not the postings' fault."""
    if answers.answers or answers.stopped_by or not answers.problems or any(problem.invalid for problem in answers.problems.values()):
        return None
    return ProviderError(next(iter(answers.problems.values())).text, retryable=True)


def _reason(problem: Problem, llm: LLM) -> str:
    return f"{INVALID_OUTPUT} from {llm.name} {llm.model}: {problem.text}" if problem.invalid else problem.text


def wait_after(error: Exception | None, attempt: int) -> timedelta:
    """How long work waits that this error stopped at its `attempt`: as long as the server asks, never less than the schedule."""
    if isinstance(error, ProviderError):
        schedule = min(_FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S)
        return timedelta(seconds=max(schedule, error.retry_after or 0.0))
    return WAITS.get(type(error), SPEND_CAP_WAIT)


def _is_paused(claim: Claim) -> bool:
    return claim.run_id is not None and Run.objects.filter(pk=claim.run_id, state=Run.State.PAUSED).exists()


@contextmanager
def kept(claim: Claim) -> Iterator[None]:
    """Hold a claim for as long as its calls take: they take minutes, its lease half of one."""
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(claim, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(claim: Claim, done: threading.Event) -> None:
    while not done.wait(LEASE.total_seconds() / 3):
        try:
            claim_renew(claim)
        except DatabaseError as error:  # the database is away: the next renewal may be in time
            log.warning("extraction.lease_not_renewed", detail=str(error))
        finally:
            connection.close()


def _improvable(claim: Claim, extracted: Sequence[Extracted], vocabulary: Vocabulary) -> dict[int, Extracted]:
    """Those whose standing record is of this content and of no higher tier; for tier 2 with what tier 1 answered merged in."""
    standing = standing_now([item.row.pk for item in extracted])
    current: dict[int, Extracted] = {}
    for item in extracted:
        known = standing.get(item.row.pk)
        if known is not None and known.content_hash == item.row.content_hash and known.tier <= claim.tier:
            current[item.row.pk] = item
    if claim.tier > 1:
        below = _parsed(stored_answers({pk: item.row.content_hash for pk, item in current.items()}, tier=1))
        current |= {posting_id: improved(current[posting_id], answer, vocabulary, tier=1) for posting_id, answer in below.items()}
    return current


def _through_batch(desk: Desk) -> None:
    """Have the batch interface answer what the work begins with. Raises BatchPending until it has, ProviderError and SpendCapReached."""
    llm = desk.llm
    assert isinstance(llm, BatchLLM)
    calls = {prompt_hash(item.prompt): item for item in desk.first_calls()}
    sent = LLMCall.objects.filter(provider=llm.name, model=llm.model, prompt_hash__in=calls).exclude(batch_id="")
    under_way = set(sent.filter(state=LLMCall.State.SENT).values_list("batch_id", flat=True))
    if BatchState.RUNNING in [batch_collect(llm, batch_id) for batch_id in sorted(under_way)]:
        raise BatchPending(f"{len(under_way)} batches of {llm.name} are under way")
    # What came back as an error is not sent in a batch again: it is asked directly.
    known = set(sent.values_list("prompt_hash", flat=True))
    if count := batch_send(llm, [item for key, item in calls.items() if key not in known], purpose=desk.purpose, run_id=desk.run_id):
        raise BatchPending(f"a batch of {count:,} prompts was sent to {llm.name}")
