"""When a request is tried again and how long that waits (spec F2). Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIES = 5
RETRIED_STATUSES = frozenset({429, 500, 501, 502, 503, 504})
SLOW_DOWN_STATUSES = frozenset({429, 503})
JITTER = 0.25
# A server that asks for a longer pause is mistaken; a day is what the limiter keeps in mind.
LONGEST_RETRY_AFTER_S = 86_400.0


def schedule_s(retry: int, unit_s: float) -> float:
    """The least wait before retry 1, 2, ... in seconds: the unit, doubled each time (2, 4, 8, 16, 32 for a unit of 2)."""
    return unit_s * float(2 ** (retry - 1))


def schedule_text(unit_s: float) -> str:
    """All waits of the schedule: "2, 4, 8, 16, 32 s" for a unit of 2."""
    return ", ".join(f"{schedule_s(retry, unit_s):g}" for retry in range(1, RETRIES + 1)) + " s"


def wait_s(retry: int, unit_s: float, retry_after_s: float, luck: float) -> float:
    """The wait before retry 1, 2, ...; `luck` in [0, 1) spreads workers that failed together. Retry-After is never undercut."""
    return max(schedule_s(retry, unit_s) * (1 + JITTER * luck), retry_after_s)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that `Retry-After` asks for, as a number or as a date, a day at most; 0 when it says nothing that can be read."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return 0.0
    try:
        asked = float(value) if value.replace(".", "", 1).isdigit() else _until(value, now)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(0.0, asked), LONGEST_RETRY_AFTER_S)


def _until(value: str, now: datetime) -> float:
    moment = parsedate_to_datetime(value)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
