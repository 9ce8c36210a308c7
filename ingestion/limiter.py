"""The central limiter: requests at once per host over all workers and machines, spacing, pauses, adaptive rate.

State lives in Redis under the host's `host:port`, changed only by the scripts in `lua/`, on Redis' own clock. A slot is a
short lease that its holder renews, so a killed worker gives it back within LEASE_S. An emptied Redis is noticed:
the requests that the ledger knows to be under way hold their slots until their owners have renewed.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ingestion.errors import HostRestingError, LimiterUnavailableError

LEASE_S = 8.0
RENEW_S = 2.0
POLL_S = 0.008
# A worker does not sit through longer pauses: it gives its sources back and they are claimed again later.
LONGEST_PAUSE_S = 120.0
# How long a worker waits for a Redis that does not answer (a restart takes a second).
PATIENCE_S = 60.0
LEAST_ADAPTIVE_INTERVAL_MS = 25
GREATEST_INTERVAL_MS = 60_000
GROWTH_PER_S = 1.0

log = structlog.get_logger(__name__)

Verdict = Literal["ok", "slow", "neutral"]


@dataclass(frozen=True)
class HostPolicy:
    """How a host is treated: at most `at_once` requests at a time, starts at least `spacing_ms` apart."""

    at_once: int
    spacing_ms: int


@dataclass
class Slot:
    """A slot in use. Its holder says at the end how the host answered."""

    host: str
    token: str
    granted_ms: int
    verdict: Verdict = "neutral"
    pause_s: float = 0.0


class Limiter:
    """One per event loop. `in_flight(host)` tells how many requests the ledger knows to be under way."""

    def __init__(self, redis: Redis, in_flight: Callable[[str], Awaitable[int]]) -> None:
        self._redis = redis
        self._in_flight = in_flight
        self._held: dict[str, set[str]] = defaultdict(set)
        self._doors: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._scripts = {name: redis.register_script(_lua(name)) for name in ("acquire", "open", "release", "renew")}
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew_for_ever())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._renewing:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        await self._redis.aclose()

    @asynccontextmanager
    async def slot(self, host: str, policy: HostPolicy) -> AsyncIterator[Slot]:
        """Wait for a slot and hold it. Raises HostRestingError and LimiterUnavailableError."""
        # Only as many as could be served at once ask Redis; the others of this process wait here, for nothing.
        door = self._doors.setdefault((host, policy.at_once), asyncio.Semaphore(policy.at_once))
        async with door:
            slot = await self._acquire(host, policy)
            try:
                yield slot
            finally:
                await self._release(slot, policy)

    async def _acquire(self, host: str, policy: HostPolicy) -> Slot:
        token = uuid.uuid4().hex
        while True:
            wait_ms, now_ms = await self._call("acquire", host, token, policy.at_once, policy.spacing_ms, int(LEASE_S * 1000))
            if wait_ms == 0:
                self._held[host].add(token)
                return Slot(host, token, now_ms)
            if wait_ms == -2:
                await self._open(host)
                continue
            if wait_ms > LONGEST_PAUSE_S * 1000:
                raise HostRestingError(host, wait_ms / 1000)
            await asyncio.sleep(wait_ms / 1000 if wait_ms > 0 else POLL_S * random.uniform(0.5, 1.5))

    async def _open(self, host: str) -> None:
        await self._call("open", host, await self._in_flight(host), int(LEASE_S * 1000))

    async def _release(self, slot: Slot, policy: HostPolicy) -> None:
        self._held[slot.host].discard(slot.token)
        least = max(policy.spacing_ms, LEAST_ADAPTIVE_INTERVAL_MS)
        arguments = (slot.token, slot.verdict, slot.granted_ms, int(slot.pause_s * 1000), least, GREATEST_INTERVAL_MS, GROWTH_PER_S)
        try:
            await self._call("release", slot.host, *arguments)
        except LimiterUnavailableError:
            log.warning("slot not given back, its lease will end", host=slot.host)

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for host, tokens in list(self._held.items()):
                held = sorted(tokens)
                if held:
                    await self._renew(host, held)

    async def _renew(self, host: str, held: list[str]) -> None:
        with suppress(LimiterUnavailableError):
            await self._call("renew", host, int(LEASE_S * 1000), *held)
            # Given back while the renewal was under way: it must not stay.
            if gone := [token for token in held if token not in self._held[host]]:
                await self._redis.zrem(_keys(host)[0], *gone)

    async def _call(self, script: str, host: str, *arguments: Any) -> Any:
        """One script call; a Redis that restarts is waited for. Raises LimiterUnavailableError."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await self._scripts[script](keys=list(_keys(host)), args=list(arguments))
            except (RedisConnectionError, RedisTimeoutError, BusyLoadingError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise LimiterUnavailableError(f"Redis does not answer ({error}): nothing is sent without the limiter") from error
                await asyncio.sleep(0.25)
            except RedisError as error:
                raise LimiterUnavailableError(f"Redis refused the limiter's script: {error}") from error


def _keys(host: str) -> tuple[str, str]:
    return f"limiter:{{{host}}}:leases", f"limiter:{{{host}}}:state"


def _lua(name: str) -> str:
    return (Path(__file__).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8")
