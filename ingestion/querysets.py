"""Reads of ingestion's tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

if TYPE_CHECKING:
    from ingestion.models import DeadLetter, FrontierUrl, OutboundRequest, RawPosting, Run, Sighting, Source  # noqa: F401

IN_FLIGHT_WINDOW = timedelta(minutes=5)
# A lease that ends later was given by a clock that has been put back since: what it holds would be free when that time comes again.
FURTHEST_LEASE = timedelta(minutes=5)
# Mark of sources that only the sandbox named: the real hosts are never asked for them.
SANDBOX_MARK = "sandbox"


class SourceQuerySet(QuerySet["Source"]):
    def due(self, now: datetime, *, in_sandbox: bool) -> SourceQuerySet:
        """Sources whose next check has come, stalest first. Invalid ones are due only after their 7 days; paused ones never.

        Those of the sandbox are due only inside it, and nothing else is.
        """
        ready = self.of_world(in_sandbox=in_sandbox).filter(next_check_at__lte=now)
        return ready.exclude(state="paused").order_by("next_check_at", "id")

    def of_world(self, *, in_sandbox: bool) -> SourceQuerySet:
        """Sources that can be read in this world. The sandbox would answer for real ones that they are gone, and real hosts know
        nothing of those that only it named.
        """
        return self.filter(mark=SANDBOX_MARK) if in_sandbox else self.exclude(mark=SANDBOX_MARK)

    def not_checked_since(self, since: datetime) -> SourceQuerySet:
        """Sources without a check since then, due or not; paused ones never."""
        return self.filter(Q(last_checked_at=None) | Q(last_checked_at__lt=since)).exclude(state="paused").order_by("next_check_at", "id")

    def unleased(self, now: datetime) -> SourceQuerySet:
        """Held by nobody, or by somebody whose lease is over."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + FURTHEST_LEASE))

    def leased(self, now: datetime) -> SourceQuerySet:
        return self.filter(lease_until__gte=now, lease_until__lte=now + FURTHEST_LEASE)

    def of_type(self, source_type: str | None) -> SourceQuerySet:
        return self.filter(source_type=source_type) if source_type else self.all()

    def in_state(self, state: str | None) -> SourceQuerySet:
        return self.filter(state=state) if state else self.all()

    def matching(self, words: str) -> SourceQuerySet:
        """Sources whose key or company holds the words."""
        text = words.strip()
        return self.filter(Q(source_key__icontains=text) | Q(company_name__icontains=text)) if text else self.all()

    def biggest_first(self) -> SourceQuerySet:
        return self.order_by("-open_postings", "id")

    def after(self, *, open_postings: int, pk: int) -> SourceQuerySet:
        """Those that come later in that order than the source with these values."""
        return self.filter(Q(open_postings__lt=open_postings) | Q(open_postings=open_postings, pk__gt=pk))

    def by_state(self) -> dict[str, int]:
        """Number of sources by state, states without a source left out."""
        rows = self.order_by().values_list("state").annotate(n=Count("id"))
        return dict(rows)


class RawPostingQuerySet(QuerySet["RawPosting"]):
    def open(self) -> RawPostingQuerySet:
        """On their board at its last complete read."""
        return self.filter(missing_since=None, closed_at=None)

    def missing(self) -> RawPostingQuerySet:
        """Absent from one complete read; a second one closes them."""
        return self.exclude(missing_since=None).filter(closed_at=None)

    def closed(self) -> RawPostingQuerySet:
        return self.exclude(closed_at=None)

    def counts(self) -> dict[str, int]:
        """open, missing, closed, prospect (open prospect posts) and fetched (all there are)."""
        is_open = Q(missing_since=None, closed_at=None)
        return self.aggregate(
            open=Count("id", filter=is_open),
            missing=Count("id", filter=Q(missing_since__isnull=False, closed_at=None)),
            closed=Count("id", filter=Q(closed_at__isnull=False)),
            prospect=Count("id", filter=is_open & Q(is_prospect=True)),
            fetched=Count("id"),
        )


class FrontierUrlQuerySet(QuerySet["FrontierUrl"]):
    def postings(self) -> FrontierUrlQuerySet:
        """Addresses of postings; the others are pages of company sites."""
        return self.filter(source__isnull=False)

    def unread(self, *, in_sandbox: bool) -> FrontierUrlQuerySet:
        """Postings of this world that are not read yet: their board was not read since they were met, and may still be."""
        waiting = self.postings().exclude(source__state="gone").exclude(source__last_read_at__gte=F("seen_at"))
        return waiting.filter(source__mark=SANDBOX_MARK) if in_sandbox else waiting.exclude(source__mark=SANDBOX_MARK)


