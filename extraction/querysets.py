"""Reads of extraction's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from ingestion.models import Run

# A lease that ends later was given by a clock that has been put back since.
FURTHEST_LEASE = timedelta(minutes=5)

if TYPE_CHECKING:
    from extraction.models import LLMCall, PendingExtraction  # noqa: F401


class PendingExtractionQuerySet(QuerySet["PendingExtraction"]):
    def waiting(self, tier: int) -> PendingExtractionQuerySet:
        return self.filter(tier=tier, state="waiting")

    def claimable(self, tier: int, now: datetime) -> PendingExtractionQuerySet:
        """Waiting and leased by nobody, or by somebody whose lease is over: for tier 0 in the order in which they came, else newest first.

        What a paused run brought waits until it goes on.
        """
        is_free = Q(lease_until=None) | Q(lease_until__lt=now)
        if tier == 0:  # the others may wait for as long as a server asks
            is_free |= Q(lease_until__gt=now + FURTHEST_LEASE)
        free = self.waiting(tier).filter(is_free)
        paused = Run.objects.filter(state=Run.State.PAUSED).values("pk")
        return free.exclude(run_id__in=paused).order_by("id" if tier == 0 else "-id")

    def dead(self) -> PendingExtractionQuerySet:
        return self.filter(state="dead")


class Spending(NamedTuple):
    """US dollars: what ended calls cost, and the most that calls under way may still cost."""

    spent_usd: Decimal
    held_usd: Decimal


class Usage(NamedTuple):
    """Calls of one group and what they used. `group`: the values of what was grouped by. `lost_usd`: what lost calls may have cost."""

    group: tuple[Any, ...]
    calls: int
    answered: int
    failed: int
    lost: int
    tokens_in: int
    tokens_out: int
    cost_usd: Decimal
    lost_usd: Decimal


class LLMCallQuerySet(QuerySet["LLMCall"]):
    def answered(self, provider: str, model: str, prompt_hash: str) -> LLMCallQuerySet:
        """Stored answers to the same words, the newest first: there are several only where the one before was no good."""
        same = self.filter(provider=provider, model=model, prompt_hash=prompt_hash)
        return same.filter(state="answered").order_by("-id")

    def last_ended_id(self) -> int | None:
        """Of the newest call whose end is known; ids order calls whichever machines made them, which their clocks do not."""
        return self.made().exclude(state="sent").order_by("-id").values_list("id", flat=True).first()

    def under_way(self) -> LLMCallQuerySet:
        return self.filter(state="sent")

    def made(self) -> LLMCallQuerySet:
        """What left or was about to, without what waits for the spend cap."""
        return self.exclude(state="parked")

    def parked(self) -> LLMCallQuerySet:
        return self.filter(state="parked")

    def same_words(self, call: LLMCall) -> LLMCallQuerySet:
        return self.filter(provider=call.provider, model=call.model, prompt_hash=call.prompt_hash)

    def spending(self) -> Spending:
        held = Q(state="sent")
        sums = self.aggregate(
            spent=Sum("cost_usd", filter=~held, default=Decimal(0)), held=Sum("at_most_usd", filter=held, default=Decimal(0))
        )
        return Spending(sums["spent"], sums["held"])

    def usage(self, *by: str) -> list[Usage]:
        """What was used, grouped by fields of the call or by `day` (UTC), in the order of the groups."""
        grouped = self.made().annotate(day=TruncDate("started_at")).order_by().values(*by)
        return [_usage(row, by) for row in grouped.annotate(**_USAGE).order_by(*by)]

    def usage_in_all(self) -> Usage:
        return _usage(self.made().aggregate(**_USAGE), ())


_LOST = Q(state="lost")
_USAGE: Mapping[str, Any] = {
    "n": Count("pk"),
    "n_answered": Count("pk", filter=Q(state="answered")),
    "n_failed": Count("pk", filter=Q(state="failed")),
    "n_lost": Count("pk", filter=_LOST),
    "sum_in": Sum("tokens_in", default=0),
    "sum_out": Sum("tokens_out", default=0),
    "sum_usd": Sum("cost_usd", default=Decimal(0)),
    "sum_lost": Sum("at_most_usd", filter=_LOST, default=Decimal(0)),
}


def _usage(row: Mapping[str, Any], by: Sequence[str]) -> Usage:
    return Usage(tuple(row[name] for name in by), *(row[name] for name in _USAGE))
