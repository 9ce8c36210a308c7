"""Counts that are exact up to a cap, and say so beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

CAP = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match: all of them, or `value` is a lower bound."""

    value: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.value:,}" if self.is_exact else f"{self.value:,}+"


def capped_count(queryset: QuerySet[Any, Any], cap: int = CAP) -> Count:
    """Count without looking at more than `cap` + 1 rows."""
    found = queryset.order_by().values("pk")[: cap + 1].count()
    return Count(value=min(found, cap), is_exact=found <= cap)
