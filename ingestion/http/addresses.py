"""Which addresses may be called: hosts of configured base URLs, and no private network behind them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from yarl import URL

from ingestion.errors import AddressRefusedError

_PORTS = {"http": 80, "https": 443}
# How long a name keeps the addresses that it had when it was checked.
RESOLVED_FOR_S = 60.0
# The last 32 bits of such an address name an IPv4 address that a gateway calls (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def host_port(url: str) -> str:
    """`host:port` of an http(s) URL, the port of its scheme when it names none. Raises AddressRefusedError."""
    return joined(*_place(url))


def host_name(url: str) -> str:
    """An http(s) URL's host in its one spelling: no capitals, no dot behind, other letters as `xn--`. Raises AddressRefusedError."""
    return _place(url)[0]


def _place(url: str) -> tuple[str, int]:
    if not url.isprintable():  # some are taken out by one reader of addresses and kept by another; none can be stored
        raise AddressRefusedError(f"an address with control characters in it is not called: {url[:200]!r}", url=url)
    try:
        parts = urlsplit(url)
        host, port = _spelled((parts.hostname or "").rstrip(".")), parts.port
    except ValueError as error:
        raise AddressRefusedError(f"not an address: {error}", url=url) from None
    if parts.scheme not in _PORTS or not host:
        raise AddressRefusedError(f"only http and https addresses are called, not {url[:200]!r}", url=url)
    if parts.username or parts.password:
        raise AddressRefusedError("an address with a user name in it is not called", url=url)
    return host, port or _PORTS[parts.scheme]


def _spelled(host: str) -> str:
    """As it is sent: one host in two spellings would be two to the limiter. Raises ValueError for what is no name."""
    return host if host.isascii() else URL.build(scheme="http", host=host).raw_host or ""


def joined(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where it only wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


class AddressGuard:
    """Decides before every request, and again when a connection is made: what was checked is what is connected to."""

    def __init__(self, base_urls: Iterable[str]) -> None:
        urls = list(base_urls)
        self._configured = {host_port(url) for url in urls}
        self._hosts = {host_name(url) for url in urls}
        self._resolved: dict[str, tuple[float, list[str]]] = {}

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """The URL's `host:port`. Raises AddressRefusedError.

        A private address is called only where it is exactly the host:port of a configured base URL, and a redirect
        reaches it only when it came from that very host:port.
        """
        target = host_port(url)
        host = host_name(url)
        if not self.is_allowed(host):
            raise AddressRefusedError(f"{host} is not a host of a configured address", url=url)
        is_own = target == host_port(redirected_from) if redirected_from else target in self._configured
        if not is_own and not all(is_public(address) for address in await self._addresses(host)):
            raise AddressRefusedError(f"{target} lies in a private network", url=url)
        return target

    def is_allowed(self, host: str) -> bool:
        """Whether a host may be asked at all, wherever it lies."""
        return host in self._hosts

    async def addresses(self, host: str, port: int) -> list[str]:
        """IP addresses that a connection to host:port may be made to; empty when the name has none. Raises AddressRefusedError."""
        if not self.is_allowed(host):
            raise AddressRefusedError(f"{host} is not a host of a configured address")
        found = await self._addresses(host)
        if joined(host, port) not in self._configured and not all(is_public(address) for address in found):
            raise AddressRefusedError(f"{joined(host, port)} lies in a private network")
        return found

    async def _addresses(self, host: str) -> list[str]:
        """Asked once a minute: a name that changes its mind between check and connection changes nothing."""
        now = time.monotonic()
        known = self._resolved.get(host)
        if known is None or known[0] <= now:
            known = self._resolved[host] = (now + RESOLVED_FOR_S, await _resolve(host))
        return known[1]


async def _resolve(host: str) -> list[str]:
    """Every address of the name, in the resolver's order; none when it does not resolve."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter for a label that is empty or too long
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
