"""The stages of ingestion as whole pieces of work, here and now or spread over the queues.

A run's stages are "discover" and "fetch". A run of kind discover, fetch or ingest (both) is finished here; one of any
other kind goes on elsewhere, and whoever joins the stages finishes it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ingestion import locks
from ingestion.ats.registry import adapter, adapters
from ingestion.discovery.cdx import Part, crawl_ids, parts_of, read_part
from ingestion.discovery.columnar import read_columnar
from ingestion.discovery.visits import visit_sites
from ingestion.errors import CdxError, ContactMissingError, FetchError, HostRestingError, LimiterUnavailableError, SiteError
from ingestion.fetch import SliceResult, fetch_slice
from ingestion.http.client import cdx_policy, open_client
from ingestion.models import CrawlProgress, Run, RunStage
from ingestion.politeness.host_states import resting_regions
from ingestion.schedule import scheduled_run_start
from ingestion.services.frontier import frontier_settle
from ingestion.services.parking import parked_runs_watch, run_park
from ingestion.services.run_tasks import run_tasks_fill
from ingestion.services.runs import run_fail, run_finish, run_logged, run_start, runs_each, stage_break, stage_end, stage_start
from ingestion.services.sources import claimable, has_target, leases_reap, remaining, to_target

SLICE = 400
# A task more for so many sources: slices are claimed bit by bit, so tasks that run at once share what is due.
SOURCES_PER_TASK = 25
# Tasks of one ATS that may wait in its queue: more would only repeat what the database knows.
TASKS_AHEAD = 16
# How often a process looks whether its run was paused or cancelled, and how long what is under way may then take to end.
WATCH_S = 1.0
GRACE_S = 5.0
# What was broken off has so long to give back what it holds before it is told once more.
GIVE_BACK_S = 30.0
_ENDS_AFTER = {"discover": {Run.Kind.DISCOVER}, "fetch": {Run.Kind.FETCH, Run.Kind.INGEST}}

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


def _logged(step: Callable[P, T]) -> Callable[P, T]:
    """Every log line of the step carries the ids of its run."""

    @wraps(step)
    def logged(*args: P.args, **kwargs: P.kwargs) -> T:
        with run_logged(cast(uuid.UUID, kwargs["run_id"])):
            return step(*args, **kwargs)

    return logged


@_logged
def discover(*, run_id: uuid.UUID) -> None:
    """Find boards as the run's parameters say, from where an earlier run stopped.

    The CDX index is read for `source_types` and `crawls`, `again` or not; `columnar` names files of the columnar index
    instead, `sites` companies' sites.

    A second call for a run whose discovery has ended, or is under way in another process, does nothing, nor one in the other world.
    Raises CdxError, SiteError, FetchError, HostRestingError, LimiterUnavailableError and ContactMissingError after noting them on
    the run. One that also reads boards goes on with those that are known, and fails only then.
    """
    run_start(run_id=run_id)
    run = Run.objects.running().filter(pk=run_id).first()
    if run is None or run.stages.filter(name="discover").exclude(ended_at=None).exists():
        return
    try:
        with _only_discovery(run) as is_only:
            if not is_only:
                return
            read_all = async_to_sync(_while_running)(run_id, _discover(run))
    except (CdxError, SiteError, FetchError, HostRestingError, LimiterUnavailableError, ContactMissingError) as error:
        if run.kind in Run.FETCHES:  # what is known already is read all the same (spec D7)
            stage_break(run_id=run_id, name="discover", unit="pages", message=str(error))
        else:
            run_fail(run_id=run_id, message=str(error))
        raise
    if read_all:
        _end_stage(run_id, "discover")


def fetch_start(*, run_id: uuid.UUID) -> int:
    """Begin the fetch stage, or bring its total up to date while discovery goes on; the number of sources left to read."""
    run = run_start(run_id=run_id)
    stage_start(run_id=run_id, name="fetch", unit="sources")
    return _count_left(run)


@_logged
def fetch(*, run_id: uuid.UUID, limit: int | None = None) -> SliceResult:
    """Read every source of the run in this process (at most `limit`). Without anything left to read the stage ends."""
    fetch_start(run_id=run_id)
    run = Run.objects.get(pk=run_id)
    result = _read(_source_types(run), limit, run_id)
    if result.lacks_storage:
        run_park(run_id=run_id, reason=result.stopped)
    elif result.stopped:
        run_fail(run_id=run_id, message=f"{result.stopped}: go on then with `manage.py ingest runs resume`")
    fetch_end_if_done(run_id=run_id)
    return result


@_logged
def fetch_one_slice(*, source_type: str, run_id: uuid.UUID) -> SliceResult:
    """What one task on a scrape queue does: at most SLICE sources of one ATS."""
    result = _read([source_type], SLICE, run_id)
    if result.lacks_storage:
        run_park(run_id=run_id, reason=result.stopped)
    elif result.stopped:
        log.warning("slice stopped early, its sources stay due", source_type=source_type, reason=result.stopped)
    fetch_end_if_done(run_id=run_id)
    return result


def tick() -> int:
    """Free what lost workers held, start the scheduled run when it is time, and put on the queues what runs still need.

    The number of tasks added. Filling twice is harmless: a task finds its work itself, and one that finds none ends at once.
    Raises ExceptionGroup when a run could not be carried on; the others were.
    """
    leases_reap()
    parked_runs_watch()
    scheduled_run_start()
    runs = Run.objects.unended_work().filter(parameters__queued=True)
    return sum(runs_each(runs=runs, step=lambda run: reading_step(run_id=run.pk)))


@_logged
def reading_step(*, run_id: uuid.UUID) -> int:
    """Carry a queued run's discovery and fetching one step further; the number of tasks added."""
    run = run_start(run_id=run_id)
    if run.state != Run.State.RUNNING:
        return 0
    ended = dict(run.stages.values_list("name", "ended_at"))
    added = 0
    if run.kind in Run.DISCOVERS and not ended.get("discover"):
        added += _ensure_discovery(run)
    if run.kind in Run.FETCHES and not ended.get("fetch") and (run.kind not in Run.DISCOVERS or "discover" in ended):
        fetch_start(run_id=run_id)
        if not fetch_end_if_done(run_id=run_id):
            added += sum(_fill(run, source_type) for source_type in _source_types(run))
    return added


