"""The central limiter: requests at once per host over all workers and machines, spacing, pauses, adaptive rate, circuit breaker.

State lives in Redis under the host's `host:port`, changed only by the scripts in `lua/`, on Redis' own clock. A slot is a
short lease that its holder renews, so a killed worker gives it back within LEASE_S. An emptied Redis is noticed:
the requests that the ledger knows to be under way hold their slots until their owners have renewed.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import structlog
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ingestion.errors import HostRestingError, LimiterUnavailableError
from ingestion.politeness.redis_calls import RedisCalls, Script

LEASE_S = 8.0
RENEW_S = 2.0
POLL_S = 0.008
# A pause may end early (an emptied Redis knows of none): whoever waits for longer asks again meanwhile.
ASK_AGAIN_S = 2.0
# After Redis was emptied under way: in this time every living worker has renewed what it holds.
HOLD_S = RENEW_S + 1.0
# A worker that reads boards does not sit through longer pauses: it gives its sources back and they are claimed again later.
LONGEST_PAUSE_S = 120.0
# How long one question to Redis may take, and how long a worker waits for a Redis that does not answer (a restart takes a second).
ANSWER_S = 10.0
PATIENCE_S = 60.0
# A breaker that opens again and again stays open longer, up to so many times its first time.
OPEN_AT_MOST = 4
LEAST_ADAPTIVE_INTERVAL_MS = 25
GREATEST_INTERVAL_MS = 60_000
GROWTH_PER_S = 1.0

log = structlog.get_logger(__name__)

Verdict = Literal["ok", "slow", "neutral"]
Health = Literal["up", "down", "unknown"]


@dataclass(frozen=True)
class HostPolicy:
    """How a host is treated: at most `at_once` requests at a time, starts at least `spacing_ms` apart.

    When `breaker_failures` different subjects have failed in a row, nothing is sent for `breaker_open_s`, then one request
    finds out; as long as it fails the time doubles, up to four times the first. Nobody sits through a pause longer than
    `patience_s`.
    """

    at_once: int
    spacing_ms: int
    breaker_failures: int = 10
    breaker_open_s: float = 30.0
    patience_s: float = LONGEST_PAUSE_S


class Activity(NamedTuple):
    """What the ledger knows of a host: requests under way, whether others may be, the end of a pause it asked for (epoch ms)."""

    in_flight: int
    is_recent: bool
    paused_until_ms: int = 0


@dataclass
class Slot:
    """A slot in use, on Redis' clock. Its holder says at the end how the host answered; `subject` names what was asked for."""

    host: str
    subject: str
    token: str
    granted_ms: int
    held_until: float
    """End of the lease on this process' monotonic clock, as far as it is known to be renewed."""
    granted: float = field(default_factory=time.monotonic)
    """When the grant was heard of, on the same clock."""
    verdict: Verdict = "neutral"
    health: Health = "unknown"
    pause_s: float = 0.0
    ended_ms: int = 0
    rests_s: float | None = None
    """Set with the end while the host's circuit breaker is not closed: seconds until it lets one request through."""

    @property
    def granted_at(self) -> datetime:
        return _moment(self.granted_ms)

    @property
    def ended_at(self) -> datetime:
        return _moment(self.ended_ms)

    @property
    def is_held(self) -> bool:
        """Not so after the whole process stood still (suspended, swapped out) for longer than a lease."""
        return time.monotonic() < self.held_until


