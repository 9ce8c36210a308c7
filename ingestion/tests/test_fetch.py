"""Reading boards over real sockets: what is stored, what is said about what fails, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, cast

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as configured
from django.db import DataError, OperationalError, connection
from django.utils import timezone
from psycopg.errors import DeadlockDetected
from redis import Redis

from ingestion import pipeline, storage
from ingestion.ats.greenhouse import Greenhouse
from ingestion.errors import RawObjectDamagedError, ServerBusyError
from ingestion.fetch import (
    AT_ONCE,
    BODY_SHARE,
    POSTING_BYTES,
    RENEW_S,
    UNSTORED_BYTES,
    USUAL_BYTES,
    SliceResult,
    _Slice,
    waiting_bytes,
)
from ingestion.http.addresses import host_port
from ingestion.http.client import Answer, Call, Client
from ingestion.models import DeadLetter, OutboundRequest, PostingSeen, RawObject, RawPosting, Run, Source
from ingestion.politeness import limiter
from ingestion.politeness.host_states import resting_regions
from ingestion.services import BoardRead, BoardResult, boards_store, run_create, source_check
from ingestion.services.sources import LEASE
from ingestion.tests.factories import board_read, claim_one, greenhouse_body, greenhouse_job, make_source
from sandbox.faults import HTTP_KINDS
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)
Use = Callable[[RunningSandbox], None]


def fetch(**parameters: Any) -> Run:
    run = run_create(kind="fetch", parameters=parameters)
    pipeline.fetch(run_id=run.pk)
    run.refresh_from_db()
    return run


def add_boards(sandbox: RunningSandbox) -> int:
    """Every board of the sandbox becomes a source."""
    count = 0
    for host, keys in sandbox.boards().items():
        source_type, _, region = host.partition("-")
        for key in keys:
            make_source(key.casefold(), source_type, region=region)
            count += 1
    return count


@pytest.fixture
def source(full_boards: list[str]) -> Source:
    """One invented board with postings."""
    return make_source(full_boards[0])


def test_the_whole_recorded_world(recorded: RunningSandbox, use: Use):
    use(recorded)
    count = add_boards(recorded)
    run = fetch()
    assert (run.state, run.stages.get().done, run.stages.get().failed) == ("done", count, 0)
    counts = dict(Source.objects.values_list("source_key", "open_postings"))
    whole = ("stripe", "impact", "luno", "binance", "yassir", "moo")
    assert sum(counts[key] for key in whole) == 1081
    assert set(Source.objects.values_list("state", flat=True)) <= {"valid", "empty"}
    assert RawPosting.objects.count() == sum(counts.values()) > 17_000
    assert PostingSeen.objects.count() == RawPosting.objects.count()
    assert Source.objects.get(source_key="stripe").company_name == "Stripe"
    assert not DeadLetter.objects.exists()
    again = fetch()
    assert (again.stages.get().total, again.state) == (0, "done")


def test_all_regions_and_pages_are_read(generated: RunningSandbox, use: Use):
    use(generated)
    add_boards(generated)
    run = fetch()
    assert run.state == "done"
    assert set(Source.objects.values_list("state", flat=True)) <= {"valid", "empty"}
    asked = {host.rpartition(":")[2] for host in OutboundRequest.objects.values_list("host", flat=True)}
    urls = {"greenhouse": generated.greenhouse_url, "lever": generated.lever_url, "lever-eu": generated.lever_eu_url}
    assert asked == {urls[host].rpartition(":")[2] for host, keys in generated.boards().items() if keys}


def test_a_second_read_of_the_same_bytes_writes_no_posting(source: Source, generated: RunningSandbox, use: Use):
    use(generated)
    fetch()
    rows = list(RawPosting.objects.order_by("pk").values())
    seen = PostingSeen.objects.earliest("last_seen_at").last_seen_at
    source_check(source_ids=[source.pk])
    run = fetch()
    assert run.stages.get().counts == {"unchanged": len(rows), "valid": 1}
    assert list(RawPosting.objects.order_by("pk").values()) == rows
    assert PostingSeen.objects.earliest("last_seen_at").last_seen_at > seen


def test_a_name_that_could_not_be_had_is_asked_for_again_though_nothing_changed(
    source: Source, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    get, split = Client.get, Greenhouse.split
    monkeypatch.setattr(Greenhouse, "split", lambda *arguments: replace(split(*arguments), company_name=None))

    async def busy(client: Client, call: Call, sink: Any = None) -> Answer:
        if call.purpose == "name":
            raise ServerBusyError("the server answered 503", status=503)
        return await get(client, call, sink)

    with monkeypatch.context() as patch:
        patch.setattr(Client, "get", busy)
        fetch()
    source.refresh_from_db()
    assert (source.state, source.company_name) == ("valid", "")
    source_check(source_ids=[source.pk])
    fetch()
    source.refresh_from_db()
    assert source.company_name
    assert source.read_digest


@pytest.mark.parametrize("source_type", ["greenhouse", "lever"])
def test_validators_are_sent_back_and_304_means_unchanged(source_type: str, generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    keys = {"greenhouse": full_boards[:6], "lever": [key.casefold() for key in generated.boards()["lever"]]}
    for key in keys[source_type]:
        make_source(key, source_type)
    fetch()
    before = list(RawPosting.objects.order_by("pk").values())
    seen = PostingSeen.objects.earliest("last_seen_at").last_seen_at
    source_check(source_ids=list(Source.objects.values_list("pk", flat=True)))
    run = fetch()
    answers = OutboundRequest.objects.filter(run_id=run.pk, purpose="list").values_list("status", "bytes")
    assert (304, 0) in answers
    assert set(answers) == {(304, 0)} or source_type == "lever"  # a board of several pages is asked without
    assert run.stages.get().counts["unchanged"] == len(before)
    assert list(RawPosting.objects.order_by("pk").values()) == before
    assert PostingSeen.objects.earliest("last_seen_at").last_seen_at > seen


def test_a_board_that_changed_is_read_in_spite_of_its_validators(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    for key in full_boards[:10]:
        make_source(key)
    fetch()
    generated.control(day=9)
    source_check(source_ids=list(Source.objects.values_list("pk", flat=True)))
    run = fetch()
    assert OutboundRequest.objects.filter(run_id=run.pk, status=200).exists()
    assert run.stages.get().counts.keys() & {"new", "changed", "missing"}


def test_validators_are_not_sent_when_the_last_read_left_something_open(source: Source, generated: RunningSandbox, use: Use):
    use(generated)
    fetch()
    Source.objects.update(read_digest="")
    source_check(source_ids=[source.pk])
    run = fetch()
    assert OutboundRequest.objects.get(run_id=run.pk).status == 200


def test_every_request_is_in_the_ledger_as_it_was(source: Source, generated: RunningSandbox, use: Use):
    use(generated)
    before = len(generated.requests())
    fetch()
    row = OutboundRequest.objects.get()
    (line,) = [line for line in generated.requests()[before:] if source.source_key in line["path"].casefold()]
    assert (row.source_id, row.purpose, row.attempt, row.status, row.forced) == (source.pk, "list", 1, 200, False)
    assert row.started_at.timestamp() <= line["start"] <= line["end"] <= row.ended_at.timestamp() + 0.05
    assert row.url.endswith(line["path"])
    assert line["user_agent"] == configured.FETCH_USER_AGENT
    raw = RawObject.objects.get()
    assert (row.bytes, raw.size) == (len(storage.read(raw.sha256)), row.bytes)


# Fault -> state, kind of the dead letter, requests sent, words of the message.
FAULTS = {
    "404": ("gone", None, 1, "no such board"),
    "410": ("gone", None, 1, "no such board"),
    "401": ("blocked", None, 1, "access is denied"),
    "403": ("blocked", None, 1, "access is denied"),
    "429": ("failed", "busy", 6, "answered 429"),
    "500": ("failed", "busy", 6, "answered 500"),
    "501": ("failed", "busy", 6, "answered 501"),
    "502": ("failed", "busy", 6, "answered 502"),
    "503": ("failed", "busy", 6, "answered 503"),
    "504": ("failed", "busy", 6, "answered 504"),
    "529": ("failed", "status", 1, "answered 529"),
    "reset": ("failed", "transport", 6, "connection|cut off"),
    "cut-length": ("failed", "transport", 6, "cut off"),
    "cut-chunked": ("failed", "transport", 6, "cut off"),
    "invalid-json": ("failed", "unreadable", 1, "not complete JSON"),
    "html": ("failed", "unreadable", 1, "HTML or XML"),
    "latin-1": ("failed", "unreadable", 1, "not valid utf-8"),
    "empty": ("failed", "unreadable", 1, "empty"),
    "redirect-private": ("failed", "address_refused", 1, "169.254.169.254"),
    "redirect-loop": ("failed", "address_refused", 4, "more than 3 redirects"),
    "redirect-broken": ("failed", "address_refused", 1, "redirected to 'http"),
    "redirect-foreign": ("failed", "address_refused", 1, "elsewhere.example"),
}
ODD_BUT_WHOLE = ("wrong-type", "bom", "utf-16", "redirect", "truncated")
# Kinds that take their time or their bytes have tests of their own, below.
SLOW_OR_LARGE = {"slow", "drip", "gzip-bomb", "huge", "429-retry-after", "429-retry-date", "503-retry-after"}


def test_every_kind_of_fault_has_a_test():
    assert set(HTTP_KINDS) == {*FAULTS, *ODD_BUT_WHOLE, *SLOW_OR_LARGE}


@pytest.fixture
def quick_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adaptive rate whose slowest pace is still quick."""
    monkeypatch.setattr("ingestion.politeness.limiter.LEAST_ADAPTIVE_INTERVAL_MS", 1)
    monkeypatch.setattr("ingestion.politeness.limiter.GREATEST_INTERVAL_MS", 20)


