"""Reading one board: every page is in storage before it is split."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from ingestion import storage
from ingestion.ats.base import Adapter, Page, PayloadError, Request
from ingestion.ats.registry import adapter
from ingestion.errors import BodyTooLargeError, FetchError, HostRestingError, UnreadableBodyError
from ingestion.http.client import Call, Client, absolute_url
from ingestion.http.received import ReceivedBody
from ingestion.http.validators import conditional_headers, validators_of
from ingestion.services.boards import BoardRead, PageRead, page_read
from ingestion.services.raw import raw_object_add
from ingestion.services.sources import Claim
from ingestion.storage import StoredRaw

# A list that never ends is a mistake of the server: 500 pages of 100.
MAX_PAGES = 500
# The largest board that was seen has 63 MB.
MAX_BOARD_BYTES = 2**30

log = structlog.get_logger(__name__)


@dataclass
class LargeTurn:
    """The right of one board to have large bodies, while it is read. A process has one such right."""

    lock: asyncio.Lock
    is_taken: bool = False

    async def take(self) -> None:
        if not self.is_taken:
            await self.lock.acquire()
            self.is_taken = True


@asynccontextmanager
async def large_turn(lock: asyncio.Lock) -> AsyncIterator[LargeTurn]:
    """A turn that is given back at the end, if it was taken."""
    turn = LargeTurn(lock)
    try:
        yield turn
    finally:
        if turn.is_taken:
            lock.release()


@dataclass
class _Reading:
    """A board while it is read."""

    claim: Claim
    reader: Adapter
    pages: list[PageRead] = field(default_factory=list)
    company_name: str | None = None
    validators: dict[str, Any] | None = None
    """Of the one answer that was the whole board; None keeps those that are known."""

    @property
    def size(self) -> int:
        """Bytes of the pages so far."""
        return sum(page.raw.size for page in self.pages)

    def is_same(self, raws: Sequence[StoredRaw]) -> bool:
        return digest_of(raws) == self.claim.read_digest

    def same(self) -> BoardRead:
        return BoardRead(self.claim, (), None, self.claim.read_digest, is_same=True, validators=self.validators)


async def read_board(client: Client, claim: Claim, turn: LargeTurn) -> BoardRead:
    """All pages of a board. A large one takes `turn` before it comes into memory.

    Raises FetchError, HostRestingError, LimiterUnavailableError and RawStorageError.
    """
    reading = _Reading(claim, adapter(claim.source_type))
    request: Request | None = reading.reader.list_request(claim.source_key)
    while request is not None:
        page = await _read_page(client, reading, request, turn)
        if page is None:
            return reading.same()
        reading.company_name = reading.company_name or page.company_name
        request = page.next
        if request is not None:
            _refuse_endless(reading, _url(claim, reading.reader, request))
    raws = [page.raw for page in reading.pages]
    reading.validators = reading.validators if len(raws) == 1 else {}
    if reading.is_same(raws):
        return reading.same()
    digest = digest_of(raws)
    if reading.company_name is None and not claim.company_name and reading.pages[0].items and not await _ask_name(client, reading):
        digest = ""  # the next read looks at the board, and asks again, even if nothing has changed
    return BoardRead(claim, tuple(reading.pages), reading.company_name, digest, validators=reading.validators)


def _refuse_endless(reading: _Reading, next_url: str) -> None:
    """Raises UnreadableBodyError or BodyTooLargeError for a board that has had enough pages, and has more."""
    if len(reading.pages) >= MAX_PAGES:
        raise UnreadableBodyError(f"the list has more than {MAX_PAGES} pages", status=200, url=next_url)
    if reading.size > MAX_BOARD_BYTES:
        raise BodyTooLargeError(f"the board is larger than {MAX_BOARD_BYTES // 2**20} MB (too_large)", status=200, url=next_url)


async def _read_page(client: Client, reading: _Reading, request: Request, turn: LargeTurn) -> Page | None:
    """Ask for a page and keep it; None when this one page is all that the read before consisted of, or the server says so (304)."""
    url = _url(reading.claim, reading.reader, request)
    call = Call(url, "list", source_id=reading.claim.source_id, forced=reading.claim.forced, headers=_conditions(reading, request))
    with ReceivedBody(settings.FETCH_MAX_BODY_MB * 2**20) as received:
        answer = await client.get(call, received.sink)
        if answer.status == 304:
            return None
        if received.is_large:
            await turn.take()
        reading.validators = validators_of(_name(request), answer.headers, timezone.now())
        raw, page = await asyncio.to_thread(_keep_and_split, reading, request, received)
    if isinstance(page, PayloadError):
        await sync_to_async(raw_object_add)(raw=raw)
        error = UnreadableBodyError(f"the answer is not a board: {page}", status=200, url=url)
        error.raw_sha256, error.request_id = raw.sha256, answer.request_id
        raise error from page
    return page


def _keep_and_split(reading: _Reading, request: Request, received: ReceivedBody) -> tuple[StoredRaw, Page | PayloadError | None]:
    """The work on a body, beside the event loop: another page of the board. Bytes that are those of the read before are not looked into."""
    body = received.content()
    raw = storage.keep(body)
    if not reading.pages and reading.is_same([raw]):
        return raw, None
    try:
        page = reading.reader.split(body, request)
    except PayloadError as error:
        return raw, error
    reading.pages.append(page_read(reading.reader, raw, page))
    return raw, page


async def _ask_name(client: Client, reading: _Reading) -> bool:
    """Ask for the company's name where the list does not say it; False when it may be had another time.

    The board counts without it, so an error here is only logged.
    """
    claim = reading.claim
    request = reading.reader.name_request(claim.source_key)
    if request is None:
        return True
    try:
        answer = await client.get(Call(_url(claim, reading.reader, request), "name", source_id=claim.source_id, forced=claim.forced))
        reading.company_name = reading.reader.parse_name(answer.body)
    except (FetchError, PayloadError, HostRestingError) as error:
        log.info("company name not read", source=f"{claim.source_type}/{claim.source_key}", error=str(error))
        return isinstance(error, PayloadError) or (isinstance(error, FetchError) and not error.retryable)
    return True


def _conditions(reading: _Reading, request: Request) -> dict[str, str]:
    """Validators of the last read, where "unchanged" can mean all of it."""
    if reading.pages or not reading.claim.read_digest:
        return {}
    return conditional_headers(reading.claim.validators, _name(request), timezone.now())


def _name(request: Request) -> str:
    """Path and query: what validators belong to."""
    return absolute_url("", request.path, dict(request.query))


def _url(claim: Claim, reader: Adapter, request: Request) -> str:
    return absolute_url(base_url(reader, claim.region), request.path, dict(request.query))


def base_url(reader: Adapter, region: str) -> str:
    """The configured base URL that answers for a region: `<SOURCE_TYPE>_<REGION>_BASE_URL` where the adapter has it."""
    regional = f"{reader.source_type}_{region}_BASE_URL".upper() if region else ""
    setting = regional if regional in reader.base_urls else next(iter(reader.base_urls))
    url: str = settings.ATS_BASE_URLS[setting]
    return url


def digest_of(raws: Sequence[StoredRaw]) -> str:
    """What a read consisted of: the same again means that nothing changed."""
    return hashlib.sha256("".join(raw.sha256 for raw in raws).encode()).hexdigest()