class Limiter:
    """One per event loop, over the Redis at `url`. `activity(host)` tells what the ledger knows of the host."""

    def __init__(self, url: str, activity: Callable[[str], Awaitable[Activity]]) -> None:
        self._redis = RedisCalls(url, ANSWER_S)
        self._activity = activity
        self._held: dict[str, dict[str, Slot]] = defaultdict(dict)
        self._doors: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew_for_ever())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._renewing:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})
        await self._redis.aclose()

    @asynccontextmanager
    async def slot(self, host: str, policy: HostPolicy, subject: str = "") -> AsyncIterator[Slot]:
        """Wait for a slot and hold it. Raises HostRestingError and LimiterUnavailableError."""
        # Only as many as could be served at once ask Redis; the others of this process wait here, for nothing.
        door = self._doors.setdefault((host, policy.at_once), asyncio.Semaphore(policy.at_once))
        await door.acquire()
        try:
            slot = await self._acquire(host, policy, subject)
        except BaseException:
            door.release()
            raise
        try:
            yield slot
        finally:
            # Whoever is next asks before the end is answered: Redis hears of the end first.
            asyncio.get_running_loop().call_soon(door.release)
            await self._release(slot, policy)

    async def _acquire(self, host: str, policy: HostPolicy, subject: str = "") -> Slot:
        token = uuid.uuid4().hex
        while True:
            asked = time.monotonic()
            arguments = (token, policy.at_once, policy.spacing_ms, int(LEASE_S * 1000), GREATEST_INTERVAL_MS)
            wait_ms, now_ms, is_broken = await self._call("acquire", host, *arguments)
            if wait_ms == 0:
                slot = Slot(host, subject, token, now_ms, asked + LEASE_S)
                self._held[host][token] = slot
                return slot
            if wait_ms == -2:
                await self._open(host)
                continue
            if wait_ms > policy.patience_s * 1000:
                raise HostRestingError(host, wait_ms / 1000, is_broken=bool(is_broken))
            await asyncio.sleep(min(wait_ms / 1000, ASK_AGAIN_S) if wait_ms > 0 else POLL_S * random.uniform(0.5, 1.5))

    async def _open(self, host: str) -> None:
        activity = await self._activity(host)
        # What has just left the ledger may not know yet.
        hold_s = HOLD_S if activity.is_recent or self._held[host] else 0.0
        await self._call("open", host, activity.in_flight, int(LEASE_S * 1000), int(hold_s * 1000), activity.paused_until_ms)

    async def _release(self, slot: Slot, policy: HostPolicy) -> None:
        """Give the slot back and note the end on Redis' clock: whoever is granted it afterwards begins later than that."""
        self._held[slot.host].pop(slot.token, None)
        # What is known of the end without an answer, whether none comes or nobody waits for it.
        slot.ended_ms = slot.granted_ms + int((time.monotonic() - slot.granted) * 1000)
        rate = (max(policy.spacing_ms, LEAST_ADAPTIVE_INTERVAL_MS), GREATEST_INTERVAL_MS, GROWTH_PER_S)
        open_ms = int(policy.breaker_open_s * 1000)
        breaker = (policy.breaker_failures, open_ms, OPEN_AT_MOST * open_ms)
        told = (slot.token, slot.verdict, slot.granted_ms, int(slot.pause_s * 1000), *rate, slot.health, slot.subject, *breaker)
        try:
            slot.ended_ms, is_broken, rests_ms, event = await self._call("release", slot.host, *told)
        except LimiterUnavailableError:
            log.warning("slot not given back, its lease will end", host=slot.host)
            return
        slot.rests_s = rests_ms / 1000 if is_broken else None
        if event == 1:
            log.warning("circuit breaker open", host=slot.host, seconds=rests_ms / 1000)
        elif event == 2:
            log.info("circuit breaker closed", host=slot.host)

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for host, slots in list(self._held.items()):
                if slots:
                    await self._renew(host, sorted(slots))

    async def _renew(self, host: str, held: list[str]) -> None:
        asked = time.monotonic()
        with suppress(LimiterUnavailableError):
            await self._call("renew", host, int(LEASE_S * 1000), *held)
            # Given back while the renewal was under way: it must not stay.
            if gone := [token for token in held if token not in self._held[host]]:
                await self._answer(partial(self._redis.command, "ZREM", keys(host)[0], *gone))
            for slot in self._held[host].values():
                slot.held_until = max(slot.held_until, asked + LEASE_S) if slot.token in held else slot.held_until

    async def _call(self, script: str, host: str, *arguments: str | int | float) -> Any:
        """One script call. Raises LimiterUnavailableError."""
        return await self._answer(partial(self._redis.script, _scripts()[script], keys(host), *arguments))

    async def _answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What Redis answers; one that restarts is waited for. Raises LimiterUnavailableError."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await ask()
            except (RedisConnectionError, RedisTimeoutError, BusyLoadingError, TimeoutError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    why = str(error) or f"not within {ANSWER_S:g} s"
                    raise LimiterUnavailableError(f"Redis does not answer ({why}): nothing is sent without the limiter") from error
                await asyncio.sleep(0.25)
            except RedisError as error:
                raise LimiterUnavailableError(f"Redis refused the limiter's script: {error}") from error


def keys(host: str) -> tuple[str, str, str]:
    """Where Redis keeps what it knows of a host: leases, state, subjects that failed since the last answer."""
    return f"limiter:{{{host}}}:leases", f"limiter:{{{host}}}:state", f"limiter:{{{host}}}:failing"


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@cache
def _scripts() -> dict[str, Script]:
    return {path.stem: Script.of(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "lua").glob("*.lua")}