def fetch_end_if_done(*, run_id: uuid.UUID) -> bool:
    """End the fetch stage when the run has no source left, neither due nor leased, or has reached its target."""
    return _end_stage(run_id, "fetch", _is_over)


def _read(source_types: Sequence[str], limit: int | None, run_id: uuid.UUID) -> SliceResult:
    leaving = asyncio.Event()
    slice_ = fetch_slice(source_types=source_types, limit=limit, run_id=run_id, leaving=leaving)
    try:
        return async_to_sync(_while_running)(run_id, slice_, leaving.set) or SliceResult()
    except ContactMissingError as error:  # no board's fault: all are given back
        run_fail(run_id=run_id, message=f"{error}, then resume the run")
        return SliceResult(stopped=str(error), is_halted=True)


async def _while_running(run_id: uuid.UUID, work: Coroutine[Any, Any, T], on_leaving: Callable[[], None] = lambda: None) -> T | None:
    """The result of the work; None when the run was paused or cancelled and the work had to be broken off.

    Once the run has left its state the work is told, and nothing new is claimed; what is under way has GRACE_S to end, and is
    then given back.
    """
    task = asyncio.create_task(work)
    try:
        while not task.done() and await sync_to_async(_goes_on)(run_id):
            await asyncio.wait({task}, timeout=WATCH_S)
        on_leaving()
        done, _ = await asyncio.wait({task}, timeout=GRACE_S)
        if done:
            return task.result()
        log.info("what was under way is given back", after_s=GRACE_S)
        return None
    finally:
        await _ended(task)


