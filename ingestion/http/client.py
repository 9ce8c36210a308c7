"""The only way out: GET requests inside limiter and ledger, with retries, bounded in size, time and reach."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urljoin

import aiohttp
from django.conf import settings
from django.utils import timezone

from ingestion.errors import (
    AccessDeniedError,
    AddressRefusedError,
    FetchError,
    HostRestingError,
    ProxyError,
    ProxyRestingError,
    ServerBusyError,
    SourceGoneError,
    TransportError,
    UnexpectedStatusError,
)
from ingestion.http.addresses import AddressGuard, host_name, host_port
from ingestion.http.bodies import Body, Sink, Unpacker, refuse_above
from ingestion.http.connections import Connections, Face, Guard
from ingestion.http.contact import require_contact
from ingestion.http.heads import Head
from ingestion.http.retry import RETRIED_STATUSES, RETRIES, SLOW_DOWN_STATUSES, retry_after_s, schedule_s, wait_s
from ingestion.politeness.ledger import Announcement, Ledger, Note, unsent
from ingestion.politeness.limiter import HostPolicy, Limiter, Slot

MAX_REDIRECTS = 3
# Discovery has one connection and nothing else to do: it sits through pauses that fit into a task.
CDX_PATIENCE_S = 1800.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What is streamed into a sink is not kept, but it ends somewhere, too.
MAX_STREAMED_BYTES = 2**30
# Of an answer whose body says nothing so much is read, so that its connection can be used again.
_DRAINED_BYTES = 64 * 1024


@dataclass(frozen=True)
class Call:
    """One GET that somebody wants answered."""

    url: str
    purpose: str
    source_id: int | None = None
    forced: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A 200 (or a 304, when validators were sent; a 206, when a range was asked for). `body` is empty when a sink took it.

    `request_id` is the ledger's row.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    request_id: int = 0


@dataclass(frozen=True)
class _Redirect:
    status: int
    location: str


@dataclass
class _Attempt:
    """One of the requests that a call takes, and what is known of it."""

    call: Call
    call_id: uuid.UUID
    number: int
    scheduled_wait_s: float
    sink: Callable[[], Sink] | None
    request_id: int = 0
    size: int = 0


class Client:
    """Opened once for a slice of sources or a discovery. Everything it sends goes through `limiter` and `ledger`."""

    def __init__(self, limiter: Limiter, ledger: Ledger, policy: HostPolicy, guard: Guard) -> None:
        self._limiter = limiter
        self._ledger = ledger
        self._policy = policy
        self._guard = guard
        self._limit = settings.FETCH_MAX_BODY_MB * 2**20
        self._connections = Connections(guard)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._connections.aclose()

    async def get(self, call: Call, sink: Callable[[], Sink] | None = None) -> Answer:
        """The answer, after as many retries as spec F2 allows.

        Raises the FetchError of the last attempt with `attempts` set, HostRestingError, LimiterUnavailableError and ContactMissingError.
        """
        scheduled, call_id = 0.0, uuid.uuid4()
        for number in range(1, RETRIES + 2):
            try:
                return await self._follow(_Attempt(call, call_id, number, scheduled, sink))
            except FetchError as error:
                error.attempts, error.url = number, error.url or call.url
                if not error.retryable or number > RETRIES:
                    raise
                if error.retry_after_s > self._policy.patience_s:
                    raise HostRestingError(host_port(error.url), error.retry_after_s) from error
                scheduled = max(schedule_s(number, settings.FETCH_RETRY_UNIT_S), error.retry_after_s)
                await asyncio.sleep(wait_s(number, settings.FETCH_RETRY_UNIT_S, error.retry_after_s, random.random()))
        raise AssertionError("the last attempt returns or raises")

    async def _follow(self, attempt: _Attempt) -> Answer:
        """One attempt; each redirect is a request of its own, with its own slot and row."""
        url, came_from = attempt.call.url, None
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._send(attempt, url, came_from)
            if isinstance(answer, Answer):
                return answer
            came_from, url = url, _next_url(url, answer)
        raise AddressRefusedError(f"more than {MAX_REDIRECTS} redirects", status=302, url=attempt.call.url)

    async def _send(self, attempt: _Attempt, url: str, came_from: str | None) -> Answer | _Redirect:
        """One request. Refused because the ledger is behind, it is announced again, which waits for the database or fails with it."""
        while True:
            answer = await self._send_unless_behind(attempt, url, came_from)
            if answer is not None:
                return answer

    async def _send_unless_behind(self, attempt: _Attempt, url: str, came_from: str | None) -> Answer | _Redirect | None:
        """One request inside a slot. Its row is committed before it asks for one, so that it leaves as soon as it has it.

        None: it was not sent, since what became of earlier requests cannot be written.
        """
        host = await self._guard.check(url, came_from)
        require_contact(host_name(url))
        face, subject = self._connections.face(), str(attempt.call.source_id or url)
        slot: Slot | None = None
        attempt.size = 0
        attempt.request_id = await self._ledger.announce(self._announcement(attempt, host, url, face))
        status, complaint = None, "given up before it got a slot"
        try:
            async with self._limiter.slot(host, self._policy, subject) as granted:
                if self._ledger.is_behind:
                    complaint = "the ledger was behind"
                    return None
                slot, complaint = granted, "cancelled"
                self._ledger.note(Note(attempt.request_id, slot.granted_at))
                answer = await self._exchange(attempt, url, slot, face)
                status, complaint = answer.status, ""
        except FetchError as error:
            status, complaint, error.request_id = error.status, f"{error.kind}: {error}", attempt.request_id
            self._blame(error, attempt, slot, face)
            raise
        finally:
            self._ledger.note(_end(attempt, slot, status, complaint))
        return answer

    def _announcement(self, attempt: _Attempt, host: str, url: str, face: Face) -> Announcement:
        return Announcement(
            host=host,
            url=url,
            purpose=attempt.call.purpose,
            source_id=attempt.call.source_id,
            call_id=attempt.call_id,
            attempt=attempt.number,
            scheduled_wait_ms=int(attempt.scheduled_wait_s * 1000),
            forced=attempt.call.forced,
            at_once=self._policy.at_once,
            spacing_ms=self._policy.spacing_ms,
            user_agent=face.user_agent,
            proxy=face.proxy,
        )

    def _blame(self, error: FetchError, attempt: _Attempt, slot: Slot | None, face: Face) -> None:
        """Raise HostRestingError for a last attempt where not the source is at fault but the host (its breaker is open) or a proxy."""
        if slot is None or attempt.number <= RETRIES:
            return
        if isinstance(error, ProxyError):
            raise ProxyRestingError(slot.host, face.proxy, str(error)) from error
        if slot.rests_s is not None and error.retryable:
            raise HostRestingError(slot.host, slot.rests_s, is_broken=True) from error

    async def _exchange(self, attempt: _Attempt, url: str, slot: Slot, face: Face) -> Answer | _Redirect:
        """Send and read within the time limit. Transport errors become TransportError."""
        if not slot.is_held:
            raise TransportError("not sent: this process stood still for longer than its slot is held")
        try:
            async with asyncio.timeout(settings.FETCH_TIMEOUT_S):
                async with self._connections.get(url, slot.host, attempt.call.headers, face) as response:
                    return await self._read(attempt, response, slot)
        except TimeoutError:
            slot.health = "down"
            raise TransportError(f"no complete answer within {settings.FETCH_TIMEOUT_S:g} s") from None
        except (aiohttp.ClientHttpProxyError, aiohttp.ClientProxyConnectionError) as error:  # says nothing of the host
            raise ProxyError(_words(error)) from error
        except aiohttp.ClientError as error:
            slot.health = "down"
            raise TransportError(f"{_words(error)}") from error

    async def _read(self, attempt: _Attempt, response: aiohttp.ClientResponse, slot: Slot) -> Answer | _Redirect:
        head = Head.of(response)
        slot.health = "down" if head.status in RETRIED_STATUSES else "up"
        try:
            _judge(head, slot, attempt.call.headers)
        except FetchError:
            await _drain(response)
            raise
        if head.status in _REDIRECTS:
            await _drain(response)
            return _Redirect(head.status, head.headers.get("location", ""))
        body = Body(self._limit)
        if attempt.sink is None:
            refuse_above(int(head.headers.get("content-length", 0) or 0), self._limit)
        unpacker = Unpacker(head.headers.get("content-encoding", ""))
        await self._take(attempt, response, unpacker, attempt.sink() if attempt.sink else body)
        return Answer(head.status, head.headers, body.whole(), str(response.url), attempt.request_id)

    async def _take(self, attempt: _Attempt, response: aiohttp.ClientResponse, unpacker: Unpacker, taker: Sink) -> None:
        async for packed in response.content.iter_any():
            for piece in unpacker.feed(packed):
                attempt.size += len(piece)
                refuse_above(attempt.size, MAX_STREAMED_BYTES)
                taker.feed(piece)
        unpacker.close()


@asynccontextmanager
async def open_client(run_id: uuid.UUID | None, policy: HostPolicy, guard: Guard | None = None) -> AsyncIterator[Client]:
    """A client with limiter and ledger, for one event loop and one run. Without a guard it reaches the configured base URLs."""
    reach = guard or AddressGuard([*settings.ATS_BASE_URLS.values(), settings.CDX_BASE_URL, settings.COLUMNAR_BASE_URL])
    async with (
        Ledger(run_id) as ledger,
        Limiter(settings.REDIS_URL, ledger.activity) as limiter,
        Client(limiter, ledger, policy, reach) as client,
    ):
        yield client


def fetch_policy() -> HostPolicy:
    """How the hosts of the ATSs are treated."""
    return _policy(settings.FETCH_PER_HOST, settings.FETCH_MIN_SPACING_MS)


def cdx_policy() -> HostPolicy:
    """How the index of Common Crawl is treated: one connection (spec D4)."""
    return replace(_policy(1, settings.CDX_SPACING_MS), patience_s=CDX_PATIENCE_S)


def _policy(at_once: int, spacing_ms: int) -> HostPolicy:
    return HostPolicy(at_once, spacing_ms, settings.FETCH_BREAKER_FAILURES, settings.FETCH_BREAKER_OPEN_S)


def _end(attempt: _Attempt, slot: Slot | None, status: int | None, complaint: str) -> Note:
    if slot is None:
        return unsent(attempt.request_id, complaint)
    return Note(attempt.request_id, slot.granted_at, slot.ended_at, status, attempt.size, complaint, slot.pause_s)


def _answers_to(asked_with: Mapping[str, str]) -> frozenset[int]:
    """The statuses that answer a request with these headers: 304 and 206 only where they were asked for."""
    if "Range" in asked_with:
        return frozenset({200, 206})
    return frozenset({200, 304} if asked_with.keys() & {"If-None-Match", "If-Modified-Since"} else {200})


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a body that says nothing, if it is small; a long or broken one costs its connection instead."""
    left = _DRAINED_BYTES
    with suppress(aiohttp.ClientError):
        async for piece in response.content.iter_any():
            left -= len(piece)
            if left <= 0:
                return


