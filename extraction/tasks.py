"""RQ tasks of extraction: each takes ids and calls one service."""

from __future__ import annotations

from extraction import services, tiers

# A task gives way after this long, so that a pause or a new release is never more than a minute away.
TASK_SECONDS = 60.0


def extract_pending(tier: int) -> int:
    """Work off what waits for `tier`; postings done."""
    return services.pending_extract(tier=tier, seconds=TASK_SECONDS)


def improve_pending(tier: int) -> int:
    """Work off what waits for the language model of tier 1 or 2; postings done."""
    return tiers.tier_work(tier=tier, seconds=TASK_SECONDS).done


def dead_letter_retry(posting_id: int) -> int:
    """Mirrored on `dlq.extract`; a worker does this only when an operator moves the task to a queue that is listened to."""
    return services.dead_retry(posting_ids=[posting_id])
