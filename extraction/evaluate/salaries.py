"""Pay compared with a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from extraction.providers.base import Result


@dataclass(frozen=True, slots=True)
class Salary:
    minimum: float | None
    maximum: float | None
    currency: str
    period: str

    @classmethod
    def of_label(cls, label: Mapping[str, Any] | None, periods: Mapping[str, str]) -> Self | None:
        """None where the label says that no pay is stated."""
        if label is None:
            return None
        period = str(label["period"])
        return cls(label["min"], label["max"], label["currency"], periods.get(period, {"annual": "year"}.get(period, period)))

    def matches(self, other: Self, *, check_currency: bool, tolerance: float) -> bool:
        """Whether period, bounds (within `tolerance` units) and, if asked, currency are the same."""
        return (
            self.period == other.period
            and (self.currency == other.currency or not check_currency)
            and _near(self.minimum, other.minimum, tolerance)
            and _near(self.maximum, other.maximum, tolerance)
        )


def _near(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= tolerance + 1e-6


def stated_salary(result: Result) -> Salary | None:
    """What the provider found, in the posting's own currency and period."""
    found = result.details.salary
    return Salary(found.min, found.max, found.currency, found.period.value) if found else None
