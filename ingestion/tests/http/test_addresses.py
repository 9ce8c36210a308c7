from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ingestion.errors import AddressRefusedError
from ingestion.http.addresses import AddressGuard, host_port, is_public

CONFIGURED = ["https://boards-api.greenhouse.io", "http://127.0.0.1:8100", "http://127.0.0.1:8101", "http://internal.example"]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names resolve as this table says, everything else to itself."""
    table = {"boards-api.greenhouse.io": "8.8.8.8", "internal.example": "10.0.0.5"}

    async def getaddrinfo(self: Any, host: str, port: Any, **kwargs: Any) -> list[Any]:
        if host == "nowhere.example":
            raise socket.gaierror("unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (table.get(host, host), 0))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)


async def test_configured_addresses_are_called_even_when_private():
    guard = AddressGuard(CONFIGURED)
    assert await guard.check("https://boards-api.greenhouse.io/v1/boards/a/jobs") == "boards-api.greenhouse.io:443"
    assert await guard.check("http://127.0.0.1:8100/x") == "127.0.0.1:8100"
    assert await guard.check("http://internal.example/x") == "internal.example:80"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.0.0.1:22/",
        "http://localhost:8100/",
        "http://internal.example:8080/",
        "ftp://boards-api.greenhouse.io/",
        "https://boards-api.greenhouse.io@10.0.0.1/",
        "https://user:secret@boards-api.greenhouse.io/",
        "https://boards-api.greenhouse.io:bad/",
        "https:///path",
        "https://boards-api.greenhouse.io/\x00",
        "https://boards-api\n.greenhouse.io/",
        "https://boards-api.greenhouse.io/\udcff",
        "",
    ],
)
async def test_every_other_address_is_refused(url: str):
    with pytest.raises(AddressRefusedError):
        await AddressGuard(CONFIGURED).check(url)


@pytest.mark.parametrize("url", ["https://müller.example/", "https://MÜLLER.example/", "https://xn--mller-kva.example./x"], ids=ascii)
async def test_a_host_in_other_letters_is_the_same_host(url: str, monkeypatch: pytest.MonkeyPatch):
    async def public(self: Any, host: str, port: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", public)
    for base_url in ("https://müller.example", "https://xn--mller-kva.example"):
        guard = AddressGuard([base_url])
        assert await guard.check(url) == host_port(base_url) == "xn--mller-kva.example:443"
        assert await guard.addresses("xn--mller-kva.example", 443) == ["8.8.8.8"]


async def test_redirects_reach_private_addresses_only_on_the_very_host_that_sent_them():
    guard = AddressGuard(CONFIGURED)
    assert await guard.check("http://127.0.0.1:8100/b", "http://127.0.0.1:8100/a")
    assert await guard.check("https://boards-api.greenhouse.io/b", "http://127.0.0.1:8100/a")
    for target in ("http://127.0.0.1:8101/", "http://internal.example/"):
        with pytest.raises(AddressRefusedError, match="private network"):
            await guard.check(target, "http://127.0.0.1:8100/a")


def test_host_and_port_are_the_limiters_key():
    assert host_port("https://API.lever.co./v0") == "api.lever.co:443"
    assert host_port("http://[2001:db8::1]:80/") == "[2001:db8::1]:80"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
    ],
)  # fmt: skip
def test_private_addresses_are_none_of_the_open_internet_however_they_are_wrapped(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "104.18.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are(address: str):
    assert is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
async def test_a_name_that_resolves_privately_is_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    """Numbers in odd notations are resolved as the system does it."""
    monkeypatch.undo()
    resolved = await asyncio.get_running_loop().getaddrinfo(address, None, type=socket.SOCK_STREAM)

    async def getaddrinfo(self: Any, host: str, port: Any, **kwargs: Any) -> list[Any]:
        return resolved

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    guard = AddressGuard(["https://boards-api.greenhouse.io"])
    with pytest.raises(AddressRefusedError, match="private network"):
        await guard.check("https://boards-api.greenhouse.io:8443/x")
    with pytest.raises(AddressRefusedError, match="private network"):
        await guard.addresses("boards-api.greenhouse.io", 8443)
    assert await guard.addresses("boards-api.greenhouse.io", 443)  # the operator's own word


@pytest.mark.parametrize("host", ["a..example.com", ".example.com", f"{'a' * 64}.example.com"], ids=["empty", "begins-empty", "too-long"])
async def test_a_name_that_cannot_be_has_no_address(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    assert await AddressGuard([f"http://{host}"]).addresses(host, 80) == []


async def test_a_connection_is_made_only_to_hosts_that_may_be_asked():
    guard = AddressGuard(CONFIGURED)
    assert await guard.addresses("boards-api.greenhouse.io", 443) == ["8.8.8.8"]
    for host in ("example.com", "localhost", "169.254.169.254"):
        with pytest.raises(AddressRefusedError, match="not a host of a configured address"):
            await guard.addresses(host, 443)


async def test_a_name_that_changes_its_mind_keeps_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch):
    answers = iter(["8.8.8.8", "10.0.0.1"])

    async def rebinding(self: Any, host: str, port: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", rebinding)
    guard = AddressGuard(["https://boards-api.greenhouse.io"])
    await guard.check("https://boards-api.greenhouse.io:8443/x")
    assert await guard.addresses("boards-api.greenhouse.io", 8443) == ["8.8.8.8"]
    monkeypatch.setattr("ingestion.http.addresses.RESOLVED_FOR_S", 0.0)
    guard._resolved.clear()
    with pytest.raises(AddressRefusedError, match="private network"):
        await guard.addresses("boards-api.greenhouse.io", 8443)
