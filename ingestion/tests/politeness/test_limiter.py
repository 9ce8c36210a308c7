from __future__ import annotations

import asyncio
import itertools
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from redis.asyncio import Redis

from ingestion.errors import HostRestingError, LimiterUnavailableError
from ingestion.politeness import limiter as module
from ingestion.politeness.limiter import Activity, HostPolicy, Limiter, Slot
from ingestion.politeness.redis_calls import RedisCalls, Script

FREE = HostPolicy(at_once=5, spacing_ms=0)


@pytest.fixture
def host() -> str:
    return f"{uuid.uuid4().hex}.example:443"


async def nothing_in_flight(host: str) -> Activity:
    return Activity(0, is_recent=False)


@asynccontextmanager
async def a_limiter(in_flight: Callable[[str], Any] = nothing_in_flight) -> AsyncIterator[Limiter]:
    async with Limiter(settings.REDIS_URL, in_flight) as limiter:
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
        return {
            key.decode(): float(value) if key != b"probe" else 0.0 for key, value in (await client.hgetall(module.keys(host)[1])).items()
        }


async def leases(host: str) -> dict[str, float]:
    """End of the lease (Redis' clock, ms) of every token."""
    async with redis() as client:
        return {token.decode(): end for token, end in await client.zrange(module.keys(host)[0], 0, -1, withscores=True)}


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
    all_sent = asyncio.Barrier(5)
    async with asyncio.timeout(60), a_limiter() as limiter:

        async def slow() -> None:
            async with limiter.slot(host, FREE) as slot:
                await all_sent.wait()
                await asyncio.sleep(0.01)  # the first ends in a later millisecond than the last began
                slot.verdict = "slow"

        await asyncio.gather(*(slow() for _ in range(5)))
        assert (await state(host))["interval"] == 2 * module.LEAST_ADAPTIVE_INTERVAL_MS
        await ask(limiter, host, verdict="slow")
        assert (await state(host))["interval"] == 4 * module.LEAST_ADAPTIVE_INTERVAL_MS
        await ask(limiter, host, verdict="ok")
        assert (await state(host))["interval"] == pytest.approx(1000 / (10 + module.GROWTH_PER_S))
        await ask(limiter, host, verdict="neutral")
        assert (await state(host))["interval"] == pytest.approx(1000 / (10 + module.GROWTH_PER_S))


async def test_growth_ends_at_the_configured_spacing(host: str):
    async with a_limiter() as limiter:
        await ask(limiter, host, verdict="slow")
        async with redis() as client:
            await client.hset(module.keys(host)[1], "interval", 25.05)
        await ask(limiter, host, verdict="ok")
        assert "interval" not in await state(host)


async def ask(limiter: Limiter, host: str, policy: HostPolicy = FREE, subject: str = "", **ended: Any) -> Slot:
    """One request that ends as the fields of Slot say."""
    async with limiter.slot(host, policy, subject) as slot:
        for name, value in ended.items():
            setattr(slot, name, value)
    return slot


BREAKER = HostPolicy(at_once=5, spacing_ms=0, breaker_failures=3, breaker_open_s=0.2)


async def fail(limiter: Limiter, host: str, *subjects: str) -> Slot:
    for subject in subjects:
        slot = await ask(limiter, host, BREAKER, subject, health="down")
    return slot


@pytest.mark.parametrize("until", ["next_at", "not_before", "open_until"])
async def test_a_part_of_a_millisecond_is_waited_for_too(host: str, until: str):
    """Redis cuts the fraction off a number that a script answers, and 0 is the answer of a grant."""
    end = (time.time() + 60) * 1000 // 1 + 0.5
    async with redis() as client:
        await client.hset(module.keys(host)[1], mapping={"opened": 1, until: end})
    async with a_limiter() as limiter:
        wait_ms, now_ms, _ = await limiter._call("acquire", host, "token", 5, 0, 1000, 60_000)
    assert now_ms + wait_ms == end + 0.5


async def test_a_slowed_host_is_next_at_a_whole_millisecond(host: str):
    async with a_limiter() as limiter:
        for _ in range(2):
            async with limiter.slot(host, HostPolicy(at_once=1, spacing_ms=0)) as slot:
                slot.verdict = "slow"
            async with redis() as client:
                await client.hset(module.keys(host)[1], mapping={"interval": 33.3, "cut_at": 0, "next_at": 0})
        async with limiter.slot(host, HostPolicy(at_once=1, spacing_ms=0)) as slot:
            slot.verdict = "slow"
    assert (await state(host))["next_at"].is_integer()