def _next_url(url: str, redirect: _Redirect) -> str:
    """Where a redirect leads. Raises AddressRefusedError for what is no address."""
    try:
        return urljoin(url, redirect.location)
    except ValueError as error:
        raise AddressRefusedError(f"redirected to {redirect.location[:200]!r}, which is no address: {error}", url=url) from None


def _judge(head: Head, slot: Slot, asked_with: Mapping[str, str]) -> None:
    """Tell the limiter how the host feels; raise for every status that brings no body to read."""
    status = head.status
    if status in SLOW_DOWN_STATUSES:
        slot.verdict = "slow"
    elif status < 400:
        slot.verdict = "ok"
    if status in RETRIED_STATUSES:
        pause = retry_after_s(head.headers, timezone.now())
        slot.pause_s = pause
        raise ServerBusyError(f"the server answered {status} {head.reason}", status=status, retry_after_s=pause)
    if status in (404, 410):
        raise SourceGoneError(f"there is no such board (the server answered {status})", status=status)
    if status in (401, 403):
        raise AccessDeniedError(f"access is denied (the server answered {status})", status=status)
    if status not in _REDIRECTS | _answers_to(asked_with):
        raise UnexpectedStatusError(f"the server answered {status} {head.reason}", status=status)


def _words(error: aiohttp.ClientError) -> str:
    """What a person understands of a transport error."""
    if isinstance(error, aiohttp.ClientHttpProxyError):  # its own text holds the proxy's address with user name and password
        return f"the proxy refused the connection ({error.status} {error.message})"
    names: dict[type[aiohttp.ClientError], str] = {
        aiohttp.ClientProxyConnectionError: "no connection to the proxy",
        aiohttp.ClientConnectorError: "no connection",
        aiohttp.ServerDisconnectedError: "the connection was closed without an answer",
        aiohttp.ClientOSError: "the connection broke",
        aiohttp.ClientPayloadError: "the answer was cut off",
        aiohttp.ClientResponseError: "the answer is not HTTP",
    }
    text = next((words for kind, words in names.items() if isinstance(error, kind)), type(error).__name__)
    return f"{text} ({error})" if str(error) else text


def absolute_url(base_url: str, path: str, query: dict[str, str]) -> str:
    """The address of a request under a base URL."""
    return f"{base_url.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
