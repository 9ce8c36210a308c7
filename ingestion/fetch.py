"""Reading many boards at a time over one async client, and storing them together as they complete."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, deque
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError

from ingestion import storage
from ingestion.errors import (
    FetchError,
    HostRestingError,
    LimiterUnavailableError,
    RawStorageError,
)
from ingestion.http.client import Client, fetch_policy, open_client
from ingestion.http.received import allow_descriptors
from ingestion.interpreter import tuned_interpreter
from ingestion.reading import LargeTurn, large_turn, read_board
from ingestion.services.boards import BoardRead, BoardResult
from ingestion.services.sources import Claim, has_remaining, source_fail, sources_claim, sources_release, sources_renew
from ingestion.storing import store_or_divide

# Sources under way at once; only FETCH_PER_HOST of them have a request out, the others wait for a retry or for their body.
AT_ONCE = 24
# Sources claimed at once, when fewer than AT_ONCE wait for a reader: so many last while a second's boards are being stored.
CLAIMED = 2 * AT_ONCE
# Boards are stored when so much of them waits or when one of them has waited so long: the fixed costs of a transaction are those of
# two hundred postings. Nobody waits for boards that are known; what is new is to be seen soon.
STORE_TOGETHER_BYTES = 8 * 2**20
STORE_WAIT_S = 1.0
STORE_KNOWN_WAIT_S = 5.0
# What waits of a posting: what tells it apart and what its row shows.
POSTING_BYTES = 2**10
# Of a body at least this part waits: its texts are mostly descriptions, which do not, but a board may have long titles.
BODY_SHARE = 8
# Nothing new is read while so much waits to be stored, what is being read counted as a usual body. In memory that is three times as
# large; five times where every text has an emoji, because all its letters then take four bytes.
UNSTORED_BYTES = STORE_TOGETHER_BYTES + 32 * 2**20
# Of a board's bodies, on an average: what is gone by until a slice has read some.
USUAL_BYTES = 256 * 2**10
RENEW_S = 8.0
# How often a process that is to read everything looks whether a lost worker's sources are free.
LOOK_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


@dataclass
class SliceResult:
    """What became of the sources of a slice. `stopped` says why sources were left, "" when none were.

    `is_halted`: nothing more can be read, of whatever ATS; `lacks_storage`: raw storage is the reason.
    """

    read: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    is_halted: bool = False
    lacks_storage: bool = False

    def halt(self, error: Exception) -> None:
        self.stopped, self.is_halted, self.lacks_storage = str(error), True, isinstance(error, RawStorageError)


async def fetch_slice(*, source_types: Sequence[str], limit: int | None, run_id: uuid.UUID | None, leaving: asyncio.Event) -> SliceResult:
    """Claim and read due sources of these ATSs until `limit` are done (None: until none is due).

    Nobody is asked for what could not be stored: raw storage is tried first. Once `leaving` is set, as when the run is paused, a
    board that was read waits for no other to be stored with: the slice may be cancelled in a moment.
    """
    result = SliceResult()
    allow_descriptors()
    # A thread for every reader: bodies that are flushed to disk at the same time share the flush.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE, thread_name_prefix="keep"))
    try:
        await asyncio.to_thread(storage.check)
    except RawStorageError as error:
        result.halt(error)
        return result
    large = asyncio.Lock()
    with tuned_interpreter():
        async with open_client(run_id, fetch_policy()) as client:
            slices = [_Slice(client, source_type, limit, run_id, result, large, leaving) for source_type in source_types]
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

    def __init__(
        self,
        client: Client,
        source_type: str,
        limit: int | None,
        run_id: uuid.UUID | None,
        result: SliceResult,
        large: asyncio.Lock,
        leaving: asyncio.Event,
    ) -> None:
        self._client = client
        self._source_type = source_type
        self._left = limit
        self._run_id = run_id
        self._result = result
        self._large = large
        self._leaving = leaving
        # Claimed sources: all of them, those that wait for a reader, and the readers at work, of whom some wait for storing.
        self._held: dict[int, Claim] = {}
        self._ahead: deque[Claim] = deque()
        self._readers: set[asyncio.Task[None]] = set()
        self._may_have_more = True
        # Regions whose host rests: the others go on.
        self._resting: set[str] = set()
        self._requesting = 0
        # What was read; None tells who gathers it to look again whether more is coming.
        self._unstored: asyncio.Queue[BoardRead | None] = asyncio.Queue()
        self._is_all_read = False
        self._unstored_bytes = 0
        self._usual_bytes: float = USUAL_BYTES
        self._moved = asyncio.Event()

    async def work(self) -> None:
        """Read and store until nothing is left; whatever happens, sources that are still held are given back."""
        reading, storing = asyncio.create_task(self._read_all()), asyncio.create_task(self._store_for_ever())
        renewing, hurrying = asyncio.create_task(self._renew_for_ever()), asyncio.create_task(self._hurry())
        try:
            # Storing ends before reading only by an error, which must not leave the readers waiting for ever.
            await asyncio.wait({reading, storing}, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()
            reading.result()
            self._is_all_read = True
            await self._unstored.put(None)
            await storing
        finally:
            tasks = (reading, storing, renewing, hurrying, *self._readers)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._give_back()

    async def _give_back(self) -> None:
        if self._held:
            with suppress(DatabaseError, InterfaceError):  # without a database the leases end by themselves
                await sync_to_async(sources_release)(claims=list(self._held.values()))

    async def _read_all(self) -> None:
        while True:
            if not self._held or (self._may_have_more and len(self._ahead) < AT_ONCE):
                await self._claim()
            self._start_readers()
            if self._held:
                await self._wait()
            elif await self._must_wait_for_others():
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                return

    async def _claim(self) -> None:
        """Claim ahead of the readers, so that none of them waits for the database."""
        wanted = CLAIMED if self._left is None else min(CLAIMED, self._left)
        if wanted <= 0 or self._result.is_halted:
            return
        claims = await sync_to_async(sources_claim)(
            source_type=self._source_type, limit=wanted, run_id=self._run_id, without_regions=self._resting
        )
        if self._left is not None:
            self._left -= len(claims)
        self._may_have_more = len(claims) == wanted
        self._held |= {claim.source_id: claim for claim in claims}
        self._ahead += claims

    def _start_readers(self) -> None:
        while self._ahead and len(self._readers) < AT_ONCE and self._has_room():
            self._requesting += 1
            self._readers.add(asyncio.create_task(self._read_one(self._ahead.popleft())))

    def _has_room(self) -> bool:
        return self._unstored_bytes + self._requesting * self._usual_bytes < UNSTORED_BYTES

    async def _must_wait_for_others(self) -> bool:
        """Who is to read everything stays while others hold sources: those of a killed process come free in seconds."""
        if self._left is not None or self._result.is_halted or self._resting:
            return False
        return await sync_to_async(has_remaining)(self._run_id, self._source_type)

    async def _wait(self) -> None:
        """Until a read ends, or boards that were read are stored."""
        self._moved.clear()
        moved = asyncio.create_task(self._moved.wait())
        done, _ = await asyncio.wait({moved, *self._readers}, return_when=asyncio.FIRST_COMPLETED)
        moved.cancel()
        for task in self._readers & done:
            task.result()
        self._readers -= done

    async def _read_one(self, claim: Claim) -> None:
        """Read one board and hand it on; an error ends in the source's state, or in the source being given back."""
        async with large_turn(self._large) as turn:
            read = await self._try_to_read(claim, turn)
        if read is not None:
            self._unstored_bytes += waiting_bytes(read)
            self._usual_bytes += (sum(page.raw.size for page in read.pages) - self._usual_bytes) / AT_ONCE
        await self._unstored.put(read)

    async def _try_to_read(self, claim: Claim, turn: LargeTurn) -> BoardRead | None:
        try:
            return await read_board(self._client, claim, turn)
        except FetchError as error:
            log.info("source failed", source=f"{claim.source_type}/{claim.source_key}", kind=error.kind, error=str(error))
            await sync_to_async(source_fail)(claim=claim, error=error, run_id=self._run_id)
            self._result.failed += 1
            self._forget(claim)
        except HostRestingError as error:
            self._result.stopped = self._result.stopped or str(error)
            self._resting.add(claim.region)
            await self._release([claim, *(other for other in self._ahead if other.region == claim.region)])
        except (LimiterUnavailableError, RawStorageError) as error:
            self._result.halt(error)
            await self._release([claim, *self._ahead])
        finally:
            self._requesting -= 1
        return None

    async def _release(self, claims: Sequence[Claim]) -> None:
        """Give back what is not going to be read now."""
        given_back = {(claim.source_id, claim.token) for claim in claims}
        self._ahead = deque(claim for claim in self._ahead if (claim.source_id, claim.token) not in given_back)
        await sync_to_async(sources_release)(claims=claims)
        for claim in claims:
            self._forget(claim)

    def _forget(self, claim: Claim) -> None:
        """It is not held any longer; the same source may be, by a later claim, where a lease was lost in between."""
        if self._held.get(claim.source_id) is claim:
            del self._held[claim.source_id]

    async def _store_for_ever(self) -> None:
        while boards := await self._gather():
            await self._store(boards)

    async def _hurry(self) -> None:
        await self._leaving.wait()
        await self._unstored.put(None)

    async def _gather(self) -> list[BoardRead]:
        """What has been read, and what is read within a moment of it; nothing when all is over."""
        boards: list[BoardRead] = []
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as moment:
                while size < STORE_TOGETHER_BYTES and self._is_worth_waiting(has_boards=bool(boards)):
                    board = await self._unstored.get()
                    if board is None:
                        continue
                    until = asyncio.get_running_loop().time() + wait_to_store_s(board)
                    moment.reschedule(min(until, moment.when() or until))
                    boards.append(board)
                    size += waiting_bytes(board)
        return boards

    def _is_worth_waiting(self, *, has_boards: bool) -> bool:
        """Whether there is, or may soon be, another board to store with those that are gathered."""
        if not self._unstored.empty():
            return True
        return bool(self._requesting) and not self._leaving.is_set() if has_boards else not self._is_all_read

    async def _store(self, boards: list[BoardRead]) -> None:
        for result in await self._stored(boards):
            self._result.read += 1
            self._result.counts.update(result.counts)
        for board in boards:
            self._forget(board.claim)
            self._unstored_bytes -= waiting_bytes(board)
        self._moved.set()

    async def _stored(self, reads: list[BoardRead]) -> list[BoardResult]:
        """What became of the boards; nothing, and they are given back, when raw storage went away since they were read."""
        try:
            return await sync_to_async(store_or_divide)(reads, self._run_id)
        except RawStorageError as error:
            self._result.halt(error)
            await self._release([*(read.claim for read in reads), *self._ahead])
            return []

    async def _renew_for_ever(self) -> None:
        before: Set[tuple[int, uuid.UUID]] = frozenset()
        while True:
            await asyncio.sleep(RENEW_S)
            before = await self._renew(before)

    async def _renew(self, before: Set[tuple[int, uuid.UUID]]) -> Set[tuple[int, uuid.UUID]]:
        """Renew what was held `before` already; (source id, token) of what is held now.

        A lease outlasts two looks, and most boards are stored before the second.
        """
        held = {(claim.source_id, claim.token): claim for claim in self._held.values()}
        with suppress(DatabaseError, InterfaceError):
            await sync_to_async(sources_renew)(claims=[claim for key, claim in held.items() if key in before])
        return held.keys()


def waiting_bytes(read: BoardRead) -> int:
    """How much memory a board takes while it waits: at least so much for each posting, and for each payload that is none."""
    return sum(max(POSTING_BYTES * (len(page.items) + len(page.bad)), page.raw.size // BODY_SHARE) for page in read.pages)


def wait_to_store_s(read: BoardRead) -> float:
    """How long a board may wait for others to be stored with."""
    return STORE_KNOWN_WAIT_S if read.claim.read_digest else STORE_WAIT_S
