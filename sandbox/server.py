"""One process, one port per interface, `/_control` on each of them. Loopback only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from sandbox.accesslog import AccessLog, Entry
from sandbox.answers import Answer, Interface, Question, as_json
from sandbox.damage import damage
from sandbox.faults import Place
from sandbox.wire import send
from sandbox.world import World

LOOPBACK = "127.0.0.1"
CONTROL = "/_control"

logger = logging.getLogger(__name__)


@dataclass
class Listener:
    """One interface on its port."""

    interface: Interface
    port: int
    world: World
    log: AccessLog

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, with the latency and the faults in force, and log it."""
        if request.path == CONTROL:
            return await control(self.world, self.log, request)
        entry = self._entry(request)
        with self.log.running(entry):
            if self.world.latency:
                await asyncio.sleep(self.world.latency)
            return await send(request, await self._answer(request), entry)

    async def _answer(self, request: web.BaseRequest) -> Answer:
        question = await _question(request)
        fault = self.world.plan.pick(self._place(question))
        right = await self.interface.answer(question)
        return damage(fault, right.whole(), question) if fault else right

    def _place(self, question: Question) -> Place:
        board = self.interface.board_of(question.path)
        return Place(self.interface.name, f"{LOOPBACK}:{self.port}", question.target, board)

    def _entry(self, request: web.BaseRequest) -> Entry:
        return Entry(
            interface=self.interface.name,
            host=LOOPBACK,
            port=self.port,
            method=request.method,
            path=request.raw_path,
            user_agent=request.headers.get("User-Agent", ""),
        )


async def _question(request: web.BaseRequest) -> Question:
    return Question(
        method=request.method,
        path=request.path,
        target=request.raw_path,
        query=request.query,
        base_url=f"http://{request.host}",
        body=await request.read(),
    )


async def control(world: World, log: AccessLog, request: web.BaseRequest) -> web.Response:
    """`GET` tells the state (with `?boards=1` every key too); `POST` changes it. Never logged."""
    if request.method == "POST":
        try:
            world.control(orjson.loads(await request.read()))
        except (ValueError, TypeError, AttributeError) as error:
            return _plain(as_json({"error": str(error)}, status=400))
    state = world.state()
    state |= {"requests": dict(log.requests), "highest_concurrency": dict(log.highest)}
    if "boards" in request.query:
        state["boards"] = world.boards.keys()
    return _plain(as_json(state))


def _plain(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


@dataclass
class Sandbox:
    """The listening servers. Port 0 lets the system choose a free port for each interface."""

    world: World
    log: AccessLog
    ports: dict[str, int] = field(default_factory=dict)
    _runners: list[web.ServerRunner] = field(default_factory=list)

    async def start(self, interfaces: Iterable[tuple[Interface, int]]) -> None:
        """Listen on every interface's port; OSError when a port is taken."""
        for interface, port in interfaces:
            await self._listen(interface, port)

    async def _listen(self, interface: Interface, port: int) -> None:
        listener = Listener(interface, port, self.world, self.log)
        # handler_cancellation: a caller that hangs up ends its request here too, and its log line.
        server = web.Server(listener.handle, handler_cancellation=True, access_log=None)
        runner = web.ServerRunner(server)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port, backlog=1024).start()
        listener.port = int(runner.addresses[0][1])
        self.ports[interface.name] = listener.port
        self._runners.append(runner)
        logger.debug("%s on %s:%s", interface.name, LOOPBACK, listener.port)

    async def stop(self) -> None:
        """Close all ports and the log."""
        for runner in self._runners:
            await runner.cleanup()
        self.log.close()
