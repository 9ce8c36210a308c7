"""What is asked together travels together; whatever happens on the way, nobody waits in vain."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings
from redis.exceptions import RedisError, ResponseError

from ingestion.redis_calls import Command, RedisCalls, Script

APPEND = Script.of("return redis.call('APPEND', KEYS[1], ARGV[1])")


class Watched(RedisCalls):
    """Remembers what travelled together."""

    def __init__(self, within_s: float = 30.0) -> None:
        super().__init__(settings.REDIS_URL, within_s)
        self.trips: list[list[Command]] = []

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        self.trips.append(list(commands))
        return await super()._exchange(commands)


@pytest_asyncio.fixture
async def calls() -> AsyncIterator[Watched]:
    calls = Watched()
    yield calls
    await calls.aclose()


@pytest.fixture
def key() -> str:
    return f"test:{uuid.uuid4().hex}"


async def test_what_is_asked_together_travels_together_and_in_order(calls: Watched, key: str):
    await calls.script(APPEND, [key], "0")
    calls.trips.clear()
    assert await asyncio.gather(*(calls.script(APPEND, [key], str(number)) for number in (1, 2, 3))) == [2, 3, 4]
    assert len(calls.trips) == 1
    assert await calls.command("GET", key) == b"0123"


async def test_who_is_woken_in_the_same_turn_joins_in(calls: Watched, key: str):
    woken = asyncio.Event()

    async def follow() -> None:
        await woken.wait()
        await calls.command("APPEND", key, "b")

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    first = calls.command("APPEND", key, "a")
    woken.set()
    await asyncio.gather(first, following)
    assert calls.trips == [[("APPEND", key, "a"), ("APPEND", key, "b")]]


async def test_a_redis_that_does_not_know_the_script_is_told_it(calls: Watched, key: str):
    await calls.command("SCRIPT FLUSH")
    known, after = calls.command("APPEND", key, "a"), calls.script(APPEND, [key], "b")
    assert (await known, await after) == (1, 2)
    calls.trips.clear()
    assert await calls.script(APPEND, [key], "c") == 3
    assert [command[0] for trip in calls.trips for command in trip] == ["EVALSHA"]


async def test_a_refused_call_spoils_no_other(calls: Watched, key: str):
    wrong, right = calls.command("NOSUCH"), calls.command("APPEND", key, "a")
    with pytest.raises(ResponseError):
        await wrong
    assert await right == 1


async def test_a_call_cancelled_before_it_left_is_not_sent(calls: Watched, key: str):
    given_up = calls.command("APPEND", key, "a")
    given_up.cancel()
    await calls.command("APPEND", key, "b")
    assert await calls.command("GET", key) == b"b"


async def test_nobody_waits_longer_than_the_limit(key: str):
    calls = Watched(within_s=0.05)
    try:
        with pytest.raises((TimeoutError, RedisError)):
            await calls.command("BLPOP", key, 0)
        assert await calls.command("APPEND", key, "a") == 1
    finally:
        await calls.aclose()
