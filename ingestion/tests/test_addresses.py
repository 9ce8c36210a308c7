from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ingestion.addresses import AddressGuard, host_port
from ingestion.errors import AddressRefusedError

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
        "",
    ],
)
async def test_every_other_address_is_refused(url: str):
    with pytest.raises(AddressRefusedError):
        await AddressGuard(CONFIGURED).check(url)


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
