"""The proof in the large: worker processes killed at random over a faulty world, judged from both sides of the wire."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection
from redis.asyncio import Redis

from ingestion import pipeline
from ingestion.models import OutboundRequest, Run, Source
from ingestion.politeness.ledger_review import Scope, review
from ingestion.politeness.limiter import LEASE_S, Activity, HostPolicy, Limiter, keys
from ingestion.services import run_create, source_check
from ingestion.tests.factories import make_source
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WORKERS, KILLS, BOARDS = 4, 3, 120
# A start is written 20 ms after the request left. A busy machine takes longer, but no more than a moment.
ABOUT_S = 2.0
# One request in five: every kind that is retried, the host's wish for a pause among them.
FAULTS = [
    {"kind": "429-retry-after", "rate": 0.03, "seconds": 0.4},
    {"kind": "503", "rate": 0.02},
    {"kind": "500", "rate": 0.05},
    {"kind": "reset", "rate": 0.05},
    {"kind": "cut-length", "rate": 0.05},
]
# Waits of a 40th of the real ones; the judge reads the same setting. Board leases as short as the test, slots' as in production.
SETTINGS = {"FETCH_RETRY_UNIT_S": "0.05", "FETCH_MIN_SPACING_MS": "5", "FETCH_BREAKER_OPEN_S": "0.2"}
WORKER = """
import os, sys, uuid
os.environ["DJANGO_SETTINGS_MODULE"] = "gtm_site.settings"
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from django.db import connection
from redis.asyncio import Redis
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = sys.argv[1]
settings.STATUS_COUNTS = []
settings.STORAGES["raw"]["OPTIONS"]["location"] = sys.argv[2]
from ingestion import fetch, pipeline
from ingestion.services import sources
fetch.RENEW_S = 1.0
for call in (sources.sources_claim, sources.sources_renew):
    call.__kwdefaults__["lease"] = timedelta(seconds=4)
