"""RQ tasks of runs. Their ids are made from queue, run and a number, so that two ticks at once cannot put a task twice.

The queues are only the hands: every task finds its work in the database, and one that finds none ends at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import django_rq
import structlog
from django.conf import settings
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job as Task

log = structlog.get_logger(__name__)

# A failed task stays for a look this long; the number it holds is not used meanwhile.
FAILURE_TTL_S = 3600


def run_tasks_fill(*, queue_name: str, run_id: uuid.UUID, function: str, args: Sequence[Any], wanted: int, what: str) -> int:
    """Let `wanted` tasks of the run wait in the queue; the number added.

    Tasks under way are not counted: they hold their numbers, and so do, for a while, those of killed workers.
    """
    queue = django_rq.get_queue(queue_name)
    missing = max(0, wanted - len(_waiting(queue, run_id)))
    added, numbers = 0, count()
    while added < missing:
        added += _put(queue, run_id, next(numbers), function, args, what)
    return added


def run_tasks_discard(*, run_id: uuid.UUID) -> int:
    """Take every waiting task of the run from the queues; the number of them. Those under way stop by themselves."""
    try:
        return sum(_discard(django_rq.get_queue(name), run_id) for name in (settings.DISCOVER_QUEUE, *settings.SCRAPE_QUEUES.values()))
    except RedisError as error:
        log.warning("tasks not taken from the queues; they will find nothing to do", error=str(error))
        return 0


def task_meta(run_id: uuid.UUID) -> dict[str, str]:
    """What a worker binds to the log lines of a task."""
    return {"run_id": str(run_id), "trace_id": run_id.hex}


def _put(queue: Queue, run_id: uuid.UUID, number: int, function: str, args: Iterable[Any], what: str) -> bool:
    """False when the number is taken."""
    try:
        queue.enqueue_call(
            function,
            args=tuple(args),
            job_id=f"{_prefix(queue, run_id)}{number}",
            description=f"{what}, run {run_id}",
            meta=task_meta(run_id),
            result_ttl=0,
            failure_ttl=FAILURE_TTL_S,
            unique=True,
        )
    except DuplicateJobError:
        return False
    return True


def _discard(queue: Queue, run_id: uuid.UUID) -> int:
    own = _waiting(queue, run_id)
    for task in Task.fetch_many(own, connection=queue.connection):
        if task is not None:
            task.delete()
    return len(own)


def _waiting(queue: Queue, run_id: uuid.UUID) -> list[str]:
    return [task_id for task_id in queue.job_ids if task_id.startswith(_prefix(queue, run_id))]


def _prefix(queue: Queue, run_id: uuid.UUID) -> str:
    return f"{queue.name.replace('.', '-')}-{run_id}-"
