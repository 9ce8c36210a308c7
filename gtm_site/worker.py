"""The RQ worker of every queue."""

from __future__ import annotations

from typing import Any

from django.db import close_old_connections
from rq import SimpleWorker


class TaskWorker(SimpleWorker):
    """Works in its own process, without a fork for each task, so that gazetteer and vocabulary are loaded once.

    What Django does around a request is done around a task: a connection whose server went away is given up.
    """

    def execute_job(self, *args: Any, **kwargs: Any) -> None:
        close_old_connections()
        try:
            super().execute_job(*args, **kwargs)
        finally:
            close_old_connections()
