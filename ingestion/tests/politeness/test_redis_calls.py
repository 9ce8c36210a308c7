"""Whatever happens on the way, nobody waits in vain or gets the answer to another's question."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from ingestion.politeness.redis_calls import RedisCalls, Script

APPEND = Script.of("return redis.call('APPEND', KEYS[1], ARGV[1])")


@pytest_asyncio.fixture
async def calls() -> AsyncIterator[RedisCalls]:
    calls = RedisCalls(settings.REDIS_URL, within_s=30.0)
    async with asyncio.timeout(60):
        yield calls
        await calls.aclose()


@pytest.fixture
def key() -> str:
    return f"test:{uuid.uuid4().hex}"


async def test_what_is_asked_together_is_answered_in_order(calls: RedisCalls, key: str):
    await calls.script(APPEND, [key], "0")
    assert await asyncio.gather(*(calls.script(APPEND, [key], str(number)) for number in (1, 2, 3))) == [2, 3, 4]
    assert await calls.command("GET", key) == b"0123"


async def test_a_redis_that_does_not_know_the_script_is_told_it(calls: RedisCalls, key: str):
    await calls.command("SCRIPT", "FLUSH")
    assert await calls.script(APPEND, [key], "a") == 1
    (known,) = await calls.command("SCRIPT", "EXISTS", APPEND.sha)
    assert known == 1


async def test_a_refused_call_spoils_no_other(calls: RedisCalls, key: str):
    wrong, right = await asyncio.gather(calls.command("NOSUCH"), calls.command("APPEND", key, "a"), return_exceptions=True)
    assert isinstance(wrong, ResponseError)
    assert right == 1


async def test_a_cancelled_call_leaves_its_answer_to_nobody(calls: RedisCalls, key: str):
    await calls.command("SET", key, "mine")
    for number in range(20):
        given_up = asyncio.create_task(calls.command("APPEND", f"{key}:2", "x"))
        for _ in range(number % 5):
            await asyncio.sleep(0)
        given_up.cancel()
        assert await calls.command("GET", key) == b"mine"
        await asyncio.wait({given_up})


async def test_a_broken_connection_fails_those_who_asked_and_is_made_anew(calls: RedisCalls, key: str):
    own = await calls.command("CLIENT", "ID")
    waiting = [asyncio.create_task(calls.command("BLPOP", key, 0)), asyncio.create_task(calls.command("GET", key))]
    await asyncio.sleep(0.01)
    async with Redis.from_url(settings.REDIS_URL) as other:
        await other.client_kill_filter(_id=own)
    assert all(isinstance(error, RedisError) for error in await asyncio.gather(*waiting, return_exceptions=True))
    assert await calls.command("APPEND", key, "a") == 1


async def test_nobody_waits_longer_than_the_limit(key: str):
    calls = RedisCalls(settings.REDIS_URL, within_s=0.05)
    try:
        with pytest.raises((TimeoutError, RedisError)):
            await calls.command("BLPOP", key, 0)
        calls._within_s = 30.0  # what succeeds may take its time
        assert await calls.command("APPEND", key, "a") == 1
    finally:
        await calls.aclose()


class Nowhere:
    """Connecting takes until it is let go, then fails."""

    def __init__(self) -> None:
        self.tried, self.go_on = 0, asyncio.Event()

    async def connect(self, _: object) -> None:
        self.tried += 1
        await self.go_on.wait()
        raise RedisConnectionError("no way there")


@pytest.fixture
def nowhere(calls: RedisCalls, monkeypatch: pytest.MonkeyPatch) -> Nowhere:
    nowhere = Nowhere()
    monkeypatch.setattr(calls._pool.connection_class, "connect", lambda connection: nowhere.connect(connection))
    return nowhere


async def test_all_who_need_a_connection_share_one_attempt_and_its_error(calls: RedisCalls, nowhere: Nowhere):
    asking = [asyncio.create_task(calls.command("PING")) for _ in range(4)]
    while not nowhere.tried:
        await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.wait({asking[0]})
    nowhere.go_on.set()
    came = await asyncio.gather(*asking[1:], return_exceptions=True)
    assert [str(error) for error in came] == ["no way there"] * 3
    assert (asking[0].cancelled(), nowhere.tried) == (True, 1)
    with pytest.raises(RedisConnectionError, match="no way there"):
        await calls.command("PING")
    assert nowhere.tried == 2


async def test_after_a_failed_attempt_the_next_may_succeed(calls: RedisCalls, key: str):
    with pytest.MonkeyPatch.context() as patched:
        nowhere = Nowhere()
        nowhere.go_on.set()
        patched.setattr(calls._pool.connection_class, "connect", lambda connection: nowhere.connect(connection))
        with pytest.raises(RedisConnectionError):
            await calls.command("PING")
    assert await calls.command("APPEND", key, "a") == 1


async def test_closing_ends_an_attempt_to_connect(calls: RedisCalls, nowhere: Nowhere):
    asking = asyncio.create_task(calls.command("PING"))
    while not nowhere.tried:
        await asyncio.sleep(0)
    await calls.aclose()
    await asyncio.wait({asking})
    assert asking.cancelled()


async def test_closing_fails_those_who_still_wait(calls: RedisCalls, key: str):
    await calls.command("PING")
    waiting = asyncio.create_task(calls.command("BLPOP", key, 0))
    await asyncio.sleep(0)
    await calls.aclose()
    with pytest.raises(RedisError, match="closed"):
        await waiting
