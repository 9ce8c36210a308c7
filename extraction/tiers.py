"""Tiers 1 and 2 at work: which model, what waits for it, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.core.cache import cache

from extraction import services
from extraction.errors import ProviderError, SpendCapReached
from extraction.improve import identity_for, wait_after
from extraction.llm.llms import Choice, choose, is_on
from extraction.providers.llm import LLM
from extraction.services import Improved
from extraction.tier_queue import tier1_fill, tier2_fill

# A worker that found no model or no work lets the next tasks be for a while: looking costs a probe and a query over all postings.
REST_WITHOUT_MODEL = timedelta(seconds=30)
REST_WITHOUT_WORK = timedelta(seconds=10)
REST_AT_CAP = timedelta(seconds=60)
_REST = "extraction:rest:tier{}"
_SAID = "extraction:said:tier{}"

log = structlog.get_logger(__name__)


def rests(tier: int) -> bool:
    """Whether a worker found just now that there is nothing to do."""
    return cache.get(_REST.format(tier)) is not None


def tier_fill(*, llm: LLM, tier: int) -> int:
    """Queue what waits for this model; how many postings."""
    identity = identity_for(llm, tier, services.rules_provider())
    if tier == 1:
        return tier1_fill(identity)
    return tier2_fill(identity, after_tier1=is_on(1) and choose(1).llm is not None)


def tier_work(*, tier: int, seconds: float | None = None, keep_going: Callable[[], bool] = lambda: True) -> Improved:
    """Queue and work off what waits for a tier, as its model can be used now; rests when there is nothing to do."""
    choice = choose(tier)
    _say(choice)
    if choice.llm is None or not choice.ready:
        _rest(tier, REST_WITHOUT_MODEL)
        return Improved(0)
    tier_fill(llm=choice.llm, tier=tier)
    improved = services.pending_improve(tier=tier, llm=choice.llm, seconds=seconds, keep_going=keep_going)
    if (rest := _rest_after(improved)) is not None:
        _rest(tier, rest)
    return improved


def _rest_after(improved: Improved) -> timedelta | None:
    """How long no worker need look again; as long as a busy server asks. None: there may be more to do right now."""
    if isinstance(improved.stopped_by, SpendCapReached):
        return REST_AT_CAP
    if isinstance(improved.stopped_by, ProviderError):
        return wait_after(improved.stopped_by, attempt=1)
    return None if improved.done else REST_WITHOUT_WORK


def _rest(tier: int, time: timedelta) -> None:
    cache.set(_REST.format(tier), 1, timeout=time.total_seconds())


def _say(choice: Choice) -> None:
    """Which model serves a tier, or why none: once, and again when it changes."""
    key = _SAID.format(choice.tier)
    if cache.get(key) != choice.message:
        cache.set(key, choice.message, timeout=None)
        log.info("extraction.tier", tier=choice.tier, message=choice.message)
