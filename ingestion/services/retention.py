"""What is kept for how long. Nothing is ever deleted that a posting, or a version of one, points to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone

from ingestion import storage
from ingestion.models import BadPayload, DeadLetter, OutboundRequest, RawObject, Run
from ingestion.services.raw import raw_objects_delete, unreferenced

ROWS_AT_ONCE = 5_000
# Files are deleted one by one while their rows are locked.
OBJECTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of one kind that may go after `days`. `expired` says which those are, given the oldest moment to keep."""

    name: str
    what: str
    setting: str
    expired: Callable[[datetime], QuerySet[Any]]

    @property
    def days(self) -> int:
        days: int = getattr(settings, self.setting)
        return days

    def rows(self, now: datetime) -> QuerySet[Any]:
        return self.expired(now - timedelta(days=self.days))


@dataclass(frozen=True, slots=True)
class Expired:
    """How much of one kind may go, or has gone: rows, and the bytes they take (raw objects: in storage)."""

    rule: Rule
    rows: int
    bytes: int


def _requests(before: datetime) -> QuerySet[Any]:
    """Those that never left have no start: they go with the rows that they were announced among."""
    newest = OutboundRequest.objects.filter(started_at__lt=before).order_by().aggregate(pk=Max("pk"))["pk"]
    return OutboundRequest.objects.filter(Q(started_at__lt=before) | Q(started_at=None, pk__lt=newest or 0))


def _letters(before: datetime) -> QuerySet[Any]:
    return DeadLetter.objects.filter(resolved_at__lt=before)


def _bad_payloads(before: datetime) -> QuerySet[Any]:
    return BadPayload.objects.filter(created_at__lt=before)


def _runs(before: datetime) -> QuerySet[Any]:
    return Run.objects.filter(state__in=Run.TERMINAL, ended_at__lt=before)


def _objects(before: datetime) -> QuerySet[Any]:
    return unreferenced().filter(received_at__lt=before)


# In this order: letters and bad payloads that go free their raw objects.
RULES = (
    Rule("requests", "rows of the politeness ledger", "RETENTION_LEDGER_DAYS", _requests),
    Rule("dead_letters", "dead letters that were resolved", "RETENTION_FAILURE_DAYS", _letters),
    Rule("bad_payloads", "items that could not be read", "RETENTION_FAILURE_DAYS", _bad_payloads),
    Rule("runs", "runs that have ended", "RETENTION_RUN_DAYS", _runs),
    Rule("raw_objects", "raw objects that nothing points to", "RETENTION_RAW_DAYS", _objects),
)


def retention_plan(*, now: datetime | None = None) -> list[Expired]:
    """What `retention_apply` would delete now; raw objects that the deletion of other rows frees are not among it yet."""
    moment = now or timezone.now()
    return [_measured(rule, rule.rows(moment)) for rule in RULES]


def retention_apply(*, now: datetime | None = None) -> Iterator[Expired]:
    """Delete it in bounded batches, each in a transaction of its own; yields every batch. Raises RawStorageError."""
    moment = now or timezone.now()
    for rule in RULES:
        delete = _delete_objects if rule.name == "raw_objects" else _delete_rows
        yield from delete(rule, moment)


def _measured(rule: Rule, rows: QuerySet[Any]) -> Expired:
    if rows.model is RawObject:
        return Expired(rule, rows.count(), rows.aggregate(n=Sum("stored_size"))["n"] or 0)
    inner, parameters = rows.order_by().values("pk").query.sql_with_params()
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0) FROM {table} t WHERE t.id IN ({inner})",  # noqa: S608
            parameters,
        )
        count, size = cursor.fetchone()
    return Expired(rule, count, size)


def _delete_rows(rule: Rule, now: datetime) -> Iterator[Expired]:
    """What may go is said once: saying it of requests reads the ledger."""
    rows = rule.rows(now)
    while (batch := _delete_some(rule, rows)).rows:
        yield batch


def _delete_some(rule: Rule, rows: QuerySet[Any]) -> Expired:
    with transaction.atomic():
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
        if not ids:
            return Expired(rule, 0, 0)
        chosen = rows.filter(pk__in=ids)
        batch = _measured(rule, chosen)
        chosen.delete()
    return batch


def _delete_objects(rule: Rule, now: datetime) -> Iterator[Expired]:
    """Who points to which object is asked once: for every batch anew it would cost more than all else."""
    found = rule.rows(now).order_by("pk").values_list("pk", "received_at").iterator(chunk_size=OBJECTS_AT_ONCE)
    while some := dict(islice(found, OBJECTS_AT_ONCE)):
        yield _delete_unchanged(rule, some)


def _delete_unchanged(rule: Rule, found: Mapping[int, datetime]) -> Expired:
    """Delete objects that were found, by when their bytes had last arrived: one whose bytes came again may be pointed to by now.

    Files go before the commit, under the locks of their rows: whoever stores the same bytes waits and writes them anew.
    A crash in between leaves rows without files that nothing points to; the next time they go as well.
    """
    with transaction.atomic():
        locked = RawObject.objects.filter(pk__in=found.keys()).select_for_update(skip_locked=True).order_by("pk")
        rows = [row for row in locked if row.received_at == found[row.pk]]
        raw_objects_delete([row.pk for row in rows])
        for row in rows:
            storage.delete(storage.name_of(row.sha256))
    return Expired(rule, len(rows), sum(row.stored_size for row in rows))
