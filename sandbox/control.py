"""`/_control` on every port: tells the state, and changes what may change while the sandbox runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from sandbox.accesslog import AccessLog
from sandbox.answers import as_json
from sandbox.doors import Cut, Door, meant
from sandbox.world import World

PATH = "/_control"


class Control:
    """Answers control messages. They are never logged, and no fault touches them."""

    def __init__(self, world: World, log: AccessLog, doors: Sequence[Door]) -> None:
        self._world = world
        self._log = log
        self._doors = doors

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """`GET` tells the state (with `?boards=1` every key too); `POST` changes it first."""
        if request.method == "POST":
            try:
                await self._apply(orjson.loads(await request.read()), request)
            except (ValueError, TypeError, AttributeError) as error:
                return _plain({"error": str(error)}, status=400)
        return _plain(self._state(with_boards="boards" in request.query))

    async def _apply(self, wish: Mapping[str, Any], request: web.BaseRequest) -> None:
        """All of a message or nothing of it: what can be wrong with it is found before anything is done."""
        rest = {name: value for name, value in wish.items() if name != "cut"}
        cut = Cut.from_dict(wish["cut"]) if "cut" in wish else None
        doors = meant(self._doors, cut.host) if cut else []
        self._world.control(rest)
        for door in doors:
            await door.shut(cut.seconds if cut else 0, spared=request.transport)

    def _state(self, *, with_boards: bool) -> dict[str, Any]:
        state = self._world.state()
        state |= {"requests": dict(self._log.requests), "highest_concurrency": dict(self._log.highest)}
        state["cut"] = [door.name for door in self._doors if not door.is_open]
        if with_boards:
            state["boards"] = self._world.boards.keys()
        return state


def _plain(value: Mapping[str, Any], status: int = 200) -> web.Response:
    answer = as_json(value, status=status)
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
