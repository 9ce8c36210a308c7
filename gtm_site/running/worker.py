"""The RQ worker of every queue."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import CommandError
from django.db import close_old_connections
from rq import Queue, SimpleWorker
from rq.job import Job as Task


class TaskWorker(SimpleWorker):
    """Works in its own process, without a fork for each task, so that gazetteer and vocabulary are loaded once.

    What Django does around a request is done around a task: a connection whose server went away is given up. Log lines of
    a task carry its id, and the run_id and trace_id that it was enqueued with.
    """

    def __init__(self, queues: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(queues, *args, **kwargs)
        if complaint := _complaint([queue.name for queue in self.queues]):
            raise CommandError(complaint)
        # Loaded before the first task comes, which would otherwise take half a second longer than the next.
        if self.queues[0].name in (settings.DISCOVER_QUEUE, *settings.SCRAPE_QUEUES.values()):
            import_module("ingestion.tasks")

    def execute_job(self, job: Task, queue: Queue) -> None:
        close_old_connections()
        try:
            with structlog.contextvars.bound_contextvars(task_id=job.id, **_names(job)):
                super().execute_job(job, queue)
        finally:
            close_old_connections()


def _complaint(queues: list[str]) -> str:
    """Why no worker may listen to these queues; "" when it may."""
    if len(queues) != 1:
        return f"one queue a worker, not {len(queues)}: only then does a killed worker lose no task (docs/decisions.md); start one for each"
    if queues[0] in settings.DEAD_LETTER_QUEUES.values():
        return f"{queues[0]} only mirrors the dead letters: retry them with `manage.py ingest dlq retry` or in the admin"
    return ""


def _names(task: Task) -> dict[str, str]:
    return {name: value for name, value in task.meta.items() if name in ("run_id", "trace_id")}