@pytest.mark.usefixtures("quick_rate")
def test_every_fault_hurts_its_own_board_only(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    kinds = [*FAULTS, *ODD_BUT_WHOLE, "none"]
    hurt = {kind: make_source(key) for kind, key in zip(kinds, full_boards, strict=False)}
    assert len(hurt) == len(kinds)
    fetch()
    opened = dict(Source.objects.values_list("pk", "open_postings"))
    assert all(opened.values())
    generated.control(faults=[{"kind": kind, "rate": 1, "board": source.source_key} for kind, source in hurt.items() if kind != "none"])
    source_check(source_ids=list(opened))
    run = fetch()
    assert (run.state, run.stages.get().done, run.stages.get().failed) == ("done", len(kinds) - len(FAULTS), len(FAULTS))
    for kind, source in hurt.items():
        state, letter, requests, words = FAULTS.get(kind, ("valid", None, 2 if kind == "redirect" else 1, "^$"))
        source.refresh_from_db()
        sent = OutboundRequest.objects.filter(source=source, run_id=run.pk)
        letters = list(DeadLetter.objects.waiting().filter(source=source).values_list("kind", flat=True))
        assert (kind, source.state, letters, sent.count()) == (kind, state, [letter] if letter else [], requests)
        words = "the list was cut short" if kind == "truncated" else words
        assert re.search(words, source.state_reason), source.state_reason
        assert RawPosting.objects.filter(source=source).open().count() == opened[source.pk]
        waits = sent.values_list("attempt", "scheduled_wait_ms")
        assert all(wait == (4 * 2 ** (attempt - 2) if attempt > 1 else 0) for attempt, wait in waits)
    assert not RawPosting.objects.missing().exists()


class OddHeads(BaseHTTPRequestHandler):
    """Boards of one posting each, whose name says which bytes stand in the heads of their answers."""

    HEADS: ClassVar[dict[str, bytes]] = {
        "tag": b'200 OK\r\nETag: "\xff"\r\nLast-Modified: \xff',
        "reason": b"418 Tea\xff\x01pot",
        "coding": b"200 OK\r\nContent-Encoding: \xff",
        "pause": b"500 \xff\r\nRetry-After: \xff",
        "none": b"200 OK",
    }

    def do_GET(self) -> None:
        head, body = self.HEADS[self.path.split("/")[3]], greenhouse_body(greenhouse_job(1))
        self.wfile.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body))

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def odd_heads(generated: RunningSandbox, use: Use, settings: Any) -> Iterator[None]:
    use(generated)
    with ThreadingHTTPServer(("127.0.0.1", 0), OddHeads) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        settings.ATS_BASE_URLS = {**settings.ATS_BASE_URLS, "GREENHOUSE_BASE_URL": f"http://127.0.0.1:{server.server_port}"}
        yield
        server.shutdown()


