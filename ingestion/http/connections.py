"""Connections to checked addresses only, and the faces (user agent, proxy) that requests show."""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from yarl import URL

from ingestion.errors import AddressRefusedError
from ingestion.http.addresses import host_port, joined
from ingestion.http.contact import user_agents

_KEEP_ALIVE_S = 30.0
# Some servers send policies and cookies of many kilobytes; a head without end is none.
_LONGEST_HEADER = 64 * 1024
_MOST_HEADERS = 512
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


class Guard(Protocol):
    """Decides which addresses a client may call."""

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """The URL's `host:port`. Raises AddressRefusedError."""

    async def addresses(self, host: str, port: int) -> list[str]:
        """IP addresses that a connection to host:port may be made to. Raises AddressRefusedError."""


class PinnedResolver(AbstractResolver):
    """Answers with addresses that the guard has checked. Nothing resolves the name a second time (DNS rebinding).

    Host header, SNI and certificate check still go by the name, and so does the reuse of connections. A URL that names an IP
    address is not resolved at all: there the guard's check of the URL is the check of the address.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Every address, to be tried one after the other. Raises AddressRefusedError, and OSError for a name without an address."""
        addresses = await self._guard.addresses(host, port)
        if not addresses:
            raise OSError(f"the name {host} has no address")
        return [_resolved(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


def _resolved(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


@dataclass(frozen=True)
class Face:
    """How a request shows itself, as the ledger keeps it. `proxy` is host:port, "" without one."""

    user_agent: str
    proxy: str = ""


class Connections:
    """Kept connections of one event loop. How many are open is the limiter's affair: there is none without a slot."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._proxies: dict[str, str] = {host_port(_bare(url)): url for url in settings.FETCH_PROXIES}
        self._names = list(self._proxies) or [""]
        self._user_agents = user_agents()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def face(self) -> Face:
        """The face of the next request: always the same, unless proxies or user agents are configured to take turns."""
        return Face(random.choice(self._user_agents)[:300], random.choice(self._names))

    def get(self, url: str, host: str, headers: Mapping[str, str], face: Face) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The answer to one request, sent once: no redirect is followed, nothing is retried. Its body comes as it was sent.

        `host`: the `host:port` that the guard read off the URL. Raises aiohttp.ClientError and AddressRefusedError.
        """
        shown = {**headers, "User-Agent": face.user_agent}
        session = self._session(is_direct=not face.proxy)
        return session.get(_target(url, host), headers=shown, proxy=self._proxies.get(face.proxy), allow_redirects=False)

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, *, is_direct: bool) -> aiohttp.ClientSession:
        """A proxy resolves names itself: only the name is checked then."""
        if is_direct not in self._sessions:
            self._sessions[is_direct] = _session(PinnedResolver(self._guard) if is_direct else None)
        return self._sessions[is_direct]


def _session(resolver: AbstractResolver | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        ssl=_tls(),
        limit=0,
        keepalive_timeout=_KEEP_ALIVE_S,
        happy_eyeballs_delay=None,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        headers=_HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
        max_headers=_MOST_HEADERS,
    )
    # Where a kept connection turns out to be closed, aiohttp would send again by itself: a request without slot and row.
    # It offers no public way to say so; test_client.py notices when this one is gone.
    session._retry_connection = False
    return session


def _target(url: str, host: str) -> URL:
    """The URL as it is going to be called; refused where that is another place than the one that was checked."""
    try:
        target = URL(url)
    except ValueError as error:
        raise AddressRefusedError(f"not an address: {error}", url=url) from None
    if host != joined((target.raw_host or "").rstrip("."), target.port or 0):
        raise AddressRefusedError(f"{url[:200]!r} can be read as another address than {host}", url=url)
    return target


@cache
def _tls() -> ssl.SSLContext:
    """Made once a process: reading the certificates costs as much as a hundred requests."""
    return httpx.create_ssl_context(trust_env=False)


def _bare(url: str) -> str:
    """The proxy's address without user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
