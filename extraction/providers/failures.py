"""Failures of vendors, told apart the same way for all of them: what a status means, and what an operator should do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from extraction.errors import ProviderError

OVERLOADED = 529
"""Anthropic's own status: everybody's requests are too many, not only ours."""

RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504, OVERLOADED})
_DETAIL_CHARS = 300
_SECONDS = re.compile(r"-?\d{1,9}(\.\d{1,9})?")
_LONGEST_WAIT_S = 86_400.0

_ADVICE: Mapping[int, str] = {
    401: "the key is missing or wrong: set {key}",
    403: "the key may not do this: check {key} and what its account may use",
    404: "no such model or address: check the model's name and {url}",
    413: "the prompt is too large for it: lower the batch size",
    429: "it asks to slow down",
    503: "it is busy",
    OVERLOADED: "it is overloaded",
}
_OUT_OF_CREDIT = ("insufficient_quota", "billing_error", "credit balance is too low")


def refused(name: str, status: int, body: str, headers: Mapping[str, str]) -> ProviderError:
    """The error of an HTTP answer that is no success. `name` is the provider's; its settings are named after it."""
    prefix = name.upper()
    advice = _ADVICE.get(status, "").format(key=f"{prefix}_API_KEY", url=f"{prefix}_BASE_URL")
    retryable = status in RETRYABLE
    if any(sign in body for sign in _OUT_OF_CREDIT):
        advice, retryable = "the account has no credit left: add some, or switch the provider off", False
    text = ": ".join(part for part in (f"{name} answered {status}", advice, shortened(body)) if part)
    return ProviderError(text, retryable=retryable, retry_after=retry_after(headers))


def unreachable(name: str, base_url: str, reason: str) -> ProviderError:
    """No connection, or one that broke."""
    return ProviderError(f"{name} at {base_url} does not answer ({reason}): start it, or check {name.upper()}_BASE_URL", retryable=True)


def too_slow(name: str, base_url: str, timeout_s: float) -> ProviderError:
    return ProviderError(f"{name} at {base_url} sent nothing for {timeout_s:g} s", retryable=True)


def unreadable(name: str, body: str, reason: str) -> ProviderError:
    """A success by its status, whose body is not what the vendor documents: broken off, or from another kind of server."""
    return ProviderError(f"{name} answered what cannot be read ({shortened(reason)}): {shortened(body)}", retryable=True)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `Retry-After` (RFC 9110, 10.2.3: seconds or a date), a day at most; None when absent or not understood."""
    value = headers.get("retry-after", "").strip()
    seconds = float(value) if _SECONDS.fullmatch(value) else _seconds_until(value)
    return None if seconds is None else min(max(0.0, seconds), _LONGEST_WAIT_S)


def _seconds_until(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def shortened(value: Any) -> str:
    """One line of at most 300 characters, for messages."""
    line = " ".join(str(value).split())
    return line if len(line) <= _DETAIL_CHARS else f"{line[:_DETAIL_CHARS]}..."