@pytest.mark.usefixtures("odd_heads", "quick_rate")
def test_bytes_that_are_no_text_in_a_head_hurt_their_own_board_only():
    sources = {key: make_source(key) for key in OddHeads.HEADS}
    for _ in range(2):
        run = fetch()
        assert (run.state, run.stages.get().done, run.stages.get().failed) == ("done", 2, 3)
        found = {key: (source.state, source.state_reason) for key, source in sources.items() if not source.refresh_from_db()}
        assert [state for state, _ in found.values()] == ["valid", "failed", "failed", "failed", "valid"]
        assert re.search(r"418 Tea +pot", found["reason"][1])
        assert "compressed as" in found["coding"][1]
        assert "answered 500" in found["pause"][1]
        assert all(reason.isprintable() for _, reason in found.values())
        source_check(source_ids=[source.pk for source in sources.values()])
    assert not OutboundRequest.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("error", [DataError("value out of range"), TypeError("half a character")], ids=["refused", "unforeseen"])
def test_a_board_that_cannot_be_stored_hurts_no_other(
    generated: RunningSandbox, use: Use, full_boards: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception
):
    use(generated)
    bad, good = make_source(full_boards[0]), make_source(full_boards[1])

    def refuse(*, reads: list[BoardRead], **arguments: Any) -> list[BoardResult]:
        if any(read.claim.source_id == bad.pk for read in reads):
            raise error
        return boards_store(reads=reads, **arguments)

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    assert fetch().state == "done"
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("failed", "valid")
    assert str(error) in bad.state_reason


