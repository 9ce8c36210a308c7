"""The only way out: GET requests inside limiter and ledger, with retries, bounded in size, time and reach."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlencode, urljoin

import httpx
from django.conf import settings
from django.utils import timezone
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ingestion.addresses import AddressGuard
from ingestion.errors import (
    AccessDeniedError,
    AddressRefusedError,
    BodyTooLargeError,
    FetchError,
    ServerBusyError,
    SourceGoneError,
    TransportError,
    UnexpectedStatusError,
    UnreadableBodyError,
)
from ingestion.ledger import Ledger
from ingestion.limiter import HostPolicy, Limiter, Slot
from ingestion.retry import RETRIED_STATUSES, RETRIES, SLOW_DOWN_STATUSES, retry_after_s, schedule_s, wait_s

MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# The encodings whose unpacked size can be bounded while streaming.
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})


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
    """A 200 (or a 304, when validators were sent; a 206, when a range was asked for). `body` is empty when a sink took it."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str


class Sink(Protocol):
    """Takes a body piece by piece instead of keeping it; every attempt gets a new one."""

    def feed(self, piece: bytes) -> None: ...


class Guard(Protocol):
    """Decides which addresses a client may call."""

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """The URL's `host:port`. Raises AddressRefusedError."""


class Body:
    """A body in memory, refused as soon as it is too large."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self.size = 0

    def feed(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._limit:
            raise BodyTooLargeError(f"the body is larger than {self._limit // 2**20} MB (too_large)", status=200)
        self._pieces.append(piece)

    def whole(self) -> bytes:
        return b"".join(self._pieces)


@dataclass
class _Attempt:
    """What one request needs and what is known of it."""

    call: Call
    number: int
    scheduled_wait_s: float
    size: int = 0


class Client:
    """Opened once for a slice of sources or a discovery. Everything it sends goes through `limiter` and `ledger`."""

    def __init__(self, limiter: Limiter, ledger: Ledger, policy: HostPolicy, guard: Guard) -> None:
        self._limiter = limiter
        self._ledger = ledger
        self._policy = policy
        self._guard = guard
        self._limit = settings.FETCH_MAX_BODY_MB * 2**20
        self._http = httpx.AsyncClient(
            headers={"User-Agent": settings.FETCH_USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(settings.FETCH_TIMEOUT_S),
            limits=httpx.Limits(max_connections=policy.at_once * 4, max_keepalive_connections=policy.at_once * 4, keepalive_expiry=30),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def get(self, call: Call, sink: Callable[[], Sink] | None = None) -> Answer:
        """The answer, after as many retries as spec F2 allows.

        Raises the FetchError of the last attempt with `attempts` set, HostRestingError and LimiterUnavailableError.
        """
        scheduled = 0.0
        for number in range(1, RETRIES + 2):
            try:
                return await self._follow(_Attempt(call, number, scheduled), sink)
            except FetchError as error:
                error.attempts, error.url = number, error.url or call.url
                if not error.retryable or number > RETRIES:
                    raise
                scheduled = max(schedule_s(number, settings.FETCH_RETRY_UNIT_S), error.retry_after_s)
                await asyncio.sleep(wait_s(number, settings.FETCH_RETRY_UNIT_S, error.retry_after_s, random.random()))
        raise AssertionError("the last attempt returns or raises")

    async def _follow(self, attempt: _Attempt, sink: Callable[[], Sink] | None) -> Answer:
        """One attempt; each redirect is a request of its own, with its own slot and row."""
        url, came_from = attempt.call.url, None
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._send(attempt, url, came_from, sink)
            if isinstance(answer, Answer):
                return answer
            came_from, url = url, urljoin(url, answer)
        raise AddressRefusedError(f"more than {MAX_REDIRECTS} redirects", status=302, url=attempt.call.url)

    async def _send(self, attempt: _Attempt, url: str, came_from: str | None, sink: Callable[[], Sink] | None) -> Answer | str:
        """The answer, or the address it redirects to."""
        host = await self._guard.check(url, came_from)
        async with self._limiter.slot(host, self._policy) as slot:
            request_id = await self._ledger.begin(
                host=host,
                url=url,
                purpose=attempt.call.purpose,
                source_id=attempt.call.source_id,
                attempt=attempt.number,
                scheduled_wait_s=attempt.scheduled_wait_s,
                forced=attempt.call.forced,
            )
            status, complaint, attempt.size = None, "cancelled", 0
            try:
                answer = await self._exchange(attempt, url, slot, sink)
                status, complaint = (answer.status, "") if isinstance(answer, Answer) else (302, "")
            except FetchError as error:
                status, complaint = error.status, f"{error.kind}: {error}"
                raise
            finally:
                self._ledger.end(request_id, status=status, size=attempt.size, error=complaint)
        return answer

    async def _exchange(self, attempt: _Attempt, url: str, slot: Slot, sink: Callable[[], Sink] | None) -> Answer | str:
        """Send and read within the time limit. Transport errors become TransportError."""
        try:
            async with asyncio.timeout(settings.FETCH_TIMEOUT_S), AsyncExitStack() as stack:
                response = await stack.enter_async_context(self._http.stream("GET", url, headers=attempt.call.headers))
                return await self._read(attempt, response, slot, sink)
        except TimeoutError:
            raise TransportError(f"no complete answer within {settings.FETCH_TIMEOUT_S:g} s") from None
        except httpx.DecodingError as error:
            raise TransportError(f"the body's compression is damaged: {error}") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise TransportError(f"{_words(error)}") from error

    async def _read(self, attempt: _Attempt, response: httpx.Response, slot: Slot, sink: Callable[[], Sink] | None) -> Answer | str:
        _judge(response, slot, is_ranged="Range" in attempt.call.headers)
        if response.status_code in _REDIRECTS:
            return str(response.headers.get("location", ""))
        if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            raise UnreadableBodyError(f"compressed as {response.headers['content-encoding']!r}, which was not asked for", status=200)
        if sink is None and int(response.headers.get("content-length", 0) or 0) > self._limit:
            raise BodyTooLargeError(f"the body is larger than {self._limit // 2**20} MB (too_large)", status=200)
        body = Body(self._limit)
        taker: Sink = sink() if sink else body
        async for piece in response.aiter_bytes():
            attempt.size += len(piece)
            taker.feed(piece)
        return Answer(response.status_code, response.headers, body.whole(), str(response.url))


@asynccontextmanager
async def open_client(run_id: uuid.UUID | None, policy: HostPolicy, guard: Guard | None = None) -> AsyncIterator[Client]:
    """A client with limiter and ledger, for one event loop and one run. Without a guard it reaches the configured base URLs."""
    reach = guard or AddressGuard([*settings.ATS_BASE_URLS.values(), settings.CDX_BASE_URL, settings.COLUMNAR_BASE_URL])
    # The limiter waits for a restarting Redis itself: one retry mechanism, not two.
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=10, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0))
    async with Ledger(run_id) as ledger, Limiter(redis, ledger.in_flight) as limiter, Client(limiter, ledger, policy, reach) as client:
        yield client


def fetch_policy() -> HostPolicy:
    """How the hosts of the ATSs are treated."""
    return HostPolicy(settings.FETCH_PER_HOST, settings.FETCH_MIN_SPACING_MS)


def cdx_policy() -> HostPolicy:
    """How the index of Common Crawl is treated: one connection (spec D4)."""
    return HostPolicy(1, settings.CDX_SPACING_MS)


def _judge(response: httpx.Response, slot: Slot, *, is_ranged: bool = False) -> None:
    """Tell the limiter how the host feels; raise for every status that brings no body to read."""
    status = response.status_code
    if status in SLOW_DOWN_STATUSES:
        slot.verdict = "slow"
    elif status < 400:
        slot.verdict = "ok"
    if status in RETRIED_STATUSES:
        pause = retry_after_s(response.headers, timezone.now())
        slot.pause_s = pause
        raise ServerBusyError(f"the server answered {status} {response.reason_phrase}", status=status, retry_after_s=pause)
    if status in (404, 410):
        raise SourceGoneError(f"there is no such board (the server answered {status})", status=status)
    if status in (401, 403):
        raise AccessDeniedError(f"access is denied (the server answered {status})", status=status)
    if status not in _REDIRECTS | ({200, 206} if is_ranged else {200, 304}):
        raise UnexpectedStatusError(f"the server answered {status} {response.reason_phrase}", status=status)


def _words(error: Exception) -> str:
    """What a person understands of a transport error."""
    names: dict[type[Exception], str] = {
        httpx.ConnectError: "no connection",
        httpx.ConnectTimeout: "no connection in time",
        httpx.ReadTimeout: "no answer in time",
        httpx.ReadError: "the connection broke while reading",
        httpx.RemoteProtocolError: "the answer was cut off or is not HTTP",
    }
    text = names.get(type(error), type(error).__name__)
    return f"{text} ({error})" if str(error) else text


def absolute_url(base_url: str, path: str, query: dict[str, str]) -> str:
    """The address of a request under a base URL."""
    return f"{base_url.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
