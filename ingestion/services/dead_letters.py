"""Dead letters: fetches that were given up. The table is the truth, the queue `dlq.scrape` mirrors it for dashboards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection

import django_rq
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job as Task

from ingestion.errors import FetchError
from ingestion.models import DeadLetter, Source

_TASK = "dead-letter-"
# A dashboard with more of them helps nobody, and an outage can make tens of thousands.
_MOST = 1_000
# Of the mirror so many are put right at once: other work waits behind upkeep.
_A_TURN = 300

log = structlog.get_logger(__name__)


def dead_letter_write(*, source_id: int, error: FetchError, raw_object_id: int | None, run_id: uuid.UUID | None) -> DeadLetter:
    """The waiting letter of the source, with the newest error."""
    letter, _ = DeadLetter.objects.update_or_create(
        source_id=source_id,
        resolved_at=None,
        defaults={
            "kind": error.kind,
            "message": str(error)[:1000],
            "attempts": error.attempts,
            "status": error.status,
            "url": error.url[:2000],
            "raw_object_id": raw_object_id,
            "run_id": run_id,
            "updated_at": timezone.now(),
        },
    )
    transaction.on_commit(lambda: _mirror(letter.pk))
    return letter


def dead_letter_retry(*, letter_id: int) -> bool:
    """Make the source due now and close the letter. False when the letter was closed already, or its source is paused."""
    return dead_letters_retry(letter_ids=[letter_id]) == 1


def dead_letters_retry(*, letter_ids: Collection[int]) -> int:
    """Several at once; the number of letters that were closed. Those of paused sources go on waiting: nobody would read them."""
    return _resolve(letter_ids, DeadLetter.Resolution.RETRIED, make_due=True)


def dead_letter_prune(*, letter_ids: Collection[int]) -> int:
    """Close letters without another attempt; the number of letters that were waiting."""
    return _resolve(letter_ids, DeadLetter.Resolution.PRUNED, make_due=False)


def dead_letters_heal(*, source_ids: Collection[int]) -> int:
    """Close the letters of sources that were read after all."""
    waiting = DeadLetter.objects.waiting().filter(source_id__in=source_ids)
    return _resolve(list(waiting.values_list("pk", flat=True)), DeadLetter.Resolution.HEALED, make_due=False)


def dead_letters_mirror() -> int:
    """Bring the mirror a turn closer to the newest of the table, after an outage or an emptied Redis; the number of changes."""
    newest = DeadLetter.objects.waiting().order_by("-pk")[:_MOST]
    waiting = {_task_id(pk): pk for pk in newest.values_list("pk", flat=True)}
    try:
        mirrored = set(django_rq.get_queue(settings.DEAD_LETTER_QUEUES["scrape"]).job_ids)
    except RedisError as error:
        log.warning("the mirror of the dead letters was not read", error=str(error))
        return 0
    gone = [int(name.removeprefix(_TASK)) for name in mirrored - waiting.keys() if name.startswith(_TASK)][:_A_TURN]
    _unmirror(gone)
    room = max(0, _MOST - len(mirrored) + len(gone))
    missing = [letter_id for name, letter_id in waiting.items() if name not in mirrored][: min(room, _A_TURN)]
    for letter_id in missing:
        _mirror(letter_id)
    return len(missing) + len(gone)


def _resolve(letter_ids: Collection[int], resolution: DeadLetter.Resolution, *, make_due: bool) -> int:
    if not letter_ids:
        return 0
    now = timezone.now()
    with transaction.atomic():
        waiting = DeadLetter.objects.waiting().filter(pk__in=letter_ids).select_for_update(of=("self",))
        rows = list((waiting.not_paused() if make_due else waiting).values_list("pk", "source_id"))
        ids = [pk for pk, _ in rows]
        DeadLetter.objects.filter(pk__in=ids).update(resolution=resolution, resolved_at=now, updated_at=now)
        if make_due:
            Source.objects.filter(pk__in=[source_id for _, source_id in rows]).update(next_check_at=now)
    transaction.on_commit(lambda: _unmirror(ids))
    return len(ids)


def _mirror(letter_id: int) -> None:
    """While there is room: who stores boards has no time for more, and upkeep makes room for the newest."""

    def enqueue() -> None:
        queue = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["scrape"])
        if queue.count >= _MOST:
            return
        queue.enqueue_call("ingestion.tasks.dead_letter_retry", args=(letter_id,), job_id=_task_id(letter_id), ttl=None)

    _on_the_mirror(enqueue)


def _unmirror(letter_ids: list[int]) -> None:
    def remove() -> None:
        queue = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["scrape"])
        for name in set(map(_task_id, letter_ids)).intersection(queue.job_ids):
            try:
                Task.fetch(name, connection=queue.connection).delete()
            except NoSuchJobError:
                queue.remove(name)

    _on_the_mirror(remove)


def _on_the_mirror(change: Callable[[], None]) -> None:
    try:
        change()
    except RedisError as error:
        log.warning("the mirror of the dead letters was not updated", error=str(error))


def _task_id(letter_id: int) -> str:
    return f"{_TASK}{letter_id}"
