"""One process, one port per interface, `/_control` on each of them. Loopback only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from sandbox.accesslog import AccessLog, Entry
from sandbox.answers import Answer, Interface, Question, Refusing, with_validator
from sandbox.control import PATH, Control
from sandbox.damage import damage
from sandbox.doors import LOOPBACK, Door
from sandbox.faults import MODEL_KINDS, Fault, Place
from sandbox.wire import send
from sandbox.world import World

# Nobody waits at the end for answers that a fault holds back.
SHUTDOWN_S = 0.5
# A batch of prompts is one request.
MAX_BODY_BYTES = 200 * 2**20

logger = logging.getLogger(__name__)


@dataclass
class Listener:
    """One interface on its port."""

    interface: Interface
    port: int
    world: World
    log: AccessLog
    control: Control

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, with the latency and the faults in force, and log it."""
        if request.path == PATH:
            return await self.control.answer(request)
        entry = self._entry(request)
        with self.log.running(entry):
            if self.world.latency:
                await asyncio.sleep(self.world.latency)
            return await send(request, await self._answer(request), entry)

    async def _answer(self, request: web.BaseRequest) -> Answer:
        question = await _question(request)
        fault = self.world.plan.pick(self._place(question))
        if fault and fault.kind in MODEL_KINDS:
            return await self.interface.answer(replace(question, mishap=fault.kind))
        right = await self.interface.answer(question)
        if fault:
            return self._damaged(fault, right, question)
        is_board = self.interface.board_of(question.path) is not None and question.method != "POST"
        return with_validator(right, request.headers.get("If-None-Match", "")) if is_board else right

    def _damaged(self, fault: Fault, right: Answer, question: Question) -> Answer:
        answer = damage(fault, right.whole(), question)
        if answer.status >= 400 and isinstance(self.interface, Refusing):
            return replace(self.interface.refusal(answer.status), headers=answer.headers)
        return answer

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


def _request(
    message: RawRequestMessage, payload: StreamReader, protocol: web.RequestHandler, writer: AbstractStreamWriter, task: asyncio.Task[None]
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY_BYTES)


async def _question(request: web.BaseRequest) -> Question:
    return Question(
        method=request.method,
        path=request.path,
        target=request.raw_path,
        query=request.query,
        base_url=f"http://{request.host}",
        body=await request.read(),
    )


class Sandbox:
    """The listening servers. Port 0 lets the system choose a free port for each interface."""

    def __init__(self, world: World, log: AccessLog) -> None:
        self.world = world
        self._log = log
        self._doors: list[Door] = []
        self._control = Control(world, log, self._doors)

    @property
    def ports(self) -> dict[str, int]:
        """The port of every interface."""
        return {door.name: door.port for door in self._doors}

    async def start(self, interfaces: Iterable[tuple[Interface, int]]) -> None:
        """Listen on every interface's port; OSError when a port is taken."""
        for interface, port in interfaces:
            await self._listen(interface, port)

    async def _listen(self, interface: Interface, port: int) -> None:
        listener = Listener(interface, port, self.world, self._log, self._control)
        # handler_cancellation: a caller that hangs up ends its request here too, and its log line.
        server = web.Server(listener.handle, request_factory=_request, handler_cancellation=True, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        door = Door(interface.name, runner, port)
        self._doors.append(door)
        await door.open()
        listener.port = door.port
        logger.debug("%s on %s", interface.name, door.address)

    async def stop(self) -> None:
        """Close all ports and the log."""
        for door in self._doors:
            await door.close()
        self._log.close()
