from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ingestion import limiter as module
from ingestion.errors import HostRestingError, LimiterUnavailableError
from ingestion.limiter import Activity, HostPolicy, Limiter

FREE = HostPolicy(at_once=5, spacing_ms=0)


@pytest.fixture
def host() -> str:
    return f"{uuid.uuid4().hex}.example:443"


async def nothing_in_flight(host: str) -> Activity:
    return Activity(0, is_recent=False)


@asynccontextmanager
async def a_limiter(in_flight: Callable[[str], Any] = nothing_in_flight) -> AsyncIterator[Limiter]:
    async with Limiter(Redis.from_url(settings.REDIS_URL), in_flight) as limiter:
        yield limiter


@asynccontextmanager
async def redis() -> AsyncIterator[Redis]:
    async with Redis.from_url(settings.REDIS_URL) as client:
        yield client


async def forget(host: str) -> None:
    """What an emptied Redis knows of the host."""
    async with redis() as client:
        await client.delete(*module.keys(host))


async def state(host: str) -> dict[str, float]:
    async with redis() as client:
        return {key.decode(): float(value) for key, value in (await client.hgetall(module.keys(host)[1])).items()}


async def test_never_more_than_allowed_over_several_limiters(host: str):
    now = most = done = 0

    async def work(limiter: Limiter) -> None:
        nonlocal now, most, done
        async with limiter.slot(host, FREE):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.002)
            now -= 1
            done += 1

    async with a_limiter() as first, a_limiter() as second, a_limiter() as third:
        await asyncio.gather(*(work(limiter) for limiter in (first, second, third) for _ in range(20)))
    assert (most, done) == (5, 60)


async def test_hosts_do_not_wait_for_each_other(host: str):
    alone = HostPolicy(1, 0)
    async with a_limiter() as limiter, limiter.slot(host, alone), limiter.slot(f"other.{host}", alone):
        pass


async def test_starts_keep_their_distance(host: str):
    starts: list[int] = []
    async with a_limiter() as limiter:

        async def work() -> None:
            async with limiter.slot(host, HostPolicy(5, 40)) as slot:
                starts.append(slot.granted_ms)

        await asyncio.gather(*(work() for _ in range(5)))
    starts.sort()
    assert all(later - earlier >= 40 for earlier, later in itertools.pairwise(starts))


async def test_a_pause_holds_for_everybody(host: str):
    async with a_limiter() as first, a_limiter() as second:
        async with first.slot(host, FREE) as slot:
            slot.pause_s = 0.15
        ended = slot.granted_ms
        async with second.slot(host, FREE) as later:
            pass
    assert later.granted_ms - ended >= 150


async def test_a_long_pause_is_not_sat_through(host: str):
    async with a_limiter() as limiter:
        async with limiter.slot(host, FREE) as slot:
            slot.pause_s = 3600
        with pytest.raises(HostRestingError, match=r"pause of 3[56]"):
            async with limiter.slot(host, FREE):
                pass


async def test_the_rate_halves_once_for_requests_sent_together_and_grows_back(host: str):
    async with a_limiter() as limiter:

        async def work(verdict: Any) -> None:
            async with limiter.slot(host, FREE) as slot:
                await asyncio.sleep(0.01)
                slot.verdict = verdict

        await asyncio.gather(*(work("slow") for _ in range(5)))
        assert (await state(host))["interval"] == 2 * module.LEAST_ADAPTIVE_INTERVAL_MS
        await work("slow")
        assert (await state(host))["interval"] == 4 * module.LEAST_ADAPTIVE_INTERVAL_MS
        await work("ok")
        assert (await state(host))["interval"] == pytest.approx(1000 / (10 + module.GROWTH_PER_S))
        await work("neutral")
        assert (await state(host))["interval"] == pytest.approx(1000 / (10 + module.GROWTH_PER_S))


async def test_growth_ends_at_the_configured_spacing(host: str):
    async with a_limiter() as limiter:
        for verdict in ("slow", *["ok"] * 3):
            async with limiter.slot(host, HostPolicy(5, 1)) as slot:
                slot.verdict = verdict
            async with redis() as client:
                await client.hset(
                    module.keys(host)[1], mapping={"interval": 25.05} if verdict == "ok" else {}
                ) if verdict == "ok" else None
        async with limiter.slot(host, HostPolicy(5, 1)) as slot:
            slot.verdict = "ok"
        assert "interval" not in await state(host)


async def test_a_killed_holder_frees_its_slot(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LEASE_S", 0.2)
    alone = HostPolicy(1, 0)
    async with a_limiter() as killed:
        await killed._acquire(host, alone)
        killed._held.clear()
        async with a_limiter() as other, other.slot(host, alone):
            pass
    assert module.RENEW_S * 3 < 8.0 <= 10.0


async def test_a_holder_that_lives_keeps_its_slot(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LEASE_S", 0.2)
    monkeypatch.setattr(module, "RENEW_S", 0.02)
    alone = HostPolicy(1, 0)
    async with a_limiter() as holder, a_limiter() as other, holder.slot(host, alone):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await other._acquire(host, alone)


async def test_an_emptied_redis_asks_the_ledger_first(host: str):
    asked: list[str] = []

    async def four(host: str) -> Activity:
        asked.append(host)
        return Activity(4, is_recent=False)

    async with a_limiter(four) as limiter:
        await forget(host)
        async with limiter.slot(host, FREE), redis() as client:
            assert await client.zcard(module.keys(host)[0]) == 5
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await limiter._acquire(host, FREE)
        async with limiter.slot(host, FREE):
            pass
    assert asked == [host]


async def test_a_slot_is_remembered_after_redis_was_emptied(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RENEW_S", 0.02)
    async with a_limiter() as limiter, limiter.slot(host, FREE), redis() as client:
        await forget(host)
        deadline = time.monotonic() + 5
        while not await client.zcard(module.keys(host)[0]) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert await client.zcard(module.keys(host)[0]) == 1
    async with redis() as client:
        assert await client.zcard(module.keys(host)[0]) == 0


async def test_without_redis_nothing_is_sent(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    async with Limiter(Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0)), nothing_in_flight) as limiter:
        with pytest.raises(LimiterUnavailableError, match="nothing is sent"):
            async with limiter.slot(host, FREE):
                pass
