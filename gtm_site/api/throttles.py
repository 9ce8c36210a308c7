"""How many requests one caller may make. Counted in Redis, so that the limit holds over all web processes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import structlog
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from gtm_site.windows import window_count

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller may ask in a window, what is left of it, and when the next begins (seconds since 1970)."""

    limit: int
    left: int
    resets_at: int


class WindowThrottle(SimpleRateThrottle):
    """At most `rate` requests in each whole minute (hour, day) of the clock.

    One counter per caller and window, instead of DRF's list of timestamps, which costs more than the answers it
    guards. Known limit: a caller may spend two windows' allowance around a window's edge.
    """

    # Set by the base class from `rate`.
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = self.get_cache_key(request, view)
        if caller is None or self.rate is None:
            return True
        self.now = time.time()
        window = int(self.now // self.duration)
        count = self._count(f"{caller}:{window}")
        if count:
            left = max(0, self.num_requests - count)
            request._request.allowance = Allowance(self.num_requests, left, (window + 1) * self.duration)  # type: ignore[attr-defined]
        return count <= self.num_requests

    def wait(self) -> float:
        """Seconds to the next window, at least one."""
        return max(1.0, self.duration - self.now % self.duration)

    def _count(self, key: str) -> int:
        """Requests of this caller in this window, with this one; 0 where nobody counts."""
        try:
            return window_count(key, self.duration)
        except RedisError as error:  # reading jobs must not stop because the counter is away: /health/redis tells
            log.warning("throttle_unavailable", error=str(error))
            return 0


class TokenThrottle(WindowThrottle):
    """For callers with a token or a session: counted by user."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        user = request.user
        return f"throttle:token:{user.pk}" if user and user.is_authenticated else None


class AnonymousThrottle(WindowThrottle):
    """For everybody else: counted by address."""

    scope = "anon"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        user = request.user
        return None if user and user.is_authenticated else f"throttle:anon:{self.get_ident(request)}"
