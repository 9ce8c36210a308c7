"""The client over real sockets: what it connects to, how it shows itself, and what it does when a host is down."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.db import OperationalError, connection
from redis.asyncio import Redis

from ingestion.errors import AddressRefusedError, HostRestingError, ProxyRestingError, UnexpectedStatusError
from ingestion.http.addresses import host_port
from ingestion.http.client import Call, Client, _judge, cdx_policy, fetch_policy, open_client
from ingestion.http.connections import Connections, Face, PinnedResolver
from ingestion.http.retry import RETRIES
from ingestion.models import OutboundRequest
from ingestion.politeness import ledger as ledger_module
from ingestion.politeness.host_states import host_states
from ingestion.politeness.ledger_review import Scope, review
from ingestion.politeness.limiter import Slot, keys
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.django_db(transaction=True)
Use = Callable[[RunningSandbox], None]


def board_url(sandbox: RunningSandbox, key: str) -> str:
    return f"{sandbox.greenhouse_url}/v1/boards/{key}/jobs"


@sync_to_async
def from_database(read: Callable[[], Any]) -> Any:
    """What a read brings; its thread outlives the test, so its connection is closed here."""
    try:
        return read()
    finally:
        connection.close()


async def rows() -> list[OutboundRequest]:
    found: list[OutboundRequest] = await from_database(lambda: list(OutboundRequest.objects.order_by("started_at", "id")))
    return found


async def get(url: str, **values: Any) -> Any:
    async with open_client(None, fetch_policy()) as client:
        return await client.get(Call(url, "list", **values))


class Pinned:
    """A guard that names an address itself and counts how often it is asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked = 0

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        return host_port(url)

    async def addresses(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return [self.address]


async def test_the_checked_address_is_connected_to_and_the_name_is_asked_for(
    generated: RunningSandbox, use: Use, full_boards: list[str], monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    resolved: list[str] = []
    real = asyncio.base_events.BaseEventLoop.getaddrinfo

    async def watched(self: Any, host: Any, *rest: Any, **named: Any) -> Any:
        resolved.append(host)
        return await real(self, host, *rest, **named)

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", watched)
    guard = Pinned("127.0.0.1")
    port = httpx.URL(generated.greenhouse_url).port
    url = f"http://boards.invalid:{port}/v1/boards/{full_boards[0]}/jobs"
    async with open_client(None, fetch_policy(), guard) as client:
        for _ in range(3):
            answer = await client.get(Call(url, "list"))
    assert answer.status == 200
    assert guard.asked == 1  # one connection for three requests
    assert "boards.invalid" not in resolved
    assert (await rows())[0].host == f"boards.invalid:{port}"


async def test_the_certificate_and_sni_go_by_the_name():
    """The connection is made to the address; TLS is begun above it with the name of the URL."""
    (v4,) = await PinnedResolver(Pinned("192.0.2.7")).resolve("api.lever.co", 443)
    assert (v4["hostname"], v4["host"], v4["port"], v4["family"]) == ("api.lever.co", "192.0.2.7", 443, socket.AF_INET)
    (v6,) = await PinnedResolver(Pinned("2001:db8::7")).resolve("api.lever.co", 443)
    assert (v6["hostname"], v6["host"], v6["family"]) == ("api.lever.co", "2001:db8::7", socket.AF_INET6)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://boards.invalid:81/", "http://[::1/"])
async def test_what_was_checked_is_what_is_called(url: str):
    connections = Connections(Pinned("127.0.0.1"))
    try:
        with pytest.raises(AddressRefusedError):
            connections.get(url, "boards.invalid:80", {}, Face("Test/1.0"))
    finally:
        await connections.aclose()


@pytest.mark.parametrize("name", ["xn--mller-kva.invalid", "müller.invalid", "xn--mller-kva.invalid.", "Boards.invalid"], ids=ascii)
async def test_names_are_called_as_they_were_checked(name: str, generated: RunningSandbox, use: Use):
    """A host has one name for limiter and ledger, however it is spelled."""
    use(generated)
    async with a_server_that_answers(b"HTTP/1.1 200 OK\r\n") as address:
        url = address.replace("127.0.0.1", name)
        async with open_client(None, fetch_policy(), Pinned("127.0.0.1")) as client:
            assert (await client.get(Call(url, "page"))).body == b"{}"
    port = httpx.URL(address).port
    known = "boards.invalid" if name == "Boards.invalid" else "xn--mller-kva.invalid"
    assert [(row.host, row.status) for row in await rows()] == [(f"{known}:{port}", 200)]


@asynccontextmanager
async def a_server_that_hangs_up() -> AsyncIterator[tuple[str, list[str]]]:
    """Answers the first request of every connection and closes it when the second arrives; its address and what it was asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever closes before a second request ends the reading, and must not leave the connection to the garbage collector.
        with closing(writer), suppress(asyncio.IncompleteReadError):
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", asked


async def test_a_kept_connection_that_closes_is_asked_again_by_us_only(generated: RunningSandbox, use: Use):
    use(generated)
    async with a_server_that_hangs_up() as (url, asked), open_client(None, fetch_policy(), Pinned("127.0.0.1")) as client:
        for _ in range(2):
            assert (await client.get(Call(url, "list"))).body == b"{}"
    written = await rows()
    assert [(row.attempt, row.status) for row in written] == [(1, 200), (1, None), (2, 200)]
    assert len(asked) == len(written)
    assert "closed without an answer" in written[1].error


@asynccontextmanager
async def a_server_that_answers(head: bytes) -> AsyncIterator[str]:
    """Answers every request with this head and the body {}; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while await reader.readline() not in (b"\r\n", b""):
                pass
            writer.write(head + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def answer_to(head: bytes) -> Any:
    async with a_server_that_answers(head) as url, open_client(None, fetch_policy(), Pinned("127.0.0.1")) as client:
        return await client.get(Call(url, "list"))


async def test_headers_that_are_not_utf_8_are_texts_all_the_same(generated: RunningSandbox, use: Use):
    use(generated)
    head = b'HTTP/1.1 200 \xff\r\nETag: "caf\xe9"\r\nX-Name: caf\xc3\xa9\r\nSet-Cookie: \xff=\xff\r\nContent-Type: \xff\r\n'
    answer = await answer_to(head)
    assert (answer.headers["etag"], answer.headers["x-name"], answer.body) == ('"café"', "café", b"{}")
    assert [(row.status, row.error) for row in await rows()] == [(200, "")]


async def test_heads_of_many_kilobytes_are_read(generated: RunningSandbox, use: Use):
    use(generated)
    many = b"".join(b"X-%d: y\r\n" % number for number in range(200))
    answer = await answer_to(b"HTTP/1.1 200 OK\r\nContent-Security-Policy: " + b"x" * 9000 + b"\r\n" + many)
    assert (len(answer.headers["content-security-policy"]), answer.body) == (9000, b"{}")


async def test_a_reason_that_cannot_be_stored_is_stored_without_what_is_bad_in_it(generated: RunningSandbox, use: Use):
    use(generated)
    with pytest.raises(UnexpectedStatusError, match=r"418 Tea +pot"):
        await answer_to(b"HTTP/1.1 418 Tea\xff\x01pot\r\n")
    (row,) = await rows()
    assert row.status == 418
    assert re.search(r"418 Tea +pot", row.error)
    assert row.error.isprintable()


@pytest.mark.parametrize("location", ["http://[", "//[x", "http://a\x01b.invalid/"])
async def test_a_redirect_to_no_address_is_refused(location: str, generated: RunningSandbox, use: Use):
    use(generated)
    with pytest.raises(AddressRefusedError, match="address"):
        await answer_to(b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\n")
    assert [row.status for row in await rows()] == [302]


async def test_a_redirect_in_latin_1_is_followed(generated: RunningSandbox, use: Use):
    use(generated)
    with pytest.raises(AddressRefusedError, match="redirects"):
        await answer_to(b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\n")
    written = await rows()
    assert [row.url.rpartition("/")[2] for row in written] == ["", "café", "café", "café"]


async def test_a_refusal_while_connecting_is_no_transport_error_and_is_not_retried(generated: RunningSandbox, use: Use):
    use(generated)

    class Refusing(Pinned):
        async def addresses(self, host: str, port: int) -> list[str]:
            raise AddressRefusedError("lies in a private network")

    async with open_client(None, fetch_policy(), Refusing("")) as client:
        with pytest.raises(AddressRefusedError, match="private network"):
            await client.get(Call("http://rebound.invalid/", "list"))
    (row,) = await rows()
    assert row.error.startswith("address_refused")


async def test_one_honest_user_agent_and_no_proxy_unless_configured(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    assert (configured.FETCH_PROXIES, configured.FETCH_ROTATING_USER_AGENTS) == ([], [])
    await get(board_url(generated, full_boards[0]))
    (row,) = await rows()
    assert (row.user_agent, row.proxy) == (configured.FETCH_USER_AGENT, "")
    assert generated.requests()[-1]["user_agent"] == configured.FETCH_USER_AGENT
    assert "contact" in configured.FETCH_USER_AGENT


async def test_rotating_user_agents_are_recorded_as_they_were_sent(
    generated: RunningSandbox, use: Use, full_boards: list[str], settings: Any
):
    use(generated)
    settings.FETCH_ROTATING_USER_AGENTS = ["One/1.0", "Two/2.0 (KHTML, like Gecko)"]
    before = len(generated.requests())
    async with open_client(None, fetch_policy()) as client:
        for _ in range(12):
            await client.get(Call(board_url(generated, full_boards[0]), "list"))
    sent = [line["user_agent"] for line in generated.requests(before + 12)[before:]]
    assert sent == [row.user_agent for row in await rows()]
    assert set(sent) == set(settings.FETCH_ROTATING_USER_AGENTS)


@asynccontextmanager
async def a_proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """A forwarding proxy for plain http; its address and the heads of the requests that it was given."""
    heads: list[str] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head.decode())
        url = httpx.URL(head.split()[1].decode())
        out_reader, out_writer = await asyncio.open_connection(url.host, url.port)
        kept = [line for line in head.decode().splitlines()[1:-1] if not line.lower().startswith(("proxy-", "connection:"))]
        asked = [f"GET {url.raw_path.decode()} HTTP/1.1", "Connection: close", *kept, "", ""]
        out_writer.write("\r\n".join(asked).encode())
        writer.write(await out_reader.read())
        for stream in (writer, out_writer):
            stream.close()

    server = await asyncio.start_server(forward, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


async def test_a_proxy_is_used_and_recorded_without_its_password(
    generated: RunningSandbox, use: Use, full_boards: list[str], settings: Any
):
    use(generated)
    async with a_proxy() as (address, heads):
        settings.FETCH_PROXIES = [f"http://user:secret@{address}"]
        answer = await get(board_url(generated, full_boards[0]))
    assert answer.status == 200
    assert "Proxy-Authorization: Basic" in heads[0]
    (row,) = await rows()
    assert row.proxy == address
    assert "secret" not in repr(vars(row))


@asynccontextmanager
async def nobody_there() -> AsyncIterator[str]:
    """The address of a port that is taken, but where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        (lambda: a_server_that_answers(b"HTTP/1.1 407 Proxy Authentication Required\r\n"), "the proxy refused the connection"),
        (nobody_there, "no connection to the proxy"),
    ],
    ids=["refuses", "is down"],
)
async def test_a_proxy_that_does_not_connect_is_named_and_the_host_is_not_blamed(
    proxy: Callable[[], Any], why: str, generated: RunningSandbox, use: Use, settings: Any
):
    use(generated)
    settings.FETCH_BREAKER_FAILURES = 1
    async with proxy() as address, Redis.from_url(configured.REDIS_URL) as redis:
        settings.FETCH_PROXIES = [address.replace("http://", "http://user:secret@")]
        async with open_client(None, fetch_policy(), Pinned("127.0.0.1")) as client:
            with pytest.raises(ProxyRestingError, match=why) as raised:
                await client.get(Call("https://boards.invalid/", "list"))
        _, state, failing = keys("boards.invalid:443")
        assert await redis.hexists(state, "opened")
        assert not await redis.hexists(state, "open_until")
        assert not await redis.exists(failing)
    assert host_port(address) in str(raised.value)
    written = await rows()
    assert [row.attempt for row in written] == list(range(1, RETRIES + 2))
    assert all(row.error.startswith(f"proxy: {why}") for row in written)
    assert "secret" not in f"{raised.value} {[vars(row) for row in written]}"


async def test_a_row_waits_for_its_slot_and_knows_when_it_got_it(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    generated.control(latency_ms=60_000)
    policy = replace(fetch_policy(), at_once=1)
    url = board_url(generated, full_boards[0])
    async with open_client(None, policy) as client:
        calls = [asyncio.create_task(client.get(Call(url, "list"))) for _ in range(3)]
        async with asyncio.timeout(60):
            while [row.started_at is None for row in await rows()] != [False, True, True]:
                await asyncio.sleep(0.01)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    first, *others = await rows()
    assert (first.status, first.error) == (None, "cancelled")
    assert first.started_at
    assert first.ended_at
    assert first.ended_at >= first.started_at
    for row in others:
        assert (row.started_at, row.status, row.error.startswith("not sent")) == (None, None, True)
        assert row.ended_at


@asynccontextmanager
async def a_server_that_waits(answer: asyncio.Event) -> AsyncIterator[tuple[str, list[str]]]:
    """Answers once it is told to; its address and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError):
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split()[1])
            await answer.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")

    server = await asyncio.start_server(serve, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


@pytest.mark.parametrize("is_back", [False, True], ids=["still away", "back again"])
async def test_nothing_leaves_while_the_ledger_cannot_say_so(
    is_back: bool, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch
):
    """Requests whose rows were committed wait for their slots when the database goes away, and again when it has come back."""
    use(generated)
    commit, answer, is_away = ledger_module._commit, asyncio.Event(), False

    def committed(*arguments: Any) -> list[int]:
        if is_away:
            raise OperationalError("the database is away")
        return commit(*arguments)

    monkeypatch.setattr(ledger_module, "_commit", committed)
    monkeypatch.setattr(ledger_module, "RETRY_S", 600.0 if is_back else 0.05)
    guard, policy = Pinned("127.0.0.1"), replace(fetch_policy(), at_once=1)
    async with asyncio.timeout(120), a_server_that_waits(answer) as (url, asked), open_client(None, policy, guard) as client:
        calls = [asyncio.create_task(client.get(Call(f"{url}/{number}", "list"))) for number in range(3)]
        while [row.started_at is None for row in await rows()] != [False, True, True]:
            await asyncio.sleep(0.01)
        is_away = True
        with pytest.raises(OperationalError):
            await client.get(Call(f"{url}/later", "list"))
        is_away = not is_back
        answer.set()
        came = await asyncio.gather(*calls, return_exceptions=True)
        is_away = False
    written = await rows()
    sent = [urlsplit(row.url).path for row in written if row.started_at and row.ended_at]
    refused = [row.error for row in written if not row.started_at and row.ended_at]
    assert sent == asked
    assert [isinstance(one, OperationalError) for one in came] == [False, not is_back, not is_back]
    assert "not sent: the ledger was behind" in refused
    assert len(sent) + len(refused) == len(written)


async def test_a_redirect_elsewhere_is_not_followed(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    generated.control(faults=[{"kind": "redirect-private", "rate": 1}])
    with pytest.raises(AddressRefusedError):
        await get(board_url(generated, full_boards[0]))
    (row,) = await rows()
    assert (row.status, row.error) == (302, "")


async def test_304_is_an_answer_only_to_who_asked_for_it(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    url = board_url(generated, full_boards[0])
    tag = (await get(url)).headers["etag"]
    assert (await get(url, headers={"If-None-Match": tag})).status == 304

    with pytest.raises(UnexpectedStatusError, match="304"):
        _judge(cast(Any, SimpleNamespace(status=304, reason="Not Modified", headers={})), Slot("host", "", "token", 0, 0.0), {})


async def test_a_host_that_is_down_is_not_blamed_on_its_boards(generated: RunningSandbox, use: Use, full_boards: list[str], settings: Any):
    use(generated)
    settings.FETCH_BREAKER_FAILURES = 2
    generated.control(faults=[{"kind": "500", "rate": 1}])

    async def ask(client: Client, key: str) -> str:
        try:
            await client.get(Call(board_url(generated, key), "list"))
        except HostRestingError as error:
            return str(error)
        return "answered"

    async with open_client(None, fetch_policy()) as client:
        said = await asyncio.gather(*(ask(client, key) for key in full_boards[:3]))
        states = {state.host: state for state in await sync_to_async(host_states)()}
        assert states[host_port(generated.greenhouse_url)].breaker in ("open", "half-open")
        assert all("circuit breaker" in text for text in said)
        generated.control(faults=[])
        assert await ask(client, full_boards[0]) == "answered"
    states = {state.host: state for state in await sync_to_async(host_states)()}
    assert states[host_port(generated.greenhouse_url)].breaker == "closed"


async def test_the_index_is_asked_over_one_connection_at_its_spacing(generated: RunningSandbox, use: Use, settings: Any):
    use(generated)
    settings.CDX_SPACING_MS = 60
    async with open_client(None, cdx_policy()) as client, open_client(None, cdx_policy()) as other:
        url = f"{generated.cdx_url}/collinfo.json"
        await asyncio.gather(*(each.get(Call(url, "collinfo")) for each in (client, other) for _ in range(3)))
    judgement = await from_database(lambda: review(Scope()))
    host = judgement.hosts[host_port(generated.cdx_url)]
    assert judgement.is_polite
    assert (host.requests, host.most_at_once, host.allowed_at_once, host.spacing_ms) == (6, 1, 1, 60)
    assert host.least_gap_ms >= 60
    assert generated.control()["highest_concurrency"]["cdx"] == 1
