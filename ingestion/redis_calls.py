"""Scripts and commands over one connection to Redis: what is asked together travels together, in the order it was asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

Command = tuple[str | int, ...]


@dataclass(frozen=True)
class Script:
    """A Lua script under the name that Redis knows it by."""

    text: str
    sha: str

    @classmethod
    def of(cls, text: str) -> Script:
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True)
class _Call:
    command: Command
    answer: asyncio.Future[Any]
    in_full: Command | None = None
    """What to send where Redis does not know the script."""


class RedisCalls:
    """The calls of one event loop. Every answer comes within `within_s`, or none: there is no retry.

    redis-py keeps time limits of its own by `asyncio.wait_for`. Before Python 3.12 that loses a cancellation which comes just when
    its work is done, and whoever was cancelled goes on: for ever, where a loop is cancelled once. So the limit is kept here.
    """

    def __init__(self, url: str, within_s: float) -> None:
        # Without `driver_info` a connection looks its library's version up on disk, which costs as much as fifty calls.
        options: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": 5, "driver_info": None}
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        self._within_s = within_s
        self._asked: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None

    def script(self, script: Script, keys: Sequence[str], *arguments: str | int | float) -> asyncio.Future[Any]:
        """What a script answers. Raises redis.exceptions.RedisError and TimeoutError when awaited."""
        rest = (len(keys), *keys, *(repr(one) if isinstance(one, float) else one for one in arguments))
        return self._ask(("EVALSHA", script.sha, *rest), ("EVAL", script.text, *rest))

    def command(self, *words: str | int) -> asyncio.Future[Any]:
        """What a command answers. Raises as `script` does."""
        return self._ask(words)

    async def aclose(self) -> None:
        """End what is under way; nobody waits for it any longer."""
        if self._sending:
            self._sending.cancel()
            await asyncio.wait({self._sending})
        await self._redis.aclose()

    def _ask(self, command: Command, in_full: Command | None = None) -> asyncio.Future[Any]:
        call = _Call(command, asyncio.get_running_loop().create_future(), in_full)
        self._asked.append(call)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return call.answer

    async def _send(self) -> None:
        while self._asked:
            await asyncio.sleep(0)  # whoever is woken in this turn of the loop joins in
            calls, self._asked = [call for call in self._asked if not call.answer.done()], []
            try:
                async with asyncio.timeout(self._within_s):
                    answers = await self._answers(calls)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for an answer that never comes
                answers = [error] * len(calls)
            for call, answer in zip(calls, answers, strict=True):
                _tell(call.answer, answer)

    async def _answers(self, calls: Sequence[_Call]) -> list[Any]:
        answers = await self._exchange([call.command for call in calls])
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:  # a Redis that has just begun, or was emptied
            in_full = [calls[number].in_full or () for number in unknown]
            for number, answer in zip(unknown, await self._exchange(in_full), strict=True):
                answers[number] = answer
        return answers

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return list(await pipeline.execute(raise_on_error=False))


def _tell(waiting: asyncio.Future[Any], answer: Any) -> None:
    if waiting.done():  # cancelled meanwhile
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
