"""Scripts and commands over one connection to Redis: sent at once, answered in the order they were asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

Word = str | int | float


@dataclass(frozen=True)
class Script:
    """A Lua script and the name that Redis knows it by."""

    text: str
    sha: str

    @classmethod
    def of(cls, text: str) -> Script:
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class RedisCalls:
    """The calls of one event loop: nobody waits for the answers of others. An answer comes within `within_s`, or none; no retry.

    redis-py keeps time limits of its own by `asyncio.wait_for`. Before Python 3.12 that loses a cancellation which comes just when
    its work is done, and whoever was cancelled goes on: for ever, where a loop is cancelled once. So the limit is kept here.
    """

    def __init__(self, url: str, within_s: float) -> None:
        # Without `driver_info` a connection looks its library's version up on disk, which costs as much as fifty calls.
        options: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": 5, "driver_info": None}
        self._pool = ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        self._within_s = within_s
        self._connecting: asyncio.Task[_Line] | None = None
        self._line: _Line | None = None

    async def script(self, script: Script, keys: Sequence[str], *arguments: Word) -> Any:
        """What a script answers. Raises redis.exceptions.RedisError and TimeoutError."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self.command("EVALSHA", script.sha, *rest)
        except NoScriptError:  # a Redis that has just begun, or was emptied
            return await self.command("EVAL", script.text, *rest)

    async def command(self, *words: Word) -> Any:
        """What a command answers. It leaves before anything is waited for, once there is a connection. Raises as `script` does."""
        line = self._line if self._line and not self._line.is_broken else await self._connect()
        return await line.ask(words)

    async def aclose(self) -> None:
        """End what is under way; nobody waits for it any longer."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._line:
            await self._line.aclose()

    async def _connect(self) -> _Line:
        """All who need a connection wait for the same attempt, and fail together: one by one each would wait its whole time."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._open())
            self._connecting.add_done_callback(self._connected)
        return await asyncio.shield(self._connecting)

    async def _open(self) -> _Line:
        connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(self._within_s):
                await connection.connect()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._line = _Line(connection, self._within_s)
        return self._line

    def _connected(self, attempt: asyncio.Task[_Line]) -> None:
        self._connecting = None
        if not attempt.cancelled():
            attempt.exception()  # looked at: all who waited for it may have been cancelled


class _Line:
    """One connection. It never connects again: answers could be taken for those of other questions."""

    def __init__(self, connection: AbstractConnection, within_s: float) -> None:
        self._connection = connection
        self._within_s = within_s
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._reading: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    @property
    def is_broken(self) -> bool:
        return self._error is not None or not self._connection.is_connected

    async def ask(self, words: Sequence[Word]) -> Any:
        if self.is_broken:
            raise RedisConnectionError("the connection broke")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        try:
            await self._connection.send_packed_command(self._connection.pack_command(*words), check_health=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who asked before must not wait for ever
            self._break(error)
        return await answer

    async def aclose(self) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        self._break(RedisConnectionError("the connection is closed"))
        await self._connection.disconnect(nowait=True)

    async def _read(self) -> None:
        """Hand out answers as long as somebody has asked. Whoever was cancelled has an answer all the same, which is dropped."""
        while self._asked:
            try:
                async with asyncio.timeout(self._within_s):
                    answer = await self._connection.read_response()
            except ResponseError as refusal:
                answer = refusal
            except Exception as error:  # noqa: BLE001 - nobody may wait for an answer that never comes
                self._break(error)
                await self._connection.disconnect(nowait=True)
                return
            if self._asked:  # what was asked is over once sending has failed
                _tell(self._asked.popleft(), answer)

    def _break(self, error: Exception) -> None:
        self._error = error
        while self._asked:
            _tell(self._asked.popleft(), error)


def _tell(waiting: asyncio.Future[Any], answer: Any) -> None:
    if waiting.done():  # cancelled meanwhile
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
