"""The hard spend cap: a call is sent only when the most that it can cost fits under it, whatever other workers do meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

from extraction import locks
from extraction.errors import SpendCapReached
from extraction.llm.cost import FREE, Price
from extraction.models import LLMCall
from extraction.providers.llm import LLM

LOST_AFTER = 1.5
"""Times the longest timeout: who has not booked the end of a call by then is dead, and what it held is free again."""


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit and how far it is used, in US dollars. `held_usd`: the most that calls under way may still cost."""

    setting: str
    scope: str
    limit_usd: Decimal
    spent_usd: Decimal
    held_usd: Decimal

    @property
    def left_usd(self) -> Decimal:
        return max(Decimal(0), self.limit_usd - self.used_usd)

    @property
    def used_usd(self) -> Decimal:
        return self.spent_usd + self.held_usd

    @property
    def used_percent(self) -> float:
        return float(min(100 * self.used_usd / self.limit_usd, Decimal(100))) if self.limit_usd else 100.0

    def check(self, at_most_usd: Decimal) -> None:
        """Raise SpendCapReached when a call that may cost so much does not fit."""
        if at_most_usd > self.left_usd:
            raise SpendCapReached(
                f"{self.setting}={self.limit_usd:.2f} ({self.scope}) is used up: {self.spent_usd:.4f} USD spent, {self.held_usd:.4f} held"
                f" by calls under way, and the next may cost up to {at_most_usd:.4f}. The work waits; raise {self.setting} and it goes on"
            )


def price_of(llm: LLM) -> Price:
    """Its price by the settings; a model that needs no key is one's own and free. Raises ImproperlyConfigured for a paid one without."""
    if prices := settings.LLM_PRICES.get(llm.name):
        return Price(*prices)
    if llm.needs_key:
        name = llm.name.upper()
        raise ImproperlyConfigured(
            f"set {name}_PRICE_IN_USD and {name}_PRICE_OUT_USD: without a price calls cannot be held under the spend cap"
        )
    return FREE


def caps(*, run_id: uuid.UUID | None = None, now: datetime | None = None) -> list[Cap]:
    """The caps that are set, as they stand now; that of a run only when one is named."""
    return list(_caps(run_id, now or timezone.now()))


def tightest_cap(*, run_id: uuid.UUID | None) -> Cap:
    """Inside the transaction that adds calls: from here to its end nobody else takes from what is left.

    Known limit: adds up the whole ledger under the lock, about 10 ms per 100,000 calls; a paid call takes seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.SPEND])
    return min(caps(run_id=run_id), key=lambda cap: cap.left_usd)


def lost_after() -> timedelta:
    return timedelta(seconds=LOST_AFTER * max(settings.TIER1_TIMEOUT_S, settings.TIER2_TIMEOUT_S))


def lost_release(*, now: datetime | None = None) -> int:
    """Give up calls whose worker died before it could book them; how many."""
    at = now or timezone.now()
    dead = LLMCall.objects.under_way().filter(batch_id="", started_at__lt=at - lost_after())
    return dead.update(state=LLMCall.State.LOST, ended_at=at, error="its worker was lost; the vendor may have charged for it")


def _caps(run_id: uuid.UUID | None, now: datetime) -> Iterator[Cap]:
    calls = LLMCall.objects.all()
    yield Cap("LLM_SPEND_CAP_USD", "in all", settings.LLM_SPEND_CAP_USD, *calls.spending())
    if (limit := settings.LLM_SPEND_CAP_DAY_USD) is not None:
        today = calls.filter(started_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0))
        yield Cap("LLM_SPEND_CAP_DAY_USD", "a day, UTC", limit, *today.spending())
    if run_id and (limit := settings.LLM_SPEND_CAP_RUN_USD) is not None:
        yield Cap("LLM_SPEND_CAP_RUN_USD", "a run", limit, *calls.filter(run_id=run_id).spending())
