"""Pausing, cancelling and retrying runs while workers are at it; and what is left when Redis or a worker is lost."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.utils import timezone
from rq import Queue

from ingestion import pipeline, tasks
from ingestion.errors import CdxError, RunStateError, ServerBusyError
from ingestion.http.client import Answer, Call, Client
from ingestion.models import DeadLetter, OutboundRequest, PostingSeen, RawPosting, Run, Source
from ingestion.services import (
    boards_store,
    run_cancel,
    run_create,
    run_finish,
    run_pause,
    run_resume,
    run_retry,
    run_start,
    sources_claim,
    stage_start,
)
from ingestion.services.parking import run_park
from ingestion.tests.factories import board_read, greenhouse_body, greenhouse_job, make_source
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.django_db(transaction=True)
Use = Callable[[RunningSandbox], None]


@pytest.fixture
def queues() -> Iterator[dict[str, Queue]]:
    """The queues of discovery and scraping, empty before and after."""
    names = [configured.DISCOVER_QUEUE, *configured.SCRAPE_QUEUES.values()]
    queues = {name: django_rq.get_queue(name) for name in names}
    for queue in queues.values():
        queue.delete(delete_jobs=True)
    yield queues
    for queue in queues.values():
        queue.delete(delete_jobs=True)


def queued_run(kind: str = "fetch", **parameters: Any) -> Run:
    return run_create(kind=kind, parameters={"queued": True, **parameters})


class Thread(threading.Thread):
    """Does something beside the test, on a connection of its own; `join` raises what went wrong."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.result: object = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 - raised again by `ended`
            self.result = error
        finally:
            connections.close_all()

    def ended(self) -> object:
        self.join(timeout=60)
        assert not self.is_alive()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def wait_for(happened: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(3000):
        if happened():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not happen within 30 s")


@pytest.fixture
def stuck(generated: RunningSandbox, use: Use, settings: Any, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """Every request fails, and the next attempt is an hour away: sources are under way for ever."""
    use(generated)
    generated.control(faults=[{"kind": "503", "rate": 1}])
    settings.FETCH_RETRY_UNIT_S = 3600.0
    monkeypatch.setattr(pipeline, "WATCH_S", 0.02)
    monkeypatch.setattr(pipeline, "GRACE_S", 0.05)
    for key in generated.boards()["greenhouse"][:10]:
        make_source(key.casefold())
    return generated


@pytest.mark.parametrize(("move", "state"), [(run_pause, "paused"), (run_cancel, "cancelled")])
def test_what_is_under_way_is_given_back_and_stays_due(stuck: RunningSandbox, move: Callable[..., None], state: str):
    run = run_create(kind="fetch")
    worker = Thread(lambda: pipeline.fetch(run_id=run.pk))
    wait_for(lambda: OutboundRequest.objects.filter(run_id=run.pk).exclude(ended_at=None).count() >= 5)
    move(run_id=run.pk)
    worker.ended()
    run.refresh_from_db()
    assert (run.state, run.stages.get().done, run.stages.get().failed) == (state, 0, 0)
    assert not Source.objects.exclude(lease_token=None).exists()
    assert Source.objects.filter(state="discovered", next_check_at__lte=timezone.now()).count() == 10
    assert not DeadLetter.objects.exists()


def test_what_was_read_before_a_pause_is_stored_while_others_are_under_way(
    generated: RunningSandbox, use: Use, full_boards: list[str], monkeypatch: pytest.MonkeyPatch
):
    """Without the pause they would wait an hour for the board whose answer does not come."""
    use(generated)
    monkeypatch.setattr(pipeline, "WATCH_S", 0.02)
    monkeypatch.setattr(pipeline, "GRACE_S", 60.0)
    monkeypatch.setattr("ingestion.fetch.STORE_WAIT_S", 3600.0)
    late, *answered = [make_source(key) for key in full_boards[:4]]
    comes, get = threading.Event(), Client.get

    async def hang(client: Client, call: Call, sink: Any = None) -> Answer:
        while call.source_id == late.pk and not comes.is_set():
            await asyncio.sleep(0.01)
        return await get(client, call, sink)

    monkeypatch.setattr(Client, "get", hang)
    run = run_create(kind="fetch")
    worker = Thread(lambda: pipeline.fetch(run_id=run.pk))
    try:
        wait_for(lambda: OutboundRequest.objects.filter(run_id=run.pk, status=200).count() == len(answered))
        run_pause(run_id=run.pk)
        wait_for(lambda: Source.objects.filter(state="valid").count() == len(answered))
    finally:
        comes.set()
    worker.ended()
    run.refresh_from_db()
    assert (run.state, run.stages.get().done) == ("paused", len(answered) + 1)


def test_a_resumed_run_reads_everything_once(stuck: RunningSandbox, settings: Any):
    run = run_create(kind="fetch")
    worker = Thread(lambda: pipeline.fetch(run_id=run.pk))
    wait_for(lambda: OutboundRequest.objects.filter(run_id=run.pk).exists())
    run_pause(run_id=run.pk)
    worker.ended()
    stuck.control(faults=[])
    settings.FETCH_RETRY_UNIT_S = 0.004
    run_resume(run_id=run.pk)
    pipeline.fetch(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.stages.get().done + run.stages.get().failed, run.stages.get().total) == ("done", 10, 10)


def test_a_pause_in_the_middle_of_discovery_is_not_its_end(generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch):
    use(generated)
    run = run_create(kind="discover")
    monkeypatch.setattr(pipeline, "WATCH_S", 0.02)
    monkeypatch.setattr(pipeline, "GRACE_S", 0.05)
    generated.control(latency_ms=60_000)
    worker = Thread(lambda: pipeline.discover(run_id=run.pk))
    wait_for(lambda: OutboundRequest.objects.filter(run_id=run.pk).exists())
    run_pause(run_id=run.pk)
    worker.ended()
    run_resume(run_id=run.pk)
    assert not run.stages.exclude(ended_at=None).exists()
    generated.control(latency_ms=0)
    pipeline.discover(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    assert Source.objects.exists()


@pytest.mark.parametrize("kind", ["fetch", "all"])
@pytest.mark.parametrize("move", [run_pause, run_cancel])
def test_an_operator_who_comes_at_the_very_end_leaves_no_run_half_ended(
    kind: str, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    run = run_create(kind=kind)
    pipeline.fetch_start(run_id=run.pk)
    operators: list[Thread] = []

    def is_over(_run: Run) -> bool:
        operators.append(Thread(lambda: move(run_id=run.pk)))
        wait_for(lambda: _somebody_waits_for_a_lock() or not operators[0].is_alive())
        return True

    monkeypatch.setattr(pipeline, "_is_over", is_over)
    has_ended = pipeline.fetch_end_if_done(run_id=run.pk)
    with suppress(RunStateError):
        operators[0].ended()
    run.refresh_from_db()
    stage = run.stages.get()
    assert has_ended == (stage.ended_at is not None)
    assert has_ended is True
    # A run that goes on after its boards may still be moved; one that ends with them is done, and says no.
    assert run.state == ("done" if kind == "fetch" else {run_pause: "paused", run_cancel: "cancelled"}[move])


def test_a_run_that_cannot_be_carried_on_holds_up_no_other(queues: dict[str, Queue], monkeypatch: pytest.MonkeyPatch):
    make_source()
    other, broken = queued_run(), queued_run()  # the newest comes first
    step = pipeline.reading_step

    def fails(*, run_id: uuid.UUID) -> int:
        if run_id == broken.pk:
            raise KeyError("what only this run has")
        return step(run_id=run_id)

    monkeypatch.setattr(pipeline, "reading_step", fails)
    with pytest.raises(ExceptionGroup, match="1 of 2 runs"):
        pipeline.tick()
    assert queues["scrape.greenhouse"].job_ids == [f"scrape-greenhouse-{other.pk}-0"]


def test_a_tick_looks_after_parked_runs(queues: dict[str, Queue]):
    cache.clear()
    run = queued_run()
    run_start(run_id=run.pk)
    run_park(run_id=run.pk, reason="raw storage is full")
    pipeline.tick()
    assert [task.func_name for task in queues["scrape.greenhouse"].jobs] == ["ingestion.tasks.parked_runs_resume"]


@pytest.mark.parametrize("kind", ["ingest", "all"])
def test_boards_are_read_although_the_index_does_not_answer(
    generated: RunningSandbox, use: Use, queues: dict[str, Queue], full_boards: list[str], kind: str, monkeypatch: pytest.MonkeyPatch
):
    """Spec D7. The run fails when nothing else is left to do; resumed, it finds the rest."""
    use(generated)
    monkeypatch.setattr("ingestion.politeness.limiter.LEAST_ADAPTIVE_INTERVAL_MS", 1)
    monkeypatch.setattr("ingestion.politeness.limiter.GREATEST_INTERVAL_MS", 20)
    known = make_source(full_boards[0])
    generated.control(faults=[{"kind": "503", "rate": 1, "host": "cdx"}])
    run = queued_run(kind)
    pipeline.tick()
    with pytest.raises((CdxError, ServerBusyError)):
        tasks.discover(str(run.pk))
    run.refresh_from_db()
    assert (run.state, "503" in run.message) == ("running", True)
    pipeline.tick()
    tasks.fetch_slice("greenhouse", str(run.pk))
    if kind == "all":
        run_finish(run_id=run.pk)
    known.refresh_from_db()
    run.refresh_from_db()
    assert (known.state, run.state, "503" in run.message) == ("valid", "failed", True)
    assert not run.stages.filter(ended_at=None).exists()
    generated.control(faults=[])
    run_resume(run_id=run.pk)
    tasks.discover(str(run.pk))
    for source_type in ("greenhouse", "lever"):
        tasks.fetch_slice(source_type, str(run.pk))
    if kind == "all":
        run_finish(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.message) == ("done", "")
    assert Source.objects.count() > 1
    assert not Source.objects.filter(state="discovered").exists()


def test_what_was_given_up_is_read_in_the_same_run(generated: RunningSandbox, use: Use):
    use(generated)
    for key in generated.boards()["greenhouse"][:3]:
        make_source(key.casefold())
    generated.control(faults=[{"kind": "html", "rate": 1}])
    run = run_create(kind="fetch")
    pipeline.fetch(run_id=run.pk)
    assert (run.stages.get().failed, DeadLetter.objects.waiting().count()) == (3, 3)
    generated.control(faults=[])
    make_source("lately", next_check_at=timezone.now() + timedelta(days=1))
    assert run_retry(run_id=run.pk) == 3
    pipeline.fetch(run_id=run.pk)
    run.refresh_from_db()
    stage = run.stages.get()
    assert (run.state, stage.done, stage.failed, stage.total) == ("done", 3, 0, 3)
    assert OutboundRequest.objects.filter(run_id=run.pk, purpose="list", status=200, forced=True).count() == 3


def test_a_cancelled_run_leaves_no_task_and_other_runs_keep_theirs(queues: dict[str, Queue]):
    make_source()
    cancelled, other, finding = queued_run(), queued_run(), queued_run("discover")
    assert pipeline.tick() == 3
    run_cancel(run_id=cancelled.pk)
    run_cancel(run_id=finding.pk)
    assert queues["discover"].job_ids == []
    assert queues["scrape.greenhouse"].job_ids == [f"scrape-greenhouse-{other.pk}-0"]
    assert pipeline.tick() == 0


def test_no_more_tasks_wait_than_the_target_asks_for(queues: dict[str, Queue]):
    for number in range(3 * pipeline.SOURCES_PER_TASK):
        make_source(f"board{number}")
    queued_run(target=32)  # one board's
    pipeline.tick()
    assert len(queues["scrape.greenhouse"].job_ids) == 1


def test_tasks_are_named_after_their_run_and_carry_its_ids(queues: dict[str, Queue]):
    make_source()
    run = queued_run()
    pipeline.tick()
    (task,) = queues["scrape.greenhouse"].jobs
    assert task.id == f"scrape-greenhouse-{run.pk}-0"
    assert task.meta == {"run_id": str(run.pk), "trace_id": run.trace_id}
    assert str(run.pk) in task.description


def test_ticks_at_once_put_no_task_twice(queues: dict[str, Queue]):
    for number in range(pipeline.SOURCES_PER_TASK * 3):
        make_source(f"board{number}")
    run = queued_run()
    for ticking in [Thread(pipeline.tick) for _ in range(4)]:
        ticking.ended()
    ids = queues["scrape.greenhouse"].job_ids
    assert len(ids) == len(set(ids))
    assert {f"scrape-greenhouse-{run.pk}-{number}" for number in range(3)} <= set(ids)


@pytest.mark.parametrize(
    ("kind", "queue"), [("fetch", "scrape.greenhouse"), ("discover", "discover"), ("ingest", "discover"), ("all", "discover")]
)
def test_the_tick_fills_an_emptied_redis_again(queues: dict[str, Queue], kind: str, queue: str):
    make_source()
    queued_run(kind)
    pipeline.tick()
    queues[queue].connection.flushdb()
    assert queues[queue].job_ids == []
    pipeline.tick()
    assert len(queues[queue].jobs) == 1


def test_a_task_that_was_popped_by_a_killed_worker_is_replaced(queues: dict[str, Queue]):
    make_source()
    run = queued_run()
    pipeline.tick()
    queue = queues["scrape.greenhouse"]
    queue.connection.lpop(queue.key)
    pipeline.tick()
    assert queue.job_ids == [f"scrape-greenhouse-{run.pk}-1"]


def test_a_run_that_lost_its_process_before_its_first_task_is_carried_on(generated: RunningSandbox, use: Use, queues: dict[str, Queue]):
    use(generated)
    run = queued_run("ingest")
    for _ in range(50):
        pipeline.tick()
        for task in [task for queue in queues.values() for task in queue.jobs]:
            getattr(tasks, task.func_name.rpartition(".")[2])(*task.args)
            task.delete()
        run.refresh_from_db()
        if run.state == "done":
            break
    assert run.state == "done"
    assert run.stages.get(name="fetch").total == Source.objects.count() > 0


def test_a_target_stops_a_run_of_the_queues(generated: RunningSandbox, use: Use, queues: dict[str, Queue], full_boards: list[str]):
    use(generated)
    for key in full_boards[:6]:
        make_source(key)
    make_source("has-them", open_postings=1, next_check_at=timezone.now() + timedelta(days=1))
    run = queued_run(target=2)
    deadline = time.monotonic() + 120
    while (run := Run.objects.get(pk=run.pk)).state != "done":
        assert time.monotonic() < deadline, f"the run is {run.state} still: {run.message}"
        pipeline.tick()
        for task in queues["scrape.greenhouse"].jobs:
            tasks.fetch_slice(*task.args)
            task.delete()
    assert run.state == "done"
    assert sum(Source.objects.values_list("open_postings", flat=True)) >= 2


def test_what_another_run_has_read_is_no_longer_counted_when_a_run_ends():
    source = make_source()
    run = queued_run()
    assert pipeline.fetch_start(run_id=run.pk) == 1
    Source.objects.filter(pk=source.pk).update(last_checked_at=timezone.now(), next_check_at=timezone.now() + timedelta(days=1))
    assert pipeline.fetch_end_if_done(run_id=run.pk)
    assert run.stages.get().total == 0


def test_a_late_writer_writes_nothing(raw_folder: Any):
    """The lease of a slow worker ends, another reads the board, and the slow one wakes up in the middle of the other's commit."""
    source = make_source()
    run = run_create(kind="fetch")
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    (late,) = sources_claim(source_type="greenhouse", limit=1, lease=timedelta(seconds=-1))
    (owner,) = sources_claim(source_type="greenhouse", limit=1)
    old, new = greenhouse_body(greenhouse_job(1, title="Old"), greenhouse_job(2)), greenhouse_body(greenhouse_job(1, title="New"))
    before, after = board_read(late, old), board_read(owner, new)
    with transaction.atomic():
        assert len(boards_store(reads=[after], run_id=run.pk)) == 1
        writer = Thread(lambda: boards_store(reads=[before], run_id=run.pk))
        wait_for(_somebody_waits_for_a_lock)
    assert writer.ended() == []
    source.refresh_from_db()
    assert list(RawPosting.objects.values_list("title", flat=True)) == ["New"]
    assert (source.read_digest, source.lease_token, run.stages.get().done) == (after.digest, None, 1)
    assert PostingSeen.objects.count() == 1


async def test_work_that_a_cancellation_did_not_reach_is_told_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pipeline, "GIVE_BACK_S", 0.05)

    async def deaf_once() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await pipeline._ended(task)
    assert task.cancelled()


def _somebody_waits_for_a_lock() -> bool:
    """For one that is held here: other tests may run beside this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def test_a_reaped_lease_fences_its_owner_too(raw_folder: Any):
    make_source()
    (late,) = sources_claim(source_type="greenhouse", limit=1, lease=timedelta(seconds=-1))
    pipeline.tick()
    assert boards_store(reads=[board_read(late, greenhouse_body(greenhouse_job(1)))]) == []
    assert not RawPosting.objects.exists()


def test_every_log_line_of_a_run_carries_its_ids(generated: RunningSandbox, use: Use, caplog: pytest.LogCaptureFixture):
    use(generated)
    caplog.set_level(logging.INFO)
    run = run_create(kind="ingest")
    pipeline.discover(run_id=run.pk)
    generated.control(faults=[{"kind": "html", "rate": 0.3}])
    pipeline.fetch(run_id=run.pk)
    lines = [record.msg for record in caplog.records if record.name.startswith("ingestion")]
    assert {"run moved", "crawl read", "source failed"} <= {line["event"] for line in lines}
    assert {(line.get("run_id"), line.get("trace_id")) for line in lines} == {(str(run.pk), run.trace_id)}
