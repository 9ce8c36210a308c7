"""Reading boards: one async client, many sources at a time, each stored as it completes."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, OperationalError

from ingestion import storage
from ingestion.ats.base import Adapter, Page, PayloadError, Request
from ingestion.ats.registry import adapter
from ingestion.client import Answer, Call, Client, absolute_url, fetch_policy, open_client
from ingestion.errors import FetchError, HostRestingError, LimiterUnavailableError, RawStorageError, UnreadableBodyError
from ingestion.services.boards import BoardRead, BoardResult, PageRead, boards_store
from ingestion.services.raw import raw_object_add
from ingestion.services.sources import Claim, leased_elsewhere, source_fail, sources_claim, sources_release, sources_renew
from ingestion.storage import StoredRaw

# Sources under way at once; only FETCH_PER_HOST of them have a request out, the others wait for a retry or for storing.
AT_ONCE = 24
# Boards stored in one transaction, in postings: enough to make the fixed costs small.
STORE_TOGETHER = 2_000
RENEW_S = 8.0
# How often a process that is to read everything looks whether a lost worker's sources are free.
LOOK_AGAIN_S = 1.0
# A list that never ends is a mistake of the server: 500 pages of 100.
MAX_PAGES = 500

log = structlog.get_logger(__name__)


@dataclass
class SliceResult:
    """What became of the sources of a slice. `stopped` says why it ended before its sources did, "" when it did not;

    `lacks_storage`, that raw storage was the reason.
    """

    read: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    lacks_storage: bool = False

    def stop(self, error: Exception) -> None:
        self.stopped, self.lacks_storage = str(error), isinstance(error, RawStorageError)


async def fetch_slice(*, source_types: Sequence[str], limit: int | None, run_id: uuid.UUID | None) -> SliceResult:
    """Claim and read due sources of these ATSs until `limit` are done (None: until none is due).

    Nobody is asked for what could not be stored: raw storage is tried first.
    """
    result = SliceResult()
    try:
        await asyncio.to_thread(storage.check)
    except RawStorageError as error:
        result.stop(error)
        return result
    async with open_client(run_id, fetch_policy()) as client:
        slices = [_Slice(client, source_type, limit, run_id, result) for source_type in source_types]
        await _all_or_none([asyncio.create_task(one.work()) for one in slices])
    return result


async def _all_or_none(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all; when one fails the others are ended first, while the client they use is still open."""
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Slice:
    """The sources of one ATS that this process works on."""

    def __init__(self, client: Client, source_type: str, limit: int | None, run_id: uuid.UUID | None, result: SliceResult) -> None:
        self._client = client
        self._source_type = source_type
        self._left = limit
        self._run_id = run_id
        self._result = result
        self._held: dict[int, Claim] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._read: asyncio.Queue[BoardRead | None] = asyncio.Queue()
        self._stored = asyncio.Event()

    async def work(self) -> None:
        """Read and store until nothing is left; whatever happens, sources that are still held are given back."""
        reading, storing = asyncio.create_task(self._read_all()), asyncio.create_task(self._store_for_ever())
        renewing = asyncio.create_task(self._renew_for_ever())
        try:
            # Storing ends before reading only by an error, which must not leave the readers waiting for ever.
            await asyncio.wait({reading, storing}, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()
            reading.result()
            await self._read.put(None)
            await storing
        finally:
            tasks = (reading, storing, renewing, *self._reading)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._give_back()

    async def _give_back(self) -> None:
        if self._held:
            with suppress(DatabaseError):  # without a database the leases end by themselves
                await sync_to_async(sources_release)(claims=list(self._held.values()))

    async def _read_all(self) -> None:
        while True:
            room = AT_ONCE - len(self._held)
            claims = await self._claim(room) if room >= AT_ONCE // 2 or not self._reading else []
            for claim in claims:
                self._held[claim.source_id] = claim
                task = asyncio.create_task(self._read_one(claim))
                self._reading.add(task)
            if self._held:
                await self._wait()
            elif await self._must_wait_for_others():
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                return

    async def _must_wait_for_others(self) -> bool:
        """Who is to read everything stays while others hold sources: those of a killed process come free in seconds."""
        if self._left is not None or self._result.stopped:
            return False
        return await sync_to_async(leased_elsewhere)(self._run_id, self._source_type)

    async def _wait(self) -> None:
        """Until a read ends, or boards that were read are stored."""
        self._stored.clear()
        stored = asyncio.create_task(self._stored.wait())
        done, _ = await asyncio.wait({stored, *self._reading}, return_when=asyncio.FIRST_COMPLETED)
        stored.cancel()
        for task in self._reading & done:
            task.result()
        self._reading -= done

    async def _claim(self, room: int) -> list[Claim]:
        wanted = room if self._left is None else min(room, self._left)
        if wanted <= 0 or self._result.stopped:
            return []
        claims = await sync_to_async(sources_claim)(source_type=self._source_type, limit=wanted, run_id=self._run_id)
        if self._left is not None:
            self._left -= len(claims)
        return claims

    async def _read_one(self, claim: Claim) -> None:
        """Read one board and hand it on; an error ends in the source's state, or in the source being given back."""
        try:
            await self._read.put(await read_board(self._client, claim))
        except FetchError as error:
            log.info("source failed", source=f"{claim.source_type}/{claim.source_key}", kind=error.kind, error=str(error))
            await sync_to_async(source_fail)(claim=claim, error=error, run_id=self._run_id)
            self._result.failed += 1
            self._held.pop(claim.source_id, None)
        except (HostRestingError, LimiterUnavailableError, RawStorageError) as error:
            self._result.stop(error)
            await sync_to_async(sources_release)(claims=[claim])
            self._held.pop(claim.source_id, None)

    async def _store_for_ever(self) -> None:
        """Store what has been read meanwhile, together."""
        while (read := await self._read.get()) is not None:
            reads, size = [read], _size(read)
            while size < STORE_TOGETHER and not self._read.empty():
                read = self._read.get_nowait()
                if read is None:
                    await self._read.put(None)
                    break
                reads.append(read)
                size += _size(read)
            await self._store(reads)

    async def _store(self, reads: list[BoardRead]) -> None:
        for result in await sync_to_async(_store_or_divide)(reads, self._run_id):
            self._result.read += 1
            self._result.counts += result.counts
        for read in reads:
            self._held.pop(read.claim.source_id, None)
        self._stored.set()

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with suppress(DatabaseError):
                await sync_to_async(sources_renew)(claims=list(self._held.values()))


def _store_or_divide(reads: list[BoardRead], run_id: uuid.UUID | None) -> list[BoardResult]:
    """Store boards together; when the database refuses something in them, one by one, so that only that one is hurt."""
    try:
        return boards_store(reads=reads, run_id=run_id)
    except OperationalError:  # the database itself is away: no board's fault
        raise
    except DatabaseError as error:
        if len(reads) > 1:
            return [result for read in reads for result in _store_or_divide([read], run_id)]
        claim = reads[0].claim
        log.exception("board not stored", source=f"{claim.source_type}/{claim.source_key}")
        source_fail(claim=claim, error=UnreadableBodyError(f"the database refused the board: {error}", status=200), run_id=run_id)
        return []


async def read_board(client: Client, claim: Claim) -> BoardRead:
    """All pages of a board, each in storage before it is split.

    Raises FetchError, HostRestingError, LimiterUnavailableError and RawStorageError.
    """
    reader = adapter(claim.source_type)
    request: Request | None = reader.list_request(claim.source_key)
    pages: list[PageRead] = []
    company_name: str | None = None
    while request is not None:
        answer = await client.get(_call(claim, reader, request, "list"))
        raw = await asyncio.to_thread(storage.keep, answer.body)
        if not pages and _digest([raw]) == claim.read_digest:
            return BoardRead(claim, (), None, claim.read_digest, is_same=True)
        page = await _split(reader, request, answer, raw)
        pages.append(PageRead(raw, page.payloads))
        company_name = company_name or page.company_name
        request = page.next
        if len(pages) >= MAX_PAGES and request is not None:
            raise UnreadableBodyError(f"the list has more than {MAX_PAGES} pages", status=200, url=answer.url)
    digest = _digest([page.raw for page in pages])
    if digest == claim.read_digest:
        return BoardRead(claim, (), company_name, digest, is_same=True)
    if company_name is None and not claim.company_name and pages[0].payloads:
        company_name = await _ask_name(client, claim, reader)
    return BoardRead(claim, tuple(pages), company_name, digest)


async def _split(reader: Adapter, request: Request, answer: Answer, raw: StoredRaw) -> Page:
    """Interpret bytes that are in storage, beside the event loop."""
    try:
        return await asyncio.to_thread(reader.split, answer.body, request)
    except PayloadError as error:
        await sync_to_async(raw_object_add)(raw=raw)
        unreadable = UnreadableBodyError(f"the answer is not a board: {error}", status=200, url=answer.url)
        unreadable.raw_sha256, unreadable.request_id = raw.sha256, answer.request_id
        raise unreadable from error


async def _ask_name(client: Client, claim: Claim, reader: Adapter) -> str | None:
    """The company's name where the list does not say it. The board counts without it, so an error here is only logged."""
    request = reader.name_request(claim.source_key)
    if request is None:
        return None
    try:
        answer = await client.get(_call(claim, reader, request, "name"))
        return reader.parse_name(answer.body)
    except (FetchError, PayloadError) as error:
        log.info("company name not read", source=f"{claim.source_type}/{claim.source_key}", error=str(error))
        return None


def _call(claim: Claim, reader: Adapter, request: Request, purpose: str) -> Call:
    url = absolute_url(base_url(reader, claim.region), request.path, dict(request.query))
    return Call(url, purpose, source_id=claim.source_id, forced=claim.forced)


def base_url(reader: Adapter, region: str) -> str:
    """The configured base URL that answers for a region: `<SOURCE_TYPE>_<REGION>_BASE_URL` where the adapter has it."""
    regional = f"{reader.source_type}_{region}_BASE_URL".upper() if region else ""
    setting = regional if regional in reader.base_urls else next(iter(reader.base_urls))
    url: str = settings.ATS_BASE_URLS[setting]
    return url


def _digest(raws: Sequence[StoredRaw]) -> str:
    """What a read consisted of: the same again means that nothing changed."""
    return hashlib.sha256("".join(raw.sha256 for raw in raws).encode()).hexdigest()


def _size(read: BoardRead) -> int:
    return sum(len(page.payloads) for page in read.pages) + 1
