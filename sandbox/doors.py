"""The port of one interface: open, or shut for a while, as when a host is down or the way to it is."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

LOOPBACK = "127.0.0.1"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cut:
    """A wish to shut ports. `seconds`: for how long; `host`: interface name or host:port, None for all."""

    seconds: float
    host: str | None = None

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Cut:
        """From a control message; ValueError for what is no cut."""
        if unknown := value.keys() - {"seconds", "host"}:
            raise ValueError(f"a cut has no {', '.join(sorted(unknown))}; known: seconds, host")
        seconds, host = float(value.get("seconds", math.nan)), value.get("host")
        if not 0 < seconds < math.inf:
            raise ValueError("a cut needs seconds, more than 0: a port that is shut cannot be told to open")
        return cls(seconds, None if host is None else str(host))


class Door:
    """Listens for one interface. Port 0 lets the system choose; the port then stays the same over every shutting."""

    def __init__(self, name: str, runner: web.ServerRunner, port: int) -> None:
        self.name = name
        self.port = port
        self._runner = runner
        self._site: web.TCPSite | None = None
        self._opening: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._site is not None

    async def open(self) -> None:
        """Listen; OSError when the port is taken."""
        site = web.TCPSite(self._runner, LOOPBACK, self.port, backlog=1024, reuse_address=True)
        await site.start()
        self.port, self._site = site.port, site

    async def shut(self, seconds: float, spared: asyncio.BaseTransport | None) -> None:
        """Refuse connections and break those there are (but the one that asked for it); open again by itself."""
        if self._site is None:
            return
        site, self._site = self._site, None
        await site.stop()
        self._break(spared)
        self._opening = asyncio.create_task(self._open_after(seconds))

    async def close(self) -> None:
        """Stop for good."""
        if self._opening:
            self._opening.cancel()
            with suppress(asyncio.CancelledError):
                await self._opening
        await self._runner.cleanup()

    def _break(self, spared: asyncio.BaseTransport | None) -> None:
        server = self._runner.server
        for handler in server.connections if server else ():
            if handler.transport is not None and handler.transport is not spared:
                handler.transport.abort()

    async def _open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self.open()
        except OSError:  # somebody else took the port meanwhile
            logger.exception("%s cannot listen on %s again", self.name, self.address)


def meant(doors: Iterable[Door], host: str | None) -> list[Door]:
    """The doors that a host names; ValueError when it names none."""
    found = [door for door in doors if host is None or host in (door.name, door.address)]
    if not found:
        raise ValueError(f"no interface is called {host!r}")
    return found
