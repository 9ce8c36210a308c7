"""A generated board: made when asked for, kept compressed."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

import orjson

from sandbox.boards import GreenhouseView, Host, Moment, Payload
from sandbox.generate import greenhouse, lever
from sandbox.generate.company import Company, company
from sandbox.generate.evolve import Slot, slots_on
from sandbox.generate.facts import facts_of
from sandbox.generate.names import Identity

# Fast rather than small: postings still shrink to about a quarter.
_GZIP_LEVEL = 1

# How a reader of whole boards asks: everything at once at Greenhouse, pages of a hundred at Lever.
WHOLE = GreenhouseView(content=True, pay=True)
LEVER_PAGE = 100


def pack(body: bytes) -> bytes:
    """The body as it is kept, and as it travels to a caller that accepts gzip."""
    return gzip.compress(body, _GZIP_LEVEL)


class BodyCache:
    """Gzipped bodies up to a number of bytes, the least recently used go first. Thread-safe."""

    def __init__(self, limit: int = 384 * 2**20) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The body of that key; `make` is called, one at a time, when it is not kept."""
        with self._lock:
            if key not in self._kept:
                self._keep(key, pack(make()))
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, packed: bytes) -> None:
        """Keep a body that was made elsewhere."""
        with self._lock:
            self._keep(key, packed)

    def _keep(self, key: Hashable, packed: bytes) -> None:
        self._kept[key] = packed
        self._size += len(packed)
        while self._size > self._limit and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])


@dataclass(frozen=True)
class GeneratedBoard:
    """One company's board. Everything is a function of seed, number and day; nothing is stored but the cache."""

    identity: Identity
    size: int
    seed: int
    reference: date
    cache: BodyCache

    @property
    def host(self) -> Host:
        return self.identity.host

    @property
    def key(self) -> str:
        return self.identity.key

    def name(self, moment: Moment) -> str:
        return self.identity.name

    def greenhouse_list(self, moment: Moment, view: GreenhouseView) -> Payload:
        key = (self.identity.number, moment.day, view)
        return Payload(packed=self.cache.get(key, lambda: self.greenhouse_body(moment, view)))

    def lever_page(self, moment: Moment, skip: int, limit: int | None) -> Payload:
        key = (self.identity.number, moment.day, skip, limit)
        return Payload(packed=self.cache.get(key, lambda: self.lever_body(moment, skip, limit)))

    def greenhouse_body(self, moment: Moment, view: GreenhouseView) -> bytes:
        """The list response, made now."""
        jobs = [self._greenhouse_job(slot, view) for slot in self._slots(moment)]
        return orjson.dumps({"jobs": jobs, "meta": {"total": len(jobs)}})

    def lever_body(self, moment: Moment, skip: int, limit: int | None) -> bytes:
        """The page, made now; only its own postings are written."""
        slots = self._slots(moment)
        end = len(slots) if limit is None else skip + limit
        return orjson.dumps([self._lever_posting(slot) for slot in slots[skip:end]])

    def first_pages(self) -> Iterator[tuple[Hashable, bytes]]:
        """Cache key and body of every response a complete read on day 0 gets."""
        if self.host == "greenhouse":
            yield (self.identity.number, 0, WHOLE), self.greenhouse_body(Moment(), WHOLE)
            return
        for skip in range(0, self.size + 1, LEVER_PAGE):
            yield (self.identity.number, 0, skip, LEVER_PAGE), self.lever_body(Moment(), skip, LEVER_PAGE)

    def posting(self, moment: Moment, posting_id: str, view: GreenhouseView) -> dict[str, Any] | None:
        found = (slot for slot in self._slots(moment) if self._id(slot) == posting_id)
        slot = next(found, None)
        if slot is None:
            return None
        return self._greenhouse_job(slot, view) if self.host == "greenhouse" else self._lever_posting(slot)

    def posting_ids(self, moment: Moment) -> list[str]:
        return [self._id(slot) for slot in self._slots(moment)]

    def _slots(self, moment: Moment) -> list[Slot]:
        return slots_on(moment.day, self.size, f"{self.seed}/{self.identity.number}")

    def _company(self) -> Company:
        return company(self.identity, self.seed)

    def _id(self, slot: Slot) -> str:
        if self.host == "greenhouse":
            return str(greenhouse.job_id(self._company(), slot.index, self.seed))
        return lever.posting_id(self._company(), slot.index, self.seed)

    def _greenhouse_job(self, slot: Slot, view: GreenhouseView) -> dict[str, Any]:
        facts = facts_of(self._company(), slot, self.reference, self.seed)
        return greenhouse.job(self._company(), facts, slot, self.seed, view)

    def _lever_posting(self, slot: Slot) -> dict[str, Any]:
        facts = facts_of(self._company(), slot, self.reference, self.seed)
        return lever.posting(self._company(), facts, slot, self.seed)
