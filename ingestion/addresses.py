"""Which addresses may be called: hosts of configured base URLs, and no private network behind them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from ingestion.errors import AddressRefusedError

_PORTS = {"http": 80, "https": 443}


def host_port(url: str) -> str:
    """`host:port` of an http(s) URL, the port of its scheme when it names none. Raises AddressRefusedError."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise AddressRefusedError(f"not an address: {error}", url=url) from None
    if parts.scheme not in _PORTS or not host:
        raise AddressRefusedError(f"only http and https addresses are called, not {url[:200]!r}", url=url)
    if parts.username or parts.password:
        raise AddressRefusedError("an address with a user name in it is not called", url=url)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port or _PORTS[parts.scheme]}"


class AddressGuard:
    """Decides before every request. Names are resolved here; the answer holds for the life of the guard (one slice)."""

    def __init__(self, base_urls: Iterable[str]) -> None:
        self._configured = {host_port(url) for url in base_urls}
        self._hosts = {urlsplit(url).hostname for url in base_urls}
        self._public: dict[str, bool] = {}

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """The URL's `host:port`. Raises AddressRefusedError.

        A private address is called only where it is exactly the host:port of a configured base URL, and a redirect
        reaches it only when it came from that very host:port.
        """
        target = host_port(url)
        host = urlsplit(url).hostname or ""
        if host not in self._hosts:
            raise AddressRefusedError(f"{host} is not a host of a configured address", url=url)
        is_own = target == host_port(redirected_from) if redirected_from else target in self._configured
        if not is_own and not await self._is_public(host):
            raise AddressRefusedError(f"{target} lies in a private network", url=url)
        return target

    async def _is_public(self, host: str) -> bool:
        if host not in self._public:
            self._public[host] = await _resolves_publicly(host)
        return self._public[host]


async def _resolves_publicly(host: str) -> bool:
    """Whether every address of the name is a public one. A name that does not resolve is left to the request to report."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return all(ipaddress.ip_address(entry[4][0]).is_global for entry in found)