def test_a_board_whose_bytes_retention_took_meanwhile_is_read_again_and_hurts_no_other(
    generated: RunningSandbox, use: Use, full_boards: list[str], monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    bad, good = make_source(full_boards[0]), make_source(full_boards[1])
    refused: list[int] = []

    def refuse(*, reads: list[BoardRead], **arguments: Any) -> list[BoardResult]:
        if len(refused) < 2 and any(read.claim.source_id == bad.pk for read in reads):
            refused.append(len(reads))
            raise RawObjectDamagedError("the raw object was deleted while it was being used")
        return boards_store(reads=reads, **arguments)

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    assert fetch().state == "done"
    assert len(refused) == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("valid", "valid")
    assert not DeadLetter.objects.exists()


def test_what_waits_is_counted_by_postings_bad_payloads_and_long_fields(source: Source):
    claim = claim_one(source)
    for body, least in (
        (greenhouse_body(greenhouse_job(1), greenhouse_job(2)), 2 * POSTING_BYTES),
        (greenhouse_body(*[None] * 50), 50 * POSTING_BYTES),
        (greenhouse_body(greenhouse_job(1, title="x" * 80_000)), 80_000 // BODY_SHARE),
    ):
        assert least <= waiting_bytes(board_read(claim, body)) < least + POSTING_BYTES


@pytest.mark.usefixtures("source")
def test_nobody_waits_for_boards_when_the_last_reader_has_failed(monkeypatch: pytest.MonkeyPatch):
    """What is gathered is stored at once: the wait is an hour here."""
    monkeypatch.setattr("ingestion.fetch.STORE_WAIT_S", 3600.0)

    async def read() -> list[BoardRead]:
        one = _Slice(cast(Any, None), "greenhouse", None, None, SliceResult(), asyncio.Lock(), asyncio.Event())
        one._requesting = 1
        claim = await sync_to_async(claim_one)(await Source.objects.aget())
        await one._unstored.put(BoardRead(claim, (), None, "", is_same=True))
        gathering = asyncio.create_task(one._gather())
        while not one._unstored.empty():
            await asyncio.sleep(0)

        async def gone(*_: Any) -> None:
            one._requesting -= 1

        monkeypatch.setattr(one, "_try_to_read", gone)
        await one._read_one(claim)
        return await asyncio.wait_for(gathering, 30)

    assert len(async_to_sync(read)()) == 1


def test_an_earlier_claim_takes_nothing_from_a_later_one(source: Source):
    """A process that stood still may have lost a lease, and claimed the same source again."""
    earlier, later = claim_one(source), claim_one(source)
    one = _Slice(cast(Any, None), "greenhouse", None, None, SliceResult(), asyncio.Lock(), asyncio.Event())
    one._held, one._ahead = {source.pk: later}, deque([later])
    async_to_sync(one._release)([earlier])
    source.refresh_from_db()
    assert (one._held, list(one._ahead), source.lease_token) == ({source.pk: later}, [later], later.token)
    async_to_sync(one._release)([later])
    source.refresh_from_db()
    assert (one._held, list(one._ahead), source.lease_token) == ({}, [], None)


def test_what_is_being_read_takes_room_from_what_may_wait_to_be_stored(source: Source):
    """Readers that are at work bring their boards, whatever has been read meanwhile."""
    one = _Slice(cast(Any, None), "greenhouse", None, None, SliceResult(), asyncio.Lock(), asyncio.Event())
    one._ahead = deque([claim_one(source)] * AT_ONCE)
    one._unstored_bytes = UNSTORED_BYTES - 3 * USUAL_BYTES

    async def start() -> int:
        one._start_readers()
        for reader in one._readers:
            reader.cancel()
        await asyncio.gather(*one._readers, return_exceptions=True)
        return len(one._readers)

    assert async_to_sync(start)() == 3


def test_a_lease_is_renewed_from_the_second_look_on(source: Source):
    def lease() -> Any:
        return Source.objects.values_list("lease_until", flat=True).get(pk=source.pk)

    one = _Slice(cast(Any, None), "greenhouse", None, None, SliceResult(), asyncio.Lock(), asyncio.Event())
    claim = claim_one(source)
    one._held = {source.pk: claim}
    first = lease()
    seen = async_to_sync(one._renew)(frozenset())
    assert (seen, lease()) == ({(source.pk, claim.token)}, first)
    async_to_sync(one._renew)(seen)
    assert lease() > first
    assert timedelta(seconds=3 * RENEW_S) < LEASE


def test_a_database_that_is_away_ends_the_slice_and_the_sources_stay_due(
    source: Source, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch
):
    use(generated)

    def away(**arguments: Any) -> None:
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.storing.boards_store", away)
        with pytest.raises(OperationalError):
            fetch()
    source.refresh_from_db()
    assert (source.state, source.lease_token) == ("discovered", None)
    assert fetch().state == "done"
    source.refresh_from_db()
    assert source.state == "valid"


def test_a_deadlock_is_nobody_s_fault_and_the_boards_are_stored_again(
    source: Source, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    ended: list[int] = []

    def end_the_first(*, reads: list[BoardRead], **arguments: Any) -> list[BoardResult]:
        if not ended:
            ended.append(len(reads))
            raise OperationalError("deadlock detected") from DeadlockDetected("deadlock detected")
        return boards_store(reads=reads, **arguments)

    monkeypatch.setattr("ingestion.storing.boards_store", end_the_first)
    assert fetch().state == "done"
    source.refresh_from_db()
    assert (ended, source.state) == ([1], "valid")


def test_storage_that_does_not_write_stops_the_run_with_the_reason(
    source: Source, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch
):
    use(generated)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        run = fetch()
    assert (run.state, run.parked_on) == ("paused", "raw storage")
    assert run.message.startswith("raw storage is full (No space left on device): free space or run")
    source.refresh_from_db()
    assert (source.state, source.lease_token) == ("discovered", None)
    assert not OutboundRequest.objects.exists()
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize("kind", ["gzip-bomb", "huge"])
def test_bodies_that_are_too_large_are_refused_early(source: Source, generated: RunningSandbox, use: Use, kind: str, settings: Any):
    use(generated)
    settings.FETCH_MAX_BODY_MB = 1
    generated.control(faults=[{"kind": kind, "rate": 1}])
    fetch()
    source.refresh_from_db()
    assert (source.state, source.state_reason) == ("failed", "the body is larger than 1 MB (too_large)")
    assert OutboundRequest.objects.get().bytes < 80 * 2**20
    assert not RawObject.objects.exists()


@pytest.mark.parametrize("kind", ["drip", "slow"])
def test_a_body_that_takes_too_long_is_cut_off_at_the_time_limit(
    source: Source, generated: RunningSandbox, use: Use, settings: Any, kind: str
):
    use(generated)
    settings.FETCH_TIMEOUT_S = 0.15
    generated.control(faults=[{"kind": kind, "rate": 1, "seconds": 20}])
    fetch()
    source.refresh_from_db()
    assert (source.state, source.state_reason) == ("failed", "no complete answer within 0.15 s")
    assert DeadLetter.objects.get().attempts == 6


@pytest.mark.usefixtures("quick_rate")
def test_faults_that_heal_leave_no_trace_in_the_result(generated: RunningSandbox, use: Use):
    use(generated)
    count = add_boards(generated)
    generated.control(faults=[{"kind": "503", "rate": 1, "times": 1}, {"kind": "reset", "rate": 1, "times": 2}])
    run = fetch()
    stage = run.stages.get()
    assert (run.state, stage.done, stage.failed) == ("done", count, 0)


def test_retry_after_is_honoured(source: Source, generated: RunningSandbox, use: Use):
    use(generated)
    generated.control(faults=[{"kind": "429-retry-after", "rate": 1, "times": 1, "seconds": 0.4}])
    fetch()
    first, second = OutboundRequest.objects.order_by("started_at")
    assert (first.status, second.status, second.attempt, second.scheduled_wait_ms) == (429, 200, 2, 400)
    assert (second.started_at - first.ended_at).total_seconds() >= 0.39


@pytest.fixture
def eu_pause_is_forgotten(generated: RunningSandbox) -> Iterator[None]:
    """The host is that of other tests, too."""
    yield
    with Redis.from_url(configured.REDIS_URL) as redis:
        redis.delete(*limiter.keys(host_port(generated.lever_eu_url)))


@pytest.mark.usefixtures("eu_pause_is_forgotten")
def test_a_host_that_asks_for_an_hour_is_left_alone_and_the_others_are_read(source: Source, generated: RunningSandbox, use: Use):
    """Nobody sits through the pause: neither who was asked for it, nor another region, nor another ATS."""
    use(generated)
    boards = generated.boards()
    resting, awake = (
        [make_source(key.casefold(), "lever", region=region) for key in boards[host]]
        for host, region in (("lever-eu", "eu"), ("lever", ""))
    )
    faults = [{"kind": "429-retry-after", "rate": 1, "seconds": 3600, "board": board.source_key} for board in resting]
    generated.control(faults=faults)
    run = fetch()
    assert run.state == "failed"
    assert re.search(r"asked for a pause of 3600 s: go on then with `manage.py ingest runs resume`", run.message)
    assert OutboundRequest.objects.sent().filter(source__in=resting).count() <= configured.FETCH_PER_HOST
    unread = Source.objects.filter(last_checked_at=None)
    assert set(unread) == set(resting)
    assert not unread.exclude(lease_token=None).exists()
    assert resting
    assert awake
    assert not DeadLetter.objects.exists()
    assert resting_regions("lever") == ["eu"]
    # The ticks put no task on the queue that would only find that out again.
    queued = run_create(kind="fetch", parameters={"queued": True})
    assert pipeline.reading_step(run_id=queued.pk) == 0
    queued.refresh_from_db()
    assert queued.state == "running"


@pytest.mark.parametrize(("kind", "status"), [("429-retry-date", 429), ("503-retry-after", 503)])
def test_other_ways_to_ask_for_a_pause_are_honoured(source: Source, generated: RunningSandbox, use: Use, kind: str, status: int):
    use(generated)
    generated.control(faults=[{"kind": kind, "rate": 1, "times": 1, "seconds": 1}])
    fetch()
    first, second = OutboundRequest.objects.order_by("started_at")
    assert (first.status, second.status, second.attempt) == (status, 200, 2)
    # A date has whole seconds: of the one asked for a part may be gone when it arrives.
    assert second.scheduled_wait_ms > (999 if kind == "503-retry-after" else 4)
    assert (second.started_at - first.ended_at).total_seconds() * 1000 >= second.scheduled_wait_ms - 20
    source.refresh_from_db()
    assert (source.state, DeadLetter.objects.count()) == ("valid", 0)


@pytest.mark.parametrize("source_type", ["greenhouse", "lever"])
def test_a_board_that_is_cut_short_closes_no_posting(generated: RunningSandbox, use: Use, source_type: str, full_boards: list[str]):
    """Greenhouse says how many postings there are. Lever does not: there the second complete read in a row protects them."""
    use(generated)
    keys = full_boards[:4] if source_type == "greenhouse" else [key.casefold() for key in generated.boards()["lever"]][:4]
    for key in keys:
        make_source(key, source_type)
    fetch()
    opened = RawPosting.objects.open().count()
    for faults in ([{"kind": "truncated", "rate": 1}], []):
        generated.control(faults=faults)
        source_check(source_ids=list(Source.objects.values_list("pk", flat=True)))
        assert fetch().state == "done"
        if faults and source_type == "greenhouse":
            assert RawPosting.objects.open().count() == opened
            assert {reason[:22] for reason in Source.objects.values_list("state_reason", flat=True)} == {"the list was cut short"}
    assert not RawPosting.objects.closed().exists()
    assert RawPosting.objects.open().count() == opened == sum(Source.objects.values_list("open_postings", flat=True))
    assert set(Source.objects.values_list("state_reason", flat=True)) == {""}


def test_never_more_than_five_at_once_per_host(generated: RunningSandbox, use: Use):
    use(generated)
    generated.control(latency_ms=15)
    add_boards(generated)
    fetch()
    rows = list(OutboundRequest.objects.values_list("host", "started_at", "ended_at"))
    for host in {row[0] for row in rows}:
        spans = [row[1:] for row in rows if row[0] == host]
        most = max(sum(1 for start, end in spans if start <= moment < end) for moment, _ in spans)
        assert most <= configured.FETCH_PER_HOST


def test_days_of_the_invented_world_close_and_open(generated: RunningSandbox, use: Use, full_boards: list[str]):
    use(generated)
    for key in full_boards[:15]:
        make_source(key)
    fetch()
    for day in (1, 2, 3):
        generated.control(day=day)
        source_check(source_ids=list(Source.objects.values_list("pk", flat=True)))
        run = fetch()
        assert run.state == "done"
    assert RawPosting.objects.open().count() == sum(Source.objects.values_list("open_postings", flat=True))


KILLED = """
import os, sys, uuid
os.environ["DJANGO_SETTINGS_MODULE"] = "gtm_site.settings"
import django
django.setup()
from django.conf import settings
from django.db import connection
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = sys.argv[1]
settings.STATUS_COUNTS = []
settings.STORAGES["raw"]["OPTIONS"]["location"] = sys.argv[2]
from ingestion import pipeline
from ingestion.politeness import limiter
limiter.LEASE_S = 0.5
pipeline.fetch(run_id=uuid.UUID(sys.argv[3]))
"""


def test_a_killed_fetch_goes_on_to_the_same_result(use: Use, raw_folder: Any, settings: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.politeness.limiter.LEASE_S", 0.5)
    with running_sandbox(generate=30, postings=300, latency_ms=40) as sandbox:
        use(sandbox)
        count = add_boards(sandbox)
        run = run_create(kind="fetch")
        environment = {**os.environ, **sandbox.environment(), "FETCH_MIN_SPACING_MS": "0"}
        name = connection.settings_dict["NAME"]
        argv = [sys.executable, "-c", KILLED, name, str(raw_folder), str(run.pk)]
        with subprocess.Popen(argv, env=environment) as process:
            deadline = time.monotonic() + 60
            while (
                not 3 <= Source.objects.exclude(last_read_at=None).count() < count
                and time.monotonic() < deadline
                and process.poll() is None
            ):
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        read_before = dict(Source.objects.exclude(last_read_at=None).values_list("pk", "last_read_at"))
        assert 3 <= len(read_before) < count
        leased = Source.objects.exclude(lease_token=None)
        assert leased.exists()
        leased.update(lease_until=timezone.now() + timedelta(seconds=0.5))
        sandbox.control(latency_ms=0)
        pipeline.fetch(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.stages.get().done) == ("done", count)
        assert {pk: Source.objects.get(pk=pk).last_read_at for pk in read_before} == read_before
        assert set(Source.objects.values_list("state", flat=True)) <= {"valid", "empty"}
        killed = set(RawPosting.objects.values_list("source__source_key", "source_job_id", "content_hash"))
        assert RawPosting.objects.count() == len(killed) == sum(Source.objects.values_list("open_postings", flat=True))
        Source.objects.all().delete()
        add_boards(sandbox)
        fetch()
        assert set(RawPosting.objects.values_list("source__source_key", "source_job_id", "content_hash")) == killed