pipeline.fetch(run_id=uuid.UUID(sys.argv[3]))
"""


@pytest.fixture
def faulty() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=BOARDS, postings=300, latency_ms=30) as sandbox:
        sandbox.control(faults=FAULTS)
        yield sandbox


@pytest.fixture
def boards(faulty: RunningSandbox) -> int:
    """Every board of the sandbox is a source, and three that do not exist."""
    known = [(host, key.casefold()) for host, keys in faulty.boards().items() for key in keys]
    for host, key in [*known, *(("greenhouse", f"nobody{number}") for number in range(3))]:
        source_type, _, region = host.partition("-")
        make_source(key, source_type, region=region)
    return len(known)


@pytest.fixture
def start(faulty: RunningSandbox, raw_folder: Any, settings: Any, use: Callable[[RunningSandbox], None]) -> Callable[[Run], Any]:
    use(faulty)
    settings.FETCH_RETRY_UNIT_S = float(SETTINGS["FETCH_RETRY_UNIT_S"])
    environment = {**os.environ, **faulty.environment(), **SETTINGS}

    def worker(run: Run) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(raw_folder), str(run.pk)]
        with (raw_folder.parent / "workers.log").open("ab") as output:
            return subprocess.Popen(argv, env=environment, stdout=output, stderr=output)

    return worker


Deaths = dict[int, float]
"""When which process was killed, in seconds since 1970."""


def kill(worker: subprocess.Popen[bytes], deaths: Deaths) -> None:
    if worker.poll() is None:
        deaths[worker.pid] = time.time()
        worker.kill()
    worker.wait()


@contextmanager
def working(start: Callable[[Run], subprocess.Popen[bytes]], run: Run, deaths: Deaths) -> Iterator[list[subprocess.Popen[bytes]]]:
    workers = [start(run) for _ in range(WORKERS)]
    try:
        yield workers
    finally:
        for worker in workers:
            kill(worker, deaths)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


def under_way(pid: int) -> bool:
    return OutboundRequest.objects.sent().filter(worker__endswith=f":{pid}", ended_at=None).exists()


def kill_one(workers: list[subprocess.Popen[bytes]], start: Callable[[Run], Any], run: Run, luck: random.Random, deaths: Deaths) -> None:
    """Kill a worker that has requests under way, then start another in its place."""
    wait_for(lambda: any(under_way(worker.pid) for worker in workers), "a worker with a request under way")
    victim = luck.choice([worker for worker in workers if under_way(worker.pid)] or workers)
    kill(victim, deaths)
    workers[workers.index(victim)] = start(run)


def is_over(run: Run) -> bool:
    run.refresh_from_db()
    return run.state in Run.TERMINAL


Place = tuple[int | None, str]


def place_of(row: OutboundRequest) -> Place:
    parts = urlsplit(row.url)
    return parts.port, f"{parts.path}?{parts.query}" if parts.query else parts.path


def disagreements(rows: list[OutboundRequest], lines: list[dict[str, Any]], deaths: Deaths) -> Iterator[str]:
    """What one side of the wire says and the other does not. What a killed worker had announced may have left just before, or not."""
    told, asked, lost = defaultdict(list), defaultdict(list), defaultdict(list)
    for line in sorted(lines, key=lambda line: line["start"]):
        told[line["port"], line["path"]].append(line)
    for row in rows:
        died_at = deaths.get(int(row.worker.rpartition(":")[2]))
        if row.started_at:
            asked[place_of(row)].append(row)
        elif not row.ended_at and died_at is not None:
            lost[place_of(row)].append(died_at)
        elif not row.ended_at:
            yield f"{row.url}: nobody killed {row.worker}, but what became of row {row.pk} is not known"
    for place in told.keys() | asked.keys():
        yield from _disagreements(asked[place], told[place], lost[place])


def _disagreements(rows: list[OutboundRequest], lines: list[dict[str, Any]], lost: list[float]) -> Iterator[str]:
    """`lost`: when those were killed who had announced a request, of which nobody knows whether it left in the moment before."""
    left = list(lines)
    for row, later in itertools.zip_longest(rows, rows[1:]):
        while left and left[0]["start"] < row.started_at.timestamp() and excuses(lost, left[0]):
            left.pop(0)
        until = row.ended_at or (later.started_at if later else None)
        if left and row.started_at.timestamp() <= left[0]["start"] and (until is None or left[0]["start"] <= until.timestamp()):
            line = left.pop(0)
            if row.status is not None and row.status != line["status"]:
                yield f"{row.url}: {row.status} in the ledger, {line['status']} outside"
        elif row.ended_at:
            yield f"{row.url}: row {row.pk} was never sent"
    yield from (f"{line['path']} at {line['start']} is not in the ledger" for line in left if not excuses(lost, line))


def excuses(lost: list[float], line: dict[str, Any]) -> bool:
    """Whether a request came about when somebody was killed who may have sent it; taken off `lost`, since each excuses one."""
    died_at = next((died_at for died_at in lost if abs(line["start"] - died_at) <= ABOUT_S), None)
    if died_at is not None:
        lost.remove(died_at)
    return died_at is not None


def announced(*, worker: int = 7, start: float | None = None, end: float | None = None) -> OutboundRequest:
    """A row of a process, by seconds since 1970."""
    moments = {"started_at": start and datetime.fromtimestamp(start, UTC), "ended_at": end and datetime.fromtimestamp(end, UTC)}
    return OutboundRequest(url="http://a:80/x", worker=f"here:{worker}", status=200 if end else None, **moments)


@pytest.mark.parametrize(
    ("rows", "starts", "complaint"),
    [
        ([announced(start=10, end=11)], [10.5], None),
        ([announced(start=10, end=11)], [], "never sent"),
        ([announced(start=10, end=11)], [10.5, 12], "at 12 is not in the ledger"),
        ([announced()], [], None),
        ([announced()], [100.1], None),
        ([announced()], [100.1, 100.2], "at 100.2 is not in the ledger"),
        ([announced()], [90], "at 90 is not in the ledger"),
        ([announced(start=95, end=96), announced()], [95.5, 99.9], None),
        ([announced(worker=8, start=101, end=102), announced()], [99.9, 101.5], None),
        ([announced(worker=8, start=101, end=102), announced()], [90, 101.5], "row None was never sent"),
        ([announced(worker=8)], [], "nobody killed here:8"),
    ],
    ids=["agreed", "unsent", "unknown", "lost unsent", "lost", "too many", "too early", "after", "before", "early before", "alive"],
)
def test_only_the_last_moment_of_a_killed_worker_excuses(rows: list[OutboundRequest], starts: list[float], complaint: str | None):
    lines = [{"port": 80, "path": "/x", "start": start, "status": 200} for start in starts]
    said = list(disagreements(rows, lines, {7: 100.0}))
    assert said == [] if complaint is None else complaint in said[0]


def test_killed_workers_in_a_faulty_world_stay_polite(faulty: RunningSandbox, boards: int, start: Callable[[Run], Any]):
    luck, run, deaths = random.Random(7), run_create(kind="fetch"), Deaths()
    with working(start, run, deaths) as workers:
        for number in range(1, KILLS + 1):
            read = number * boards // (KILLS + 2)
            wait_for(lambda read=read: Source.objects.exclude(last_checked_at=None).count() >= read, f"{read} boards")
            kill_one(workers, start, run, luck, deaths)
        wait_for(lambda: is_over(run), "the end of the run")
    rows = list(OutboundRequest.objects.order_by("started_at", "id"))
    sent = [row for row in rows if row.started_at]
    lines = faulty.requests(at_least=len([row for row in sent if row.ended_at]))

    judgement = review(Scope(run_id=run.pk))
    assert judgement.breaches == []
    assert (judgement.requests, judgement.retries > 0, judgement.unended > 0) == (len(sent), True, True)
    assert judgement.waiting == len([row for row in rows if not row.started_at and not row.ended_at])
    assert sum(host.pauses for host in judgement.hosts.values()) > 0
    assert all(host.least_gap_ms >= 5 for host in judgement.hosts.values())
    assert max(faulty.control()["highest_concurrency"].values()) <= 5
    assert list(disagreements(rows, lines, deaths)) == []

    assert run.state == "done"
    states = dict(Source.objects.values_list("source_key", "state"))
    gone = {key for key, state in states.items() if state == "gone"}
    assert gone == {"nobody0", "nobody1", "nobody2"}
    assert {state for key, state in states.items() if key not in gone} <= {"valid", "empty", "failed"}

    # A second run, with everything due that may be: the invalid ones are left alone.
    source_check(source_ids=list(Source.objects.exclude(state__in=Source.INVALID).values_list("pk", flat=True)))
    faulty.control(faults=[], latency_ms=0)
    again = run_create(kind="fetch")
    pipeline.fetch(run_id=again.pk)
    assert not OutboundRequest.objects.filter(run_id=again.pk, source__state="gone").exists()
    assert review(Scope()).breaches == []


HOLDER = """
import asyncio, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "gtm_site.settings"
import django
django.setup()
from django.conf import settings
from ingestion.politeness.limiter import Activity, HostPolicy, Limiter

