"""Extraction tasks on their queues. Filling a queue twice is harmless: a task that finds nothing free ends at once."""

from __future__ import annotations

import math

import django_rq
from django.conf import settings
from django.utils import timezone

from extraction import tasks, tiers
from extraction.llm.llms import TIERS, is_on
from extraction.models import PendingExtraction
from extraction.services import BATCH


def tasks_enqueue(*, tier: int = 0, most: int = 8) -> int:
    """Put as many tasks on the tier's queue as its waiting postings can use, at most `most`; how many were put."""
    waiting = PendingExtraction.objects.claimable(tier, timezone.now()).count()
    queue = django_rq.get_queue(settings.EXTRACT_QUEUES[tier])
    missing = min(most, math.ceil(waiting / BATCH)) - queue.count
    for _ in range(missing):
        queue.enqueue(tasks.extract_pending, tier, result_ttl=60, failure_ttl=3600)
    return max(0, missing)


def tiers_enqueue() -> int:
    """Put a task on the queue of each language model's tier for every worker that it may have; how many were put.

    Nothing is put for a tier that is off, or whose last task found nothing to do just now.
    """
    return sum(_tier_enqueue(tier) for tier in TIERS if is_on(tier) and not tiers.rests(tier))


def _tier_enqueue(tier: int) -> int:
    queue = django_rq.get_queue(settings.EXTRACT_QUEUES[tier])
    missing = settings.LLM_WORKERS[tier] - queue.count
    for _ in range(missing):
        queue.enqueue(tasks.improve_pending, tier, result_ttl=60, failure_ttl=3600)
    return max(0, missing)