async def _ended(task: asyncio.Task[Any]) -> None:
    """End a task for sure: a cancellation may be lost on its way (`asyncio.wait_for` does so before Python 3.12)."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=GIVE_BACK_S)
    await asyncio.gather(task, return_exceptions=True)


def _goes_on(run_id: uuid.UUID) -> bool:
    try:
        return Run.objects.running().filter(pk=run_id).exists()
    except (DatabaseError, InterfaceError):  # whoever works finds out by itself that the database is away
        return True


@contextmanager
def _only_discovery(run: Run) -> Iterator[bool]:
    """Whether this is the only discovery now: the index is asked over one connection. A killed process frees the lock at once.

    Other ways than the index need not wait for it, only for themselves.
    """
    lock = run.pk.int >> 65 if run.parameters.keys() & {"columnar", "sites"} else locks.DISCOVERY
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_only = bool(cursor.fetchone()[0])
        try:
            yield is_only
        finally:
            if is_only:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


async def _discover(run: Run) -> bool:
    """Whether all that was to be read is read: the run may be paused or cancelled between two parts."""
    await sync_to_async(frontier_settle)()
    if "columnar" in run.parameters:
        return await read_columnar(run)
    if "sites" in run.parameters:
        return await visit_sites(run)
    return await _read_index(run)


async def _read_index(run: Run) -> bool:
    async with open_client(run.pk, cdx_policy()) as client:
        crawls = await crawl_ids(client)
        parts = _parts(run, crawls)
        await sync_to_async(_begin_discovery)(run, parts)
        for part in parts:
            if not await Run.objects.running().filter(pk=run.pk).aexists():
                return False
            progress = await read_part(client, adapter(part.source_type), part, run.pk)
            log.info("crawl read", crawl=part.crawl, pattern=part.pattern, captures=progress.captures, tokens=progress.tokens)
    return True


def _parts(run: Run, crawls: Sequence[str]) -> list[Part]:
    """What to read. Raises CdxError when a crawl was asked for that the index does not have."""
    wanted = run.parameters.get("crawls") or settings.CDX_CRAWLS
    if unknown := sorted(set(wanted) - set(crawls)):
        raise CdxError(f"the index has no crawl {', '.join(unknown)}; the newest is {crawls[0] if crawls else 'none'}")
    return [part for source_type in _source_types(run) for part in parts_of(adapter(source_type), crawls, wanted)]


def _begin_discovery(run: Run, parts: Sequence[Part]) -> None:
    """Each part adds its pages to the stage's total when they are counted; a resumed run starts from what it has done."""
    if run.parameters.get("again") and not run.stages.filter(name="discover").exists():
        for part in parts:
            CrawlProgress.objects.filter(index_url=settings.CDX_BASE_URL, crawl=part.crawl, pattern=part.pattern).delete()
    stage = stage_start(run_id=run.pk, name="discover", unit="pages")
    RunStage.objects.filter(pk=stage.pk).update(total=F("done"))


def _ensure_discovery(run: Run) -> int:
    """One task waits behind the one that works, so that a killed worker's successor finds it; it costs nothing otherwise."""
    return run_tasks_fill(
        queue_name=settings.DISCOVER_QUEUE,
        run_id=run.pk,
        function="ingestion.tasks.discover",
        args=[str(run.pk)],
        wanted=1,
        what="read the index",
    )


def _fill(run: Run, source_type: str) -> int:
    # A task for a host that rests would only find that out, several times a second for as long as it rests.
    now = timezone.now()
    awake = claimable(run, now).of_type(source_type).exclude(region__in=resting_regions(source_type))
    due = awake[: to_target(run, now, SOURCES_PER_TASK * TASKS_AHEAD)].count()
    return run_tasks_fill(
        queue_name=settings.SCRAPE_QUEUES[source_type],
        run_id=run.pk,
        function="ingestion.tasks.fetch_slice",
        args=[source_type, str(run.pk)],
        wanted=-(-due // SOURCES_PER_TASK),
        what=f"read boards of {source_type}",
    )


def _source_types(run: Run) -> list[str]:
    return run.parameters.get("source_types") or list(adapters())


def _count_left(run: Run) -> int:
    """Bring the total of the fetch stage up to date: other runs may read what this one had to; the number of sources left."""
    left = remaining(run, timezone.now()).count()
    RunStage.objects.filter(run_id=run.pk, name="fetch").update(total=F("done") + F("failed") + left)
    return left


def _is_over(run: Run) -> bool:
    """Nothing left to claim (all read and discovery over, or the target is reached) and nothing of the run under way."""
    now = timezone.now()
    if not has_target(run) and run.stages.filter(name="discover", ended_at=None).exists():
        return False
    return not claimable(run, now).exists() and not remaining(run, now).leased(now).exists()


def _end_stage(run_id: uuid.UUID, name: str, is_over: Callable[[Run], bool] = lambda run: True) -> bool:
    """End stage and run together if the run is running and the stage over: a kill in between would leave a run that never ends.

    The run's row is locked before anybody looks, so that no pause and no retry comes between the look and the end.
    """
    with transaction.atomic():
        run = Run.objects.running().select_for_update(no_key=True).filter(pk=run_id).first()
        if run is None or not is_over(run):
            return False
        if name == "fetch":
            _count_left(run)
        stage_end(run_id=run_id, name=name)
        if run.kind in _ENDS_AFTER[name]:
            run_finish(run_id=run_id)
    return True
