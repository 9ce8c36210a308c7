"""The parts of `bench.ingest` that use the product's models and services: import it only with Django set up."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django_rq
import orjson
import psutil
import zstandard
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from bench import ingest_database
from bench.floor import Body, measure_fetch, read_bodies
from bench.ingest_cpu import cpu_here, cpu_of, cpu_of_servers, servers_since
from bench.memory import peak_mb
from gtm_site.running import programs
from ingestion import pipeline, storage
from ingestion.models import RawPosting, Run, Source
from ingestion.services import run_create
from sandbox.testing import RunningSandbox

PROJECT = Path(__file__).resolve().parent.parent
# With this seed the one invented board is Greenhouse's: a single answer.
LARGE_SEED = 1
NO_OP_TASKS = 400
# With all that refers to them.
TABLES = "ingestion_source, ingestion_rawobject, ingestion_postingversion, ingestion_outboundrequest, ingestion_run"
TICK_S = 0.5


def read_here(sandbox: RunningSandbox, boards_per_host: int | None) -> float:
    """Wall seconds in which this process reads the boards for the first time."""
    use(sandbox)
    sources_reset(sandbox, boards_per_host)
    run = run_create(kind="fetch", parameters={})
    begin = time.perf_counter()
    pipeline.fetch(run_id=run.pk)
    seconds = time.perf_counter() - begin
    _expect_done(run)
    return seconds


def measure_full(sandbox: RunningSandbox) -> dict[str, Any]:
    """Boards of ordinary size through the queues, one worker an ATS, beside the floors of the same bytes."""
    fetch_floor = measure_fetch(sandbox)
    floor = cpu_floor(sandbox)
    use(sandbox)
    sources_reset(sandbox, None)
    run = run_create(kind="fetch", parameters={"queued": True})
    with workers(sandbox) as processes:
        before, started = cpu_of_servers(), sum(map(cpu_of, processes))
        tasks = _drive(run)
        cpu = {**servers_since(before), "workers": round(sum(map(cpu_of, processes)) - started, 2)}
    _expect_done(run)
    stage = run.stages.get(name="fetch")
    assert stage.started_at
    assert stage.ended_at
    seconds = (stage.ended_at - stage.started_at).total_seconds()
    lowest = max(fetch_floor, sum(floor.values()) / (os.cpu_count() or 1))
    queue = tasks * cpu_per_task()
    return {
        "boards": Source.objects.count(),
        "postings": RawPosting.objects.count(),
        "seconds": round(seconds, 2),
        "fetch_floor_seconds": round(fetch_floor, 2),
        "cpu_floor_seconds": floor,
        "ratio_to_floor": round(seconds / lowest, 2),
        "cpu_seconds": cpu,
        "tasks": tasks,
        "queue_cpu_seconds": round(queue, 3),
        "queue_share_of_cpu": round(queue / sum(cpu.values()), 4),
    }


def _drive(run: Run) -> int:
    """Do what the scheduler does until the run is over; the number of tasks that were queued."""
    pipeline.fetch_start(run_id=run.pk)
    tasks = 0
    while Run.objects.unended_work().filter(pk=run.pk).exists():
        tasks += pipeline.reading_step(run_id=run.pk)
        time.sleep(TICK_S)
    return tasks


def cpu_floor(sandbox: RunningSandbox) -> dict[str, float]:
    """CPU seconds of the bare work on every body: fetching, parsing with a hash, raw bytes with a checksum, one COPY."""
    sandbox.control(latency_ms=0)
    seconds = dict.fromkeys(("sandbox", "fetch", "parse", "raw", "copy"), 0.0)
    served = cpu_of(psutil.Process(sandbox.pid))
    begin = time.process_time()
    bodies = list(read_bodies(sandbox))
    seconds["fetch"] = time.process_time() - begin
    seconds["sandbox"] = cpu_of(psutil.Process(sandbox.pid)) - served
    sandbox.control(latency_ms=50)
    rows = []
    begin = time.process_time()
    for number, body in enumerate(bodies):
        rows += list(_bare_rows(number, body))
    seconds["parse"] = time.process_time() - begin
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for body in bodies:
            _keep_bare(Path(folder), body.payload)
    seconds["raw"] = time.process_time() - begin
    seconds["copy"] = _copy_bare(rows)
    return {name: round(value, 2) for name, value in seconds.items()}


def _bare_rows(number: int, body: Body) -> Iterator[tuple[int, str, str, str, str, str]]:
    value = orjson.loads(body.payload)
    for job in value if isinstance(value, list) else value["jobs"]:
        digest = hashlib.blake2b(orjson.dumps(job, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
        title, url = str(job.get("title") or job.get("text")), str(job.get("absolute_url") or job["hostedUrl"])
        yield number, body.board, str(job["id"]), title, url, digest


def _keep_bare(folder: Path, payload: bytes) -> None:
    packed = zstandard.ZstdCompressor(level=storage.LEVEL).compress(payload)
    with (folder / hashlib.sha256(payload).hexdigest()).open("wb") as handle:
        handle.write(packed)
        handle.flush()
        os.fsync(handle.fileno())


def _copy_bare(rows: Sequence[tuple[Any, ...]]) -> float:
    """Into a table with as many indexes as RawPosting has: its key and its identity."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_ingest (id bigserial PRIMARY KEY, raw_object bigint, board text, job_id text, title text, url text,"
            " digest text, UNIQUE (board, job_id))"
        )
        begin = cpu_here()
        with cursor.copy("COPY bench_ingest (raw_object, board, job_id, title, url, digest) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        seconds = cpu_here() - begin
        cursor.execute("DROP TABLE bench_ingest")
    return seconds


def measure_database(sandbox: RunningSandbox, tell: Callable[[str], None]) -> dict[str, Any]:
    """CPU of storing boards, with nothing of fetching and interpreting: `bench.ingest_database` says what counts."""
    sandbox.control(latency_ms=0)
    use(sandbox)
    sources_reset(sandbox, None)
    return ingest_database.measure(read_bodies(sandbox), tell)


def measure_memory(sandbox: RunningSandbox) -> dict[str, Any]:
    """Peak resident memory of one worker that reads the large board, and of the same worker with nothing to do."""
    use(sandbox)
    idle = _burst(sandbox)
    sources_reset(sandbox, None)
    run = run_create(kind="fetch", parameters={"queued": True})
    pipeline.fetch_start(run_id=run.pk)
    pipeline.reading_step(run_id=run.pk)
    peak = _burst(sandbox)
    _expect_done(run)
    size = RawPosting.objects.select_related("raw_object").latest("pk").raw_object.size
    return {"body_mb": round(size / 2**20, 1), "worker_peak_mb": round(peak, 1), "worker_idle_mb": round(idle, 1)}


def _burst(sandbox: RunningSandbox) -> float:
    """Peak memory in MB of a worker that does what is queued for Greenhouse and ends."""
    program = programs.worker(settings.SCRAPE_QUEUES["greenhouse"])
    return peak_mb([*program.argv, "--burst"], cwd=PROJECT, env={**os.environ, **sandbox.environment()})


def cpu_per_task() -> float:
    """CPU seconds of a task that does nothing: queueing it, and taking it in a worker of ours."""
    from gtm_site.running.worker import TaskWorker

    queue = django_rq.get_queue(settings.SCRAPE_QUEUES["greenhouse"])
    queue.empty()  # type: ignore[no-untyped-call]
    begin = time.process_time()
    for _ in range(NO_OP_TASKS):
        queue.enqueue_call("math.sqrt", args=(4,))
    TaskWorker([queue], connection=queue.connection).work(burst=True, logging_level="ERROR")
    return (time.process_time() - begin) / NO_OP_TASKS


def use(sandbox: RunningSandbox) -> None:
    """Send this process to the sandbox."""
    os.environ.update(sandbox.environment())
    settings.ATS_BASE_URLS = {name: sandbox.environment().get(name, url) for name, url in settings.ATS_BASE_URLS.items()}
    cache.clear()


def sources_reset(sandbox: RunningSandbox, boards_per_host: int | None) -> None:
    """Empty tables, and a source for every board of the sandbox (at most so many of each host)."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
    rows = []
    for host, keys in sandbox.boards().items():
        source_type, _, region = host.partition("-")
        rows += [Source(source_type=source_type, source_key=key.casefold(), region=region) for key in keys[:boards_per_host]]
    # Boards are found, and fall due, in no order of hosts.
    random.Random(1).shuffle(rows)
    now = timezone.now()
    for row in rows:
        row.next_check_at = now
    Source.objects.bulk_create(rows)


@contextmanager
def workers(sandbox: RunningSandbox) -> Iterator[list[psutil.Process]]:
    """One worker for each scrape queue, ready to take tasks."""
    environment = {**os.environ, **sandbox.environment()}
    processes = [
        subprocess.Popen(list(programs.worker(queue).argv), cwd=PROJECT, env=environment) for queue in settings.SCRAPE_QUEUES.values()
    ]
    try:
        _wait_for_workers(len(processes))
        yield [psutil.Process(process.pid) for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _wait_for_workers(count: int) -> None:
    from rq import Worker

    redis = django_rq.get_connection(settings.SCRAPE_QUEUES["greenhouse"])
    deadline = time.monotonic() + 60
    while len(Worker.all(connection=redis)) < count:
        if time.monotonic() > deadline:
            raise SystemExit("the workers did not start")
        time.sleep(0.1)


def _expect_done(run: Run) -> None:
    run.refresh_from_db()
    if run.state != Run.State.DONE:
        raise SystemExit(f"the run is {run.state}: {run.message}")
