"""What a run of a language model will use, before anything is sent: prompts are made and their tokens counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from django.db import transaction

from extraction.improve import claim_size
from extraction.llm.asking import Desk
from extraction.llm.call_batches import BatchItem, asked_directly
from extraction.llm.call_ledger import stored_answer
from extraction.llm.cost import Estimate, cost_of, estimate
from extraction.llm.prompt import SYSTEM
from extraction.llm.spend import Cap, caps, price_of
from extraction.llm.tokens import prompt_hash, token_bound, token_count
from extraction.models import LLMCall, PendingExtraction
from extraction.providers.llm import LLM
from extraction.services import postings_extract, rules_provider
from extraction.tiers import tier_fill

COUNTED = 500
"""Postings whose prompts are made and counted; of more than so many the rest is taken to be like these."""

LATELY = 500
"""Answered calls of the same model that say how long answers are, and how far our count is off."""


class Experience(NamedTuple):
    """What the ledger knows of a model. None where it has not answered yet.

    `ratio`: tokens of prompts as the vendor counted them, for one that we counted. `tokens_out`: of an answer about one posting.
    """

    calls: int
    ratio: float | None
    tokens_out: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Calls to come for `postings`, `counted` of which were looked at; `stored` calls are answered in the ledger already.

    `expected` is the estimate, `at_most_usd` what the cap must hold for it. `experience` says what the estimate rests on.
    """

    postings: int
    counted: int
    stored: int
    expected: Estimate
    at_most_usd: Decimal
    experience: Experience
    cap: Cap

    @property
    def fits(self) -> bool:
        """Whether all of it is expected to be done before the cap is reached."""
        return self.expected.cost_usd <= self.cap.left_usd


def tier_forecast(llm: LLM, tier: int, *, batch: bool = False) -> Forecast:
    """For everything that would be queued for the tier now; queues nothing."""
    with transaction.atomic():
        tier_fill(llm=llm, tier=tier)
        waiting = dict(PendingExtraction.objects.waiting(tier).order_by("-id").values_list("posting_id", "refused_call_id"))
        transaction.set_rollback(True)
    refused = {posting_id: call_id for posting_id, call_id in waiting.items() if call_id}
    return forecast(llm, list(waiting), tier=tier, most=1 if tier == 2 else claim_size(tier), batch=batch, refused_calls=refused)


def forecast(
    llm: LLM,
    posting_ids: Sequence[int],
    *,
    tier: int,
    most: int,
    batch: bool = False,
    system: str = SYSTEM,
    refused_calls: Mapping[int, int] = MappingProxyType({}),
) -> Forecast:
    """For these postings, `most` in a call; `system`: other instructions than the usual ones.

    `refused_calls`: by posting id, answers of calls up to this id were no good and are paid anew, also with `batch` at the full price.
    """
    looked_at = list(islice(posting_ids, COUNTED))
    extracted, _ = postings_extract(looked_at, rules_provider())
    documents = {item.row.pk: item.document for item in extracted}
    desk = Desk(
        documents, llm, tier=tier, most=most, purpose=LLMCall.Purpose.EXPERIMENT, run_id=None, system=system, refused_calls=refused_calls
    )
    calls = desk.first_calls()
    new = [item for item in calls if stored_answer(llm, item.prompt, after=desk.refused(item.posting_ids)) is None]
    direct = asked_directly(llm, new) if batch else set(map(_key, new))
    ways = [(False, [item for item in new if _key(item) in direct]), (True, [item for item in new if _key(item) not in direct])]
    scale = len(posting_ids) / len(looked_at) if looked_at else 0.0
    known = experience(llm)
    return Forecast(
        postings=len(posting_ids),
        counted=len(looked_at),
        stored=round((len(calls) - len(new)) * scale),
        expected=_sum(_expected(llm, items, known, scale, batch=through) for through, items in ways),
        at_most_usd=sum((_at_most(llm, items, scale, batch=through) for through, items in ways), Decimal(0)),
        experience=known,
        cap=min(caps(), key=lambda cap: cap.left_usd),
    )


def _key(item: BatchItem) -> str:
    return prompt_hash(item.prompt)


def _sum(parts: Iterable[Estimate]) -> Estimate:
    calls, tokens_in, tokens_out, cost_usd = zip(*map(astuple, parts), strict=True)
    return Estimate(sum(calls), sum(tokens_in), sum(tokens_out), sum(cost_usd, Decimal(0)))


def experience(llm: LLM) -> Experience:
    """From the model's last answered calls."""
    answered = LLMCall.objects.filter(provider=llm.name, model=llm.model, state=LLMCall.State.ANSWERED).order_by("-id")
    rows = list(answered.values_list("tokens_in", "tokens_in_counted", "tokens_out", "posting_ids")[:LATELY])
    counted, postings = sum(row[1] for row in rows), sum(len(row[3]) for row in rows)
    return Experience(
        len(rows),
        sum(row[0] for row in rows) / counted if counted else None,
        sum(row[2] for row in rows) / postings if postings else None,
    )


def _expected(llm: LLM, items: Sequence[BatchItem], known: Experience, scale: float, *, batch: bool) -> Estimate:
    """Without experience the longest answer that is allowed is taken for the average."""
    if not items:
        return Estimate(0, 0, 0, Decimal(0))
    tokens_in = sum(token_count(item.prompt) for item in items) * (known.ratio or 1.0)
    longest = sum(item.prompt.max_tokens for item in items)
    tokens_out = longest if known.tokens_out is None else known.tokens_out * sum(len(item.posting_ids) for item in items)
    count = len(items)
    return estimate(
        price_of(llm), calls=round(count * scale), average_in=tokens_in / count, average_out=min(tokens_out, longest) / count, batch=batch
    )


def _at_most(llm: LLM, items: Sequence[BatchItem], scale: float, *, batch: bool) -> Decimal:
    tokens_in, tokens_out = sum(token_bound(item.prompt) for item in items), sum(item.prompt.max_tokens for item in items)
    return cost_of(price_of(llm), tokens_in=round(tokens_in * scale), tokens_out=round(tokens_out * scale), batch=batch)
