"""Connections to checked addresses only, and the faces (user agent, proxy) that requests show."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings

from ingestion.addresses import host_port

_KEEP_ALIVE_S = 30.0


class Guard(Protocol):
    """Decides which addresses a client may call."""

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """The URL's `host:port`. Raises AddressRefusedError."""

    async def addresses(self, host: str, port: int) -> list[str]:
        """IP addresses that a connection to host:port may be made to. Raises AddressRefusedError."""


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to an address that the guard has checked. Nothing resolves the name a second time (DNS rebinding).

    Host header, SNI and certificate check still go by the name, and so does the reuse of connections.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Try the addresses one after the other. Raises httpcore.ConnectError, ConnectTimeout and AddressRefusedError."""
        refused: Exception = httpcore.ConnectError(f"the name {host} has no address")
        for address in await self._guard.addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise refused

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx over PinnedBackend. httpx offers no way to hand a network backend in, hence the pool of our own."""

    def __init__(self, guard: Guard, context: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=PinnedBackend(guard),
        )


@dataclass(frozen=True)
class Face:
    """How a request shows itself, as the ledger keeps it. `proxy` is host:port, "" without one."""

    user_agent: str
    proxy: str = ""


class Connections:
    """A pool of connections for each host, or for each host and configured proxy.

    A pool looks at all its connections before and after every request, several times: those of other hosts would cost more than
    anything else a request does. A proxy resolves names itself: only the name is checked then.
    """

    def __init__(self, guard: Guard, at_once: int) -> None:
        self._guard = guard
        # Those that are just closing stand beside those in use.
        self._connections = at_once * 2
        self._context = httpx.create_ssl_context(trust_env=False)
        self._proxies: dict[str, str] = {host_port(_bare(url)): url for url in settings.FETCH_PROXIES}
        self._names = list(self._proxies) or [""]
        self._user_agents: list[str] = settings.FETCH_ROTATING_USER_AGENTS or [settings.FETCH_USER_AGENT]
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}

    def face(self) -> Face:
        """The face of the next request: always the same, unless proxies or user agents are configured to take turns."""
        return Face(random.choice(self._user_agents)[:300], random.choice(self._names))

    def client(self, host: str, face: Face) -> httpx.AsyncClient:
        """The client for this `host:port` that shows this face's proxy; the user agent goes with each request."""
        if (host, face.proxy) not in self._clients:
            self._clients[host, face.proxy] = _client(self._transport(face.proxy))
        return self._clients[host, face.proxy]

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _transport(self, proxy: str) -> httpx.AsyncBaseTransport:
        if not proxy:
            return PinnedTransport(self._guard, self._context, self._connections)
        limits = httpx.Limits(
            max_connections=self._connections, max_keepalive_connections=self._connections, keepalive_expiry=_KEEP_ALIVE_S
        )
        return httpx.AsyncHTTPTransport(verify=self._context, limits=limits, proxy=httpx.Proxy(self._proxies[proxy]))


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
    timeout = httpx.Timeout(settings.FETCH_TIMEOUT_S)
    return httpx.AsyncClient(transport=transport, headers=headers, timeout=timeout, follow_redirects=False, trust_env=False)


def _bare(url: str) -> str:
    """The proxy's address without user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
