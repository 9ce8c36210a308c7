"""The queue `dlq.extract`: a mirror of postings that were given up, for dashboards. The table is the truth; no worker listens."""

from __future__ import annotations

import django_rq
import structlog
from django.conf import settings
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as Task

from extraction.models import PendingExtraction

_TASK = "dead-extraction-"
# A dashboard with more of them helps nobody, and an outage can make tens of thousands.
MOST = 1_000

log = structlog.get_logger(__name__)


def dead_letters_mirror() -> int:
    """Bring the mirror in line with the table, the newest first; the number of changes. Redis that is away is no error."""
    newest = PendingExtraction.objects.dead().order_by("-id")[:MOST]
    dead = {f"{_TASK}{pk}": posting_id for pk, posting_id in newest.values_list("pk", "posting_id")}
    try:
        mirrored = {name for name in _queue().job_ids if name.startswith(_TASK)}
        for name in dead.keys() - mirrored:
            _queue().enqueue_call("extraction.tasks.dead_letter_retry", args=(dead[name],), job_id=name, ttl=None)
        for name in mirrored - dead.keys():
            _remove(name)
    except RedisError as error:
        log.warning("the mirror of the dead letters was not updated", error=str(error))
        return 0
    return len(dead.keys() ^ mirrored)


def _remove(name: str) -> None:
    try:
        Task.fetch(name, connection=_queue().connection).delete()
    except NoSuchJobError:
        _queue().remove(name)


def _queue() -> Queue:
    return django_rq.get_queue(settings.DEAD_LETTER_QUEUES["extract"])