async def test_different_boards_failing_in_a_row_open_the_breaker_for_all_workers(host: str):
    async with a_limiter() as first, a_limiter() as second:
        assert (await fail(first, host, "a", "b")).rests_s is None
        opened = await fail(second, host, "c")
        assert opened.rests_s == pytest.approx(0.2)
        later = await ask(first, host, BREAKER, "d", health="up")
        assert later.granted_ms - opened.ended_ms >= 200
        assert "open_until" not in await state(host)


async def test_one_broken_board_never_opens_it(host: str):
    async with a_limiter() as limiter:
        assert (await fail(limiter, host, *["a", "b"] * 10)).rests_s is None


async def test_an_answer_in_between_begins_the_count_again(host: str):
    async with a_limiter() as limiter:
        await fail(limiter, host, "a", "b")
        await ask(limiter, host, BREAKER, "a", health="up")
        assert (await fail(limiter, host, "c", "d")).rests_s is None


async def test_what_ended_without_a_sign_of_the_host_changes_nothing(host: str):
    async with a_limiter() as limiter:
        await fail(limiter, host, "a", "b")
        await ask(limiter, host, BREAKER, "x")
        assert (await fail(limiter, host, "c")).rests_s


async def test_half_open_lets_one_request_through(host: str):
    async with a_limiter() as first, a_limiter() as second:
        await fail(first, host, "a", "b", "c")
        async with first.slot(host, BREAKER, "d") as probe:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await second._acquire(host, BREAKER)
            probe.health = "up"
        await asyncio.gather(*(ask(second, host, BREAKER, health="up") for _ in range(5)))


async def test_the_breaker_stays_open_longer_each_time_up_to_four_times(host: str):
    async with a_limiter() as limiter:
        await fail(limiter, host, "a", "b", "c")
        assert [(await fail(limiter, host, "a")).rests_s for _ in range(3)] == pytest.approx([0.4, 0.8, 0.8])


