"""The cost page: what language models have cost and used, what the caps leave, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from extraction.llm.spend import caps
from extraction.models import LLMCall, PendingExtraction
from extraction.querysets import Usage

DAYS = 30
CALLS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a breakdown, with its share of the dearest line (0 to 100, for a bar)."""

    usage: Usage
    share: float


@require_safe
def cost(request: HttpRequest) -> HttpResponse:
    """Spend by day and by model, tokens, caps and parked work, over the last 30 days and in all."""
    now = timezone.now()
    calls = LLMCall.objects.all()
    lately = calls.filter(started_at__gte=now - timedelta(days=DAYS))
    context = {
        "section": "cost",
        "days_shown": DAYS,
        "caps": caps(now=now),
        "prices": sorted(settings.LLM_PRICES.items()),
        "tier2_provider": settings.TIER2_PROVIDER,
        "periods": _periods(now),
        "days": _parts(list(reversed(lately.usage("day")))),
        "groups": _parts(lately.usage("provider", "model", "purpose")),
        "purposes": dict(LLMCall.Purpose.choices),
        "calls": calls.order_by("-id")[:CALLS_SHOWN],
        "parked": _parked(),
        "waiting": PendingExtraction.objects.waiting(2).count(),
        "under_way": calls.under_way().count(),
    }
    return render(request, "extraction/cost.html", context)


def _periods(now: datetime) -> Sequence[tuple[str, Usage]]:
    """Today, the days shown, and since the ledger began."""
    calls = LLMCall.objects.all()
    today = calls.filter(started_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0))
    lately = calls.filter(started_at__gte=now - timedelta(days=DAYS))
    return [("Today", today.usage_in_all()), (f"Last {DAYS} days", lately.usage_in_all()), ("In all", calls.usage_in_all())]


def _parts(usages: Sequence[Usage]) -> list[Part]:
    dearest = max((usage.cost_usd for usage in usages), default=Decimal(0))
    return [Part(usage, float(100 * usage.cost_usd / dearest) if dearest else 0.0) for usage in usages]


def _parked() -> LLMCall | None:
    """The refused call that stands at the end of the ledger of paid calls: as long as it is the last, work waits for the cap."""
    last = LLMCall.objects.filter(at_most_usd__gt=0).order_by("-started_at", "-id").first()
    return last if last and last.state == LLMCall.State.PARKED else None