async def nothing(host): return Activity(0, False)

async def hold():
    async with Limiter(settings.REDIS_URL, nothing) as limiter:
        for _ in range(5):
            await limiter._acquire(sys.argv[1], HostPolicy(5, 0))
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


async def test_the_slots_of_a_killed_worker_are_free_within_ten_seconds():
    async def nothing(host: str) -> Activity:
        return Activity(0, is_recent=False)

    host = f"{random.getrandbits(64):x}.example:443"
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, host, stdout=subprocess.PIPE)
    assert worker.stdout
    try:
        async with asyncio.timeout(120):
            assert await worker.stdout.readline() == b"held\n"
    finally:
        worker.kill()
        await worker.wait()
    killed_ms = time.time() * 1000
    async with Redis.from_url(configured.REDIS_URL) as redis:
        ends = [end for _, end in await redis.zrange(keys(host)[0], 0, -1, withscores=True)]
    assert len(ends) == 5
    assert max(ends) <= killed_ms + 10_000
    async with Limiter(configured.REDIS_URL, nothing) as limiter:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await limiter._acquire(host, HostPolicy(5, 0))
        async with asyncio.timeout(60):
            slots = [await limiter._acquire(host, HostPolicy(5, 0)) for _ in range(5)]
    assert len(slots) == 5
    assert LEASE_S <= 8
