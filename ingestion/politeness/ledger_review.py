"""Holds the ledger of a run, or of a time, to the claims of politeness, in memory that does not grow with its rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Q

from ingestion.models import OutboundRequest
from ingestion.politeness.limiter import LEASE_S
from ingestion.politeness.proof import KEPT, Breach, Claim, Judgement, LedgerRow, Rules, judge
from ingestion.progress import duration
from ingestion.querysets import OutboundRequestQuerySet

_CHUNK = 5_000
LISTED = (
    "started_at",
    "ended_at",
    "host",
    "url",
    "status",
    "error",
    "bytes",
    "attempt",
    "scheduled_wait_ms",
    "retry_after_ms",
    "user_agent",
    "worker",
    "run_id",
)


@dataclass(frozen=True)
class Scope:
    """Which requests are judged: those of a run, to a host (its name, or `host:port`), since a moment, before a moment, or all."""

    run_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    host: str = ""

    def ours(self) -> OutboundRequestQuerySet:
        """The rows that are counted and blamed."""
        rows = self._of_any_time().sent()
        rows = rows.filter(started_at__gte=self.since) if self.since else rows
        return rows.filter(started_at__lt=self.until) if self.until else rows

    def waiting(self) -> OutboundRequestQuerySet:
        """Rows without start and end. They have no time: those since a moment are those announced after the first that left since.

        When none has left since, they are those announced after the last that did. Those before a moment are those announced
        before the first that left later.
        """
        rows, sent = self._of_any_time().waiting(), self._of_any_time().sent().order_by()
        if self.since:
            bound = sent.filter(started_at__gte=self.since).aggregate(pk=Min("pk"))["pk"] or sent.aggregate(pk=Max("pk"))["pk"]
            rows = rows.filter(pk__gt=bound or 0)
        later = sent.filter(started_at__gte=self.until).aggregate(pk=Min("pk"))["pk"] if self.until else None
        return rows.filter(pk__lt=later) if later else rows

    def _of_any_time(self) -> OutboundRequestQuerySet:
        rows = OutboundRequest.objects.all()
        if self.host:
            rows = rows.filter(Q(host=self.host.lower()) | Q(host__startswith=f"{self.host.lower()}:"))
        return rows.filter(run_id=self.run_id) if self.run_id else rows

    def seen(self) -> OutboundRequestQuerySet:
        """Those and what other runs sent to the same hosts meanwhile: a host does not tell runs apart."""
        if not self.run_id:
            return self.ours()
        span = self.ours().aggregate(first=Min("started_at"), last=Max("started_at"))
        if span["first"] is None:
            return OutboundRequest.objects.none()
        # What began earlier may still be under way.
        first = span["first"] - timedelta(seconds=settings.FETCH_TIMEOUT_S)
        hosts = self.ours().order_by().values("host").distinct()
        return OutboundRequest.objects.filter(started_at__range=(first, span["last"]), host__in=hosts)


def review(scope: Scope, advance: Callable[[int], object] = lambda done: None) -> Judgement:
    """Judge the rows of a scope; `advance` is told of every so many that were read."""
    seen = scope.seen()
    rules = Rules(
        retry_unit_s=settings.FETCH_RETRY_UNIT_S,
        lease_s=LEASE_S,
        last_begun=seen.last_begun(),
        run_id=scope.run_id,
    )
    judgement = judge(_rows(seen, advance), rules)
    _judge_invalid(scope, judgement)
    judgement.waiting = scope.waiting().count()
    return judgement


def _rows(rows: OutboundRequestQuerySet, advance: Callable[[int], object]) -> Iterator[LedgerRow]:
    """From a cursor of the server, in the order of their start."""
    ordered = rows.order_by("started_at", "id").values_list(*LedgerRow._fields)
    number = 0
    for number, values in enumerate(ordered.iterator(chunk_size=_CHUNK), start=1):
        if number % _CHUNK == 0:
            advance(_CHUNK)
        yield LedgerRow._make(values)
    advance(number % _CHUNK)


def listed(scope: Scope) -> Iterator[tuple[Any, ...]]:
    """The names of the columns, then every request of the scope, in the order of their start: what a host asks for that complains."""
    yield LISTED
    yield from scope.ours().order_by("started_at", "id").values_list(*LISTED).iterator(chunk_size=_CHUNK)


def _judge_invalid(scope: Scope, judgement: Judgement) -> None:
    days = settings.INVALID_RECHECK_DAYS
    asked = scope.ours().asked_while_invalid(timedelta(days=days))
    if not (count := asked.count()):
        return
    judgement.broken[Claim.INVALID] = count
    columns = ("id", "host", "started_at", "invalid_at", "url")
    for pk, host, at, invalid_at, url in asked.order_by("started_at").values_list(*columns)[:KEPT]:
        message = f"{url} asked again {duration((at - invalid_at).total_seconds())} after it became invalid, {days} days are to pass"
        judgement.breaches.append(Breach(Claim.INVALID, pk, host, at, message))


def as_json(judgement: Judgement) -> dict[str, Any]:
    """The verdict for scripts: claims with the number of breaches, figures by host, offending rows."""
    return {
        "is_polite": judgement.is_polite,
        "first_at": judgement.first_at,
        "last_at": judgement.last_at,
        "requests": judgement.requests,
        "bytes": judgement.bytes,
        "without_end": judgement.unended,
        "without_start": judgement.waiting,
        "retries": judgement.retries,
        "forced": judgement.forced,
        "claims": {claim.name.lower(): judgement.broken[claim] for claim in Claim},
        "hosts": {host: {**vars(figures), "statuses": dict(figures.statuses)} for host, figures in sorted(judgement.hosts.items())},
        "proxies": {name: count for name, count in judgement.proxies.items() if name},
        "user_agents": dict(judgement.user_agents),
        "breaches": [{**vars(breach), "claim": breach.claim.name.lower()} for breach in judgement.breaches],
    }
