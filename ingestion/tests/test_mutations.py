"""10,000 damaged answers: none crashes, every item is read or reported, and the items beside a bad one come through unhurt."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import storage
from ingestion.ats.base import Adapter, Page, PayloadError, Posting, Request
from ingestion.ats.registry import adapter, adapters
from ingestion.boards import BadItem, columns_of, headline, items_of, parse
from ingestion.models import BadPayload, RawPosting, Source
from ingestion.services import posting_payload, postings_load
from ingestion.services.boards import BoardRead, boards_store, page_read
from ingestion.services.reparse import source_reparse
from ingestion.tests.factories import MOMENT, claim_one, make_source
from ingestion.tests.mutations import BYTES, TREE, Answer, body_of

EXAMPLES = 10_000
STORED = 300
SAMPLES = Path(__file__).parents[1] / "ats" / "samples"

# The wire is left alone in a third of the examples; further damage to the payloads follows from the seed.
places = [(source_type, wire) for source_type in sorted(adapters()) for wire in ("", "", "", *BYTES)]
wishes = st.tuples(st.sampled_from(places), st.sampled_from(sorted(TREE)), st.integers(0, 2**40))
Wish = tuple[tuple[str, str], str, int]
often = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@cache
def recorded(folder: Path | None) -> dict[str, list[bytes]]:
    """Payloads by source type, packed: the samples, and the recorded boards where they are."""
    found: dict[str, list[bytes]] = {}
    for source_type in adapters():
        paths = [SAMPLES / f"{source_type}.json"]
        if folder is not None:
            paths += sorted([*folder.glob(f"ats/{source_type}/*.json"), *folder.glob(f"ats/{source_type}/trimmed/*.json")])
        found[source_type] = [orjson.dumps(payload) for path in paths for payload in _payloads(adapter(source_type), path)]
    return found


@cache
def sample(source_type: str) -> bytes:
    return (SAMPLES / f"{source_type}.json").read_bytes()


def _payloads(reader: Adapter, path: Path) -> list[Any]:
    try:
        return list(reader.split(path.read_bytes(), reader.list_request("acme")).payloads)[:200]
    except PayloadError:  # what was recorded of one posting
        return []


def damaged(pool: list[bytes], wish: Wish) -> tuple[bytes, Answer, list[Any]]:
    """The answer as it arrives, what was done to it, and the payloads before that."""
    (source_type, wire), first, seed = wish
    random = Random(seed)
    chosen = random.sample(pool, min(len(pool), random.randrange(1, 4)))
    answer = Answer([orjson.loads(packed) for packed in chosen])
    for name in [first, *random.choices(sorted(TREE), k=random.randrange(4))]:
        TREE[name](answer, random)
    body = body_of(adapter(source_type), sample(source_type), answer.payloads)
    return (BYTES[wire](body, random) if wire else body), answer, [orjson.loads(packed) for packed in chosen]


def split(source_type: str, body: bytes) -> Page | None:
    reader = adapter(source_type)
    try:
        return reader.split(body, reader.list_request("acme"))
    except PayloadError:
        return None


def check_row(posting: Posting) -> None:
    """PostgreSQL takes it: no NUL, no lone surrogate, not too long, a time that can be read back."""
    for text in (posting.source_job_id, *columns_of(posting)[:3]):
        assert "\x00" not in text
        text.encode()
    assert 0 < len(posting.source_job_id) <= 200
    if posting.date_posted is not None:
        assert posting.date_posted.utctimetuple().tm_year in range(1, 10_000)


def check_answer(pools: dict[str, list[bytes]], wish: Wish) -> None:
    source_type, wire = wish[0]
    body, answer, before = damaged(pools[source_type], wish)
    page = split(source_type, body)
    assert page is not None or wire, "a whole JSON answer is a board"
    if page is None:
        return
    reader = adapter(source_type)
    items, bad = items_of(reader, "0" * 64, page.payloads)
    results = [parse(reader, replace(item, payload=page.payloads[item.index])) for item in items]
    assert len(items) + len(bad) <= len(page.payloads)
    assert {item.index for item in items}.isdisjoint(one.index for one in bad)
    assert all(one.message for one in [*bad, *(r for r in results if isinstance(r, BadItem))])
    for item, result in zip(items, results, strict=True):
        seen = headline(reader, item)
        assert isinstance(seen, BadItem) == isinstance(result, BadItem), "what is stored by its headline is a posting"
        if isinstance(result, Posting) and not isinstance(seen, BadItem):
            check_row(result)
            assert columns_of(seen) == columns_of(result)
    if not wire:
        unhurt = [payload for index, payload in enumerate(before) if index not in answer.touched]
        assert [reader.parse(payload) for payload in unhurt if _is_first(reader, answer, payload)] == [
            result for item, result in zip(items, results, strict=True) if item.index < len(before) and item.index not in answer.touched
        ]


def _is_first(reader: Any, answer: Answer, payload: Any) -> bool:
    """A damaged item may have taken on the id of a whole one that stands behind it."""
    job_id = reader.source_job_id(payload)
    for other in answer.payloads:
        try:
            if reader.source_job_id(other) == job_id:
                return bool(other == payload)
        except PayloadError:
            continue
    return False


class Wrapped:
    """What `body_of` asks of an adapter whose list stands deep in its answers."""

    def list_request(self, source_key: str) -> Request:
        return Request("/")

    def split(self, body: bytes, request: Request) -> Page:
        return Page(orjson.loads(body)["data"]["postings"])


def test_damage_keeps_the_answers_own_wrapper():
    whole = b'{"data": {"count": 1, "postings": [{"id": 1}]}, "ok": true}'
    body = body_of(cast("Adapter", Wrapped()), whole, [{"id": 2}, None])
    assert orjson.loads(body) == {"data": {"count": 1, "postings": [{"id": 2}, None]}, "ok": True}


@pytest.mark.slow
def test_ten_thousand_damaged_answers_crash_nothing(data_dir: Path):
    @settings(max_examples=EXAMPLES, **often)
    @given(wishes)
    def check(wish: Wish) -> None:
        check_answer(recorded(data_dir), wish)

    check()


@settings(max_examples=1000, **often)
@given(wishes)
def test_damaged_samples_crash_nothing(wish: Wish):
    check_answer(recorded(None), wish)


def store(source: Source, body: bytes) -> None:
    """A read of the board as `ingestion.fetch` makes it: kept raw, split, written."""
    raw = storage.keep(body)
    page = split(source.source_type, body)
    if page is not None:
        read = BoardRead(claim_one(source), (page_read(adapter(source.source_type), raw, page),), page.company_name, digest=raw.sha256)
        (result,) = boards_store(reads=[read], now=MOMENT)
        assert result.counts["new"] + result.counts["changed"] + result.counts["unchanged"] + result.counts["bad"] <= len(page.payloads)


def check_rows(source: Source) -> None:
    """Every row and every bad item can be read back, with its payload, and says why where it is bad."""
    rows = RawPosting.objects.filter(source=source)
    assert all(isinstance(value, Posting) for _, value in postings_load(list(rows.values_list("pk", flat=True))))
    assert all(posting_payload(row.pk) is not None for row in rows)
    bad = list(BadPayload.objects.filter(source=source))
    assert all(row.message for row in bad)
    counts = source_reparse(source_id=source.pk)
    assert (counts["same"], counts["changed"], counts["recovered"]) == (len(rows), 0, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("raw_folder")
def test_hundreds_of_damaged_answers_in_the_database():
    sources = {source_type: [make_source(f"acme{n}", source_type) for n in range(3)] for source_type in adapters()}

    @settings(max_examples=STORED, **often)
    @given(wishes)
    def check(wish: Wish) -> None:
        (source_type, _), _, seed = wish
        body, _, _ = damaged(recorded(None)[source_type], wish)
        store(sources[source_type][seed % 3], body)

    check()
    assert RawPosting.objects.exists()
    assert BadPayload.objects.exists()
    for source in Source.objects.all():
        check_rows(source)
