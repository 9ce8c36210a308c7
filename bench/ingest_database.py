"""The database's part of ingestion, for `bench.ingest`; import it only with Django set up.

Counted is the CPU of `boards_store`, in this process and in the PostgreSQL process behind its connection: from boards that are
fetched, in raw storage, split, hashed and parsed, to the commit of their sources, raw objects, postings, versions and the run's
progress. Not counted, in no phase: the work before that (the other parts of `bench.ingest` have it), claiming, and the ledger's row
of each request.

Boards are stored in batches of the product's size: STORE_TOGETHER_BYTES waiting, or what one host answers, at five requests at once and
50 ms latency, until a board has waited as long as it may (`wait_to_store_s`). Between two phases the tables are vacuumed, as
autovacuum does between two runs, and Python looks for circular garbage as seldom as while the product reads boards. The phases:

- first: every board for the first time, into empty tables;
- unchanged: every board answers with the bytes of the read before (median of REPEATS);
- changed: a random 5 % of all postings have another title; a board of whose postings none has answers with the same bytes;
- changed, all bytes differ: the harder case: another 5 % have, and every board's bytes are other ones.
"""

from __future__ import annotations

import gc
import hashlib
import math
import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from statistics import median
from typing import Any, TypeAlias
from unittest.mock import patch

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.floor import AT_ONCE, Body
from bench.ingest_cpu import cpu_here
from ingestion import storage
from ingestion.ats.base import Adapter, Headline, Page, Payload, Request
from ingestion.ats.registry import adapter
from ingestion.boards import BadItem, Item, headline
from ingestion.fetch import STORE_TOGETHER_BYTES, wait_to_store_s, waiting_bytes
from ingestion.interpreter import GARBAGE
from ingestion.models import RawPosting, Source
from ingestion.reading import digest_of
from ingestion.services import BoardRead, Claim, boards, boards_store, page_read, run_create, run_start, sources_claim, stage_start
from ingestion.storage import StoredRaw

REPEATS = 3
SHARE_CHANGED = 0.05
BOARDS_PER_S = AT_ONCE / 0.05
_LEASE = timedelta(hours=1)
_TABLES = "ingestion_source, ingestion_rawobject, ingestion_rawposting, ingestion_postingversion"

# A posting by the body that first had it: checksum and index.
Place: TypeAlias = tuple[str, int]


@dataclass
class Answers:
    """What the boards answer in a run. `again`: postings with another title, by body; `edition` is part of every body's bytes."""

    bodies: Mapping[str, Sequence[StoredRaw]]
    run_id: uuid.UUID
    again: dict[str, set[int]] = field(default_factory=dict)
    edition: str = ""

    def change(self, places: Iterable[Place]) -> None:
        """These postings have another title from now on."""
        for sha256, index in places:
            self.again.setdefault(sha256, set()).add(index)

    def raw(self, body: StoredRaw) -> StoredRaw:
        """Where the body is as it is answered now; other bytes are only named, since nobody reads them."""
        others = sorted(self.again.get(body.sha256, ()))
        if not others and not self.edition:
            return body
        return replace(body, sha256=hashlib.sha256(f"{body.sha256} {others} {self.edition}".encode()).hexdigest(), is_new=True)

    def payloads(self, body: StoredRaw, reader: Adapter) -> list[Payload]:
        payloads = reader.split(storage.read(body.sha256), Request("")).payloads
        others = self.again.get(body.sha256, ())
        return [_titled_again(value) if index in others else value for index, value in enumerate(payloads)]


def _titled_again(payload: Payload) -> Payload:
    name = "title" if "title" in payload else "text"
    return {**payload, name: f"{payload[name]} (again)"}


def measure(bodies: Iterable[Body], tell: Callable[[str], None]) -> dict[str, Any]:
    """All phases over these bodies; `tell` hears which begins. The tables hold the bodies' sources and nothing else."""
    with _collecting_as_the_product():
        return _measure(Answers(_kept(bodies), _running()), tell)