class RunQuerySet(QuerySet["Run"]):
    def of_world(self, *, in_sandbox: bool | None = None) -> RunQuerySet:
        """Those of the sandbox, or those of the real world; by default of the one that this process works in."""
        return self.filter(in_sandbox=settings.IN_SANDBOX if in_sandbox is None else in_sandbox)

    def active(self, *, in_sandbox: bool | None = None) -> RunQuerySet:
        return self.of_world(in_sandbox=in_sandbox).filter(state__in=["queued", "running", "paused"])

    def unended_work(self) -> RunQuerySet:
        """Somebody of this world works on it or should; paused ones wait for an operator."""
        return self.of_world().filter(state__in=["queued", "running"])

    def broken_off(self) -> RunQuerySet:
        """Of commands: work without an end whose process may be gone, and what raw storage has parked."""
        is_unended = Q(state__in=["queued", "running"]) | (Q(state="paused") & ~Q(parked_on=""))
        return self.of_world().filter(is_unended)

    def running(self) -> RunQuerySet:
        """Those that this process may work on."""
        return self.of_world().filter(state="running")


class DeadLetterQuerySet(QuerySet["DeadLetter"]):
    def waiting(self) -> DeadLetterQuerySet:
        """Not retried and not pruned yet."""
        return self.filter(resolved_at=None)

    def not_paused(self) -> DeadLetterQuerySet:
        """Of sources that are read again once they are due."""
        return self.exclude(source__state="paused")


class OutboundRequestQuerySet(QuerySet["OutboundRequest"]):
    def sent(self) -> OutboundRequestQuerySet:
        """Those that got their slot; the others wait for it, were given up before, or were lost with their worker."""
        return self.exclude(started_at=None)

    def waiting(self) -> OutboundRequestQuerySet:
        """Announced, and not known to have left."""
        return self.filter(started_at=None, ended_at=None)

    def in_flight(self, host: str, now: datetime) -> OutboundRequestQuerySet:
        """Begun and not known to have ended; older ones than any time limit were lost with their worker."""
        return self.filter(host=host, ended_at=None, started_at__gt=now - IN_FLIGHT_WINDOW)

    def last_begun(self) -> dict[tuple[str, str], datetime]:
        """Of (worker, host) with requests among these that have no end: when the worker last began one."""
        lost = self.filter(ended_at=None).order_by().values("worker")
        rows = self.filter(worker__in=lost).order_by().values("worker", "host").annotate(at=Max("started_at"))
        return {(row["worker"], row["host"]): row["at"] for row in rows}

    def asked_while_invalid(self, resting: timedelta) -> OutboundRequestQuerySet:
        """Requests for a source within its waiting time after it became invalid, not forced and no forced one in between."""
        history = self.model.objects.filter(source_id=OuterRef("source_id"), started_at__lt=OuterRef("started_at"))
        marks = history.filter(made_invalid=True).order_by("-started_at").values("started_at")[:1]
        invalid_sources = self.model.objects.filter(made_invalid=True).order_by().values("source_id")
        asked = self.filter(forced=False, source_id__in=invalid_sources).annotate(invalid_at=Subquery(marks))
        asked_again = asked.filter(invalid_at__gt=F("started_at") - resting)
        return asked_again.exclude(Exists(history.filter(forced=True, started_at__gt=OuterRef("invalid_at"))))


class SightingQuerySet(QuerySet["Sighting"]):
    def yield_by_crawl(self, methods: Collection[str] = ()) -> QuerySet[Sighting, Any]:
        """Rows {method, crawl, source__source_type, tokens, new, live, postings}, newest crawl first."""
        chosen = self.filter(method__in=methods) if methods else self.all()
        return (
            chosen.order_by()
            .values("method", "crawl", "source__source_type")
            .annotate(
                tokens=Count("id"),
                new=Count("id", filter=Q(is_first=True)),
                live=Count("id", filter=Q(source__state="valid")),
                postings=Sum("source__open_postings"),
            )
            .order_by(F("crawl").desc(), "method", "source__source_type")
        )
