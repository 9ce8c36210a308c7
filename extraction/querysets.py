"""Reads of extraction's tables."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q, QuerySet, Sum

from ingestion.models import Run

if TYPE_CHECKING:
    from extraction.models import CurrentExtraction, LLMCall, PendingExtraction  # noqa: F401


class PendingExtractionQuerySet(QuerySet["PendingExtraction"]):
    def waiting(self, tier: int) -> PendingExtractionQuerySet:
        return self.filter(tier=tier, state="waiting")

    def claimable(self, tier: int, now: datetime) -> PendingExtractionQuerySet:
        """Waiting and leased by nobody, or by somebody whose lease is over; in the order in which they came.

        What a paused run brought waits until it goes on.
        """
        free = self.waiting(tier).filter(Q(lease_until=None) | Q(lease_until__lt=now))
        return free.exclude(run_id__in=Run.objects.filter(state=Run.State.PAUSED).values("pk")).order_by("id")

    def dead(self) -> PendingExtractionQuerySet:
        return self.filter(state="dead")


class CurrentExtractionQuerySet(QuerySet["CurrentExtraction"]):
    def for_postings(self, posting_ids: list[int]) -> CurrentExtractionQuerySet:
        return self.filter(posting_id__in=posting_ids)


class Spending(NamedTuple):
    """US dollars: what ended calls cost, and the most that calls under way may still cost."""

    spent_usd: Decimal
    held_usd: Decimal


class LLMCallQuerySet(QuerySet["LLMCall"]):
    def answered(self, provider: str, model: str, prompt_hash: str, attempt: int) -> LLMCallQuerySet:
        """Stored answers to the same words, the oldest first: whoever asks again is told the same."""
        same = self.filter(provider=provider, model=model, prompt_hash=prompt_hash, attempt=attempt)
        return same.filter(state="answered").order_by("id")

    def under_way(self) -> LLMCallQuerySet:
        return self.filter(state="sent")

    def spending(self) -> Spending:
        held = Q(state="sent")
        sums = self.aggregate(
            spent=Sum("cost_usd", filter=~held, default=Decimal(0)), held=Sum("at_most_usd", filter=held, default=Decimal(0))
        )
        return Spending(sums["spent"], sums["held"])
