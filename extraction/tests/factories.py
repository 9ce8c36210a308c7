"""Rows for tests of extraction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from extraction.models import LLMCall


def llm_call(number: int = 1, **changes: Any) -> LLMCall:
    """An answered call of tier 2 that cost 0.0120 USD."""
    now = timezone.now()
    values = {
        "provider": "openai",
        "model": "small-1",
        "purpose": "tier2",
        "posting_ids": [number],
        "prompt_hash": f"{number:032x}",
        "state": "answered",
        "finish": "stop",
        "at_most_usd": Decimal("0.05"),
        "tokens_in": 2_000,
        "tokens_out": 500,
        "cost_usd": Decimal("0.012"),
        "started_at": now,
        "ended_at": now,
    }
    return LLMCall.objects.create(**(values | changes))