@contextmanager
def _collecting_as_the_product() -> Iterator[None]:
    """At Python's usual pace a look through everything that was decoded falls into one phase or another."""
    usual = gc.get_threshold()
    gc.set_threshold(GARBAGE, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _measure(answers: Answers, tell: Callable[[str], None]) -> dict[str, Any]:
    tell("first load")
    # Empty tables as a fresh database has them: one that was vacuumed while it was empty plans its checks as if it stayed so.
    first = _phase(answers, is_first=True)
    places = list(RawPosting.objects.order_by("pk").values_list("raw_object__sha256", "raw_index"))
    tell("nothing changed")
    unchanged = [_phase(answers) for _ in range(REPEATS)]
    number = round(len(places) * SHARE_CHANGED)
    chosen = random.Random(1).sample(places, 2 * number)
    tell("5 % changed")
    answers.change(chosen[:number])
    changed = _phase(answers)
    tell("5 % changed, all bytes differ")
    answers.change(chosen[number:])
    answers.edition = "another"
    hard = _phase(answers)
    return {
        "boards": len(answers.bodies),
        "boards_read_per_second": BOARDS_PER_S,
        "postings": len(places),
        "changed_postings": number,
        "first_load_cpu_seconds": round(first, 2),
        "unchanged_cpu_seconds": round(median(unchanged), 3),
        "changed_cpu_seconds": round(changed, 3),
        "changed_all_bytes_differ_cpu_seconds": round(hard, 3),
        "times_cheaper_unchanged": round(first / median(unchanged), 1),
        "share_5_percent_changed": round(changed / first, 3),
        "share_5_percent_changed_all_bytes_differ": round(hard / first, 3),
    }


def _running() -> uuid.UUID:
    """A run whose progress is written with the boards, as always."""
    run = run_create(kind="fetch", parameters={})
    run_start(run_id=run.pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    return run.pk


def _kept(bodies: Iterable[Body]) -> dict[str, list[StoredRaw]]:
    """Every board's bodies in raw storage (in memory they would be half a gigabyte), new ones as in a first load."""
    kept: dict[str, list[StoredRaw]] = {}
    for body in bodies:
        kept.setdefault(body.board.casefold(), []).append(replace(storage.keep(body.payload), is_new=True))
    return kept


def _phase(answers: Answers, *, is_first: bool = False) -> float:
    """CPU seconds of the database's part of storing every board once."""
    if not is_first:
        # Time passes, which is no work of the product's: before the tables are vacuumed.
        Source.objects.update(next_check_at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {_TABLES}")
    seconds = 0.0
    for source_type in settings.SCRAPE_QUEUES:
        claims = sources_claim(source_type=source_type, limit=Source.objects.count(), lease=_LEASE)
        for reads in _together(_read(claim, answers) for claim in claims):
            with _interpreted(reads):
                begin = cpu_here()
                boards_store(reads=reads, run_id=answers.run_id)
                seconds += cpu_here() - begin
    return seconds


def _together(reads: Iterable[BoardRead]) -> Iterator[list[BoardRead]]:
    """Batches as the product would make them."""
    batch: list[BoardRead] = []
    size, most = 0, math.inf
    for read in reads:
        most = min(most, len(batch) + BOARDS_PER_S * wait_to_store_s(read))
        batch.append(read)
        size += waiting_bytes(read)
        if size >= STORE_TOGETHER_BYTES or len(batch) >= most:
            yield batch
            batch, size, most = [], 0, math.inf
    if batch:
        yield batch


def _read(claim: Claim, answers: Answers) -> BoardRead:
    bodies = answers.bodies[claim.source_key]
    raws = [answers.raw(body) for body in bodies]
    digest = digest_of(raws)
    if digest == claim.read_digest:
        return BoardRead(claim, (), None, digest, is_same=True)
    reader = adapter(claim.source_type)
    pages = tuple(page_read(reader, raw, Page(answers.payloads(body, reader))) for body, raw in zip(bodies, raws, strict=True))
    return BoardRead(claim, pages, None, digest)


@contextmanager
def _interpreted(reads: Sequence[BoardRead]) -> Iterator[None]:
    """Meanwhile headlines of these reads are looked up: timing them where they are read would cost more than they do."""
    headlines: dict[Place, Headline | BadItem] = {}
    for read in reads:
        reader = adapter(read.claim.source_type)
        headlines |= {(item.sha256, item.index): headline(reader, item) for page in read.pages for item in page.items}

    def known_headline(reader: Adapter, item: Item) -> Headline | BadItem:
        return headlines[item.sha256, item.index]

    with patch.object(boards, "headline", known_headline):
        yield
