"""Reads of extraction's tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from ingestion.models import Run

if TYPE_CHECKING:
    from extraction.models import CurrentExtraction, PendingExtraction  # noqa: F401


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