async def test_a_probe_that_is_killed_makes_room_for_another(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LEASE_S", 0.2)
    async with a_limiter() as killed, a_limiter() as other:
        await fail(killed, host, "a", "b", "c")
        await killed._acquire(host, BREAKER)
        killed._held.clear()
        async with asyncio.timeout(60):
            await ask(other, host, BREAKER, health="up")


async def test_an_emptied_redis_starts_with_a_closed_breaker(host: str):
    async with a_limiter() as limiter:
        await fail(limiter, host, "a", "b", "c")
        await forget(host)
        assert (await ask(limiter, host, BREAKER, "d", health="down")).rests_s is None


async def test_a_breaker_open_for_long_is_not_sat_through(host: str):
    policy = HostPolicy(5, 0, breaker_failures=1, breaker_open_s=200)
    async with a_limiter() as limiter:
        await ask(limiter, host, policy, "a", health="down")
        with pytest.raises(HostRestingError, match="circuit breaker") as resting:
            await ask(limiter, host, policy, "b")
    assert resting.value.is_broken


async def test_a_redis_emptied_under_way_waits_until_living_workers_have_renewed(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RENEW_S", 0.02)
    monkeypatch.setattr(module, "ASK_AGAIN_S", 0.02)
    monkeypatch.setattr(module, "HOLD_S", 0.0)

    async def busy(host: str) -> Activity:
        return Activity(0, is_recent=True)

    alone = HostPolicy(1, 0)
    async with asyncio.timeout(60), a_limiter(busy) as holder, a_limiter(busy) as other, holder.slot(host, alone) as slot:
        monkeypatch.setattr(module, "HOLD_S", 60.0)
        await forget(host)  # the ledger has not heard of the holder's request yet
        waiting = asyncio.create_task(other._acquire(host, alone))
        while "not_before" not in await state(host) or slot.token not in await leases(host):
            await asyncio.sleep(0.01)
        async with redis() as client:
            await client.hset(module.keys(host)[1], "not_before", 0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting, 0.2)


async def test_a_release_after_redis_was_emptied_does_not_open_the_host_unasked(host: str):
    asked: list[str] = []

    async def two(host: str) -> Activity:
        asked.append(host)
        return Activity(2, is_recent=False)

    async with a_limiter(two) as limiter:
        async with limiter.slot(host, FREE) as slot:
            await forget(host)
            slot.verdict, slot.pause_s = "slow", 0.2
        later = await ask(limiter, host)
    assert len(asked) == 2
    assert later.granted_ms - slot.ended_ms >= 200


async def test_a_pause_that_the_ledger_knows_outlives_an_emptied_redis(host: str):
    until = int(time.time() * 1000) + 300

    async def paused(host: str) -> Activity:
        return Activity(0, is_recent=False, paused_until_ms=until)

    async with a_limiter(paused) as limiter:
        assert (await ask(limiter, host)).granted_ms >= until


async def test_whoever_waits_for_long_hears_that_an_emptied_redis_knows_of_no_pause(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ASK_AGAIN_S", 0.05)
    async with asyncio.timeout(60), a_limiter() as limiter:
        await ask(limiter, host, pause_s=100.0)
        waiting = asyncio.create_task(ask(limiter, host))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
        await forget(host)
        await waiting


async def test_a_process_that_stood_still_does_not_hold_its_slot(host: str, monkeypatch: pytest.MonkeyPatch):
    async with a_limiter() as limiter, limiter.slot(host, FREE) as slot:
        assert slot.is_held
        awake_again = time.monotonic() + module.LEASE_S
        with monkeypatch.context() as patch:
            patch.setattr(module, "time", SimpleNamespace(monotonic=lambda: awake_again))
            assert not slot.is_held


async def test_a_killed_holder_frees_its_slot(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LEASE_S", 0.2)
    alone = HostPolicy(1, 0)
    async with asyncio.timeout(60), a_limiter() as killed:
        await killed._acquire(host, alone)
        killed._held.clear()
        async with a_limiter() as other, other.slot(host, alone):
            pass
    assert module.RENEW_S * 3 < 8.0 <= 10.0


async def test_a_holder_that_lives_keeps_its_slot(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RENEW_S", 0.02)
    alone = HostPolicy(1, 0)
    async with asyncio.timeout(60), a_limiter() as holder, a_limiter() as other, holder.slot(host, alone) as slot:
        first = (await leases(host))[slot.token]
        while (await leases(host))[slot.token] <= first:
            await asyncio.sleep(0.01)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
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
        deadline = time.monotonic() + 60
        while not await client.zcard(module.keys(host)[0]) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert await client.zcard(module.keys(host)[0]) == 1
    async with redis() as client:
        assert await client.zcard(module.keys(host)[0]) == 0


async def test_without_redis_nothing_is_sent(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    async with Limiter("unix:///nonexistent/redis.sock", nothing_in_flight) as limiter:
        with pytest.raises(LimiterUnavailableError, match="nothing is sent"):
            async with limiter.slot(host, FREE):
                pass


async def steps(number: int) -> None:
    """Let the others go on so many steps of the event loop."""
    for _ in range(number):
        await asyncio.sleep(0)


async def ended(task: asyncio.Task[Any]) -> bool:
    """Whether the task ends soon; one that does not is ended for good."""
    done, late = await asyncio.wait({task}, timeout=20)
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
    return bool(done) and not late


async def test_whoever_waits_for_a_slot_can_be_cancelled_at_any_moment(host: str):
    alone = HostPolicy(1, 0)
    async with a_limiter() as limiter, limiter.slot(host, alone):
        for number in range(60):
            waiting = asyncio.create_task(limiter._acquire(host, alone))
            await steps(number)
            waiting.cancel()
            assert await ended(waiting), f"cancelled at step {number}, it went on"
            assert waiting.cancelled()


async def test_whoever_is_cancelled_while_giving_back_has_an_end(host: str, monkeypatch: pytest.MonkeyPatch):
    releasing = asyncio.Event()
    script = RedisCalls.script

    async def hangs(self: RedisCalls, asked: Script, *rest: Any) -> Any:
        if asked is module._scripts()["release"]:
            releasing.set()
            await asyncio.Event().wait()
        return await script(self, asked, *rest)

    monkeypatch.setattr(RedisCalls, "script", hangs)
    slots: list[Slot] = []

    async def work() -> None:
        async with limiter.slot(host, FREE) as slot:
            slots.append(slot)
            slot.granted -= 20  # longer than a lease, which was renewed meanwhile
            slot.held_until += 12

    async with asyncio.timeout(30), a_limiter() as limiter:
        working = asyncio.create_task(work())
        await releasing.wait()
        working.cancel()
        assert await ended(working)
    (slot,) = slots
    assert 20_000 <= slot.ended_ms - slot.granted_ms < 50_000


async def test_a_limiter_can_be_closed_at_any_moment_of_a_renewal(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RENEW_S", 0.0)
    for number in range(30):
        limiter = await Limiter(settings.REDIS_URL, nothing_in_flight).__aenter__()
        await limiter._acquire(f"{number}.{host}", FREE)
        await steps(number)
        assert await ended(asyncio.create_task(limiter.__aexit__(None, None, None))), f"closed at step {number}, it never ended"


async def test_a_redis_that_hangs_is_not_waited_for_without_end(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ANSWER_S", 0.02)
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with Limiter(f"redis://127.0.0.1:{silent.getsockname()[1]}", nothing_in_flight) as limiter:
            with pytest.raises(LimiterUnavailableError, match=r"not within 0\.02 s"):
                await limiter._acquire(host, FREE)


async def test_the_next_of_a_process_asks_before_the_end_is_answered(host: str, monkeypatch: pytest.MonkeyPatch):
    heard: list[str] = []
    script = RedisCalls.script
    names = {script.sha: name for name, script in module._scripts().items()}

    async def watched(self: RedisCalls, asked: Script, *rest: Any) -> Any:
        heard.append(names[asked.sha])
        answer = await script(self, asked, *rest)
        heard.append(f"{names[asked.sha]} answered")
        return answer

    monkeypatch.setattr(RedisCalls, "script", watched)
    alone = HostPolicy(1, 0)
    async with a_limiter() as limiter:
        async with limiter.slot(host, alone):
            pass
        heard.clear()

        async def work() -> Slot:
            async with limiter.slot(host, alone) as slot:
                await asyncio.sleep(0.002)
            return slot

        before, after = await asyncio.gather(work(), work())
    assert heard[2:6] == ["release", "acquire", "release answered", "acquire answered"]
    assert before.ended_ms <= after.granted_ms


async def test_a_clock_that_was_put_back_holds_nobody_up(host: str):
    """What was noted before is an hour ahead then: the turn of the next request, and the leases of killed workers."""
    hour_ms = 3_600_000
    async with a_limiter() as limiter:
        async with limiter.slot(host, FREE) as slot:
            pass
        ahead = slot.granted_ms + hour_ms
        async with redis() as client:
            await client.hset(module.keys(host)[1], "next_at", ahead)
            await client.zadd(module.keys(host)[0], {f"killed {n}": ahead for n in range(5)})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(enter(limiter, host), 0.1)
        assert max((await leases(host)).values()) <= slot.granted_ms + hour_ms // 2
        async with redis() as client:
            await client.delete(module.keys(host)[0])
        await asyncio.wait_for(enter(limiter, host), 5)


async def test_a_lost_probe_of_a_clock_that_was_put_back_ends_while_slots_are_free(host: str):
    hour_ms = 3_600_000
    async with a_limiter() as limiter:
        async with limiter.slot(host, FREE) as slot:
            pass
        held, state = module.keys(host)[:2]
        async with redis() as client:
            await client.hset(state, mapping={"open_until": slot.ended_ms, "open_for": 1000, "probe": "lost"})
            await client.zadd(held, {"lost": slot.granted_ms + hour_ms})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(enter(limiter, host), 0.1)
        assert list(await leases(host)) == ["lost"]
        assert (await leases(host))["lost"] <= slot.granted_ms + hour_ms // 2


async def test_leases_of_a_clock_that_was_put_back_hold_their_slots_until_they_end(host: str):
    async with a_limiter() as first, a_limiter() as second, first.slot(host, FREE), second.slot(host, FREE):
        async with redis() as client:
            await client.zadd(module.keys(host)[0], dict.fromkeys(await leases(host), 9e12))
        granted = [await first._acquire(host, FREE) for _ in range(3)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(enter(second, host), 0.1)
        assert len(await leases(host)) == 2 + len(granted)


async def enter(limiter: Limiter, host: str) -> None:
    async with limiter.slot(host, FREE):
        pass
