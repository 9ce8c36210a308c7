"""Judges the politeness ledger (spec F4). Pure: rows in, a verdict out, in memory that does not grow with their number.

Rows come in the order of their start. All times are those of one clock (the limiter's), so claims are exact to its millisecond.
A row without an end belongs to a killed worker or is still under way. An end is written before or with every later start of its
worker, so what had no end when its worker last began something was under way until then; that much is certain, and counts. What
came after is not known: the request may have gone on until the kill, at most for the lease of its slot. The figures say what that
would mean.
A start is written a moment after the request left (`ledger.WRITE_AFTER_S`). A worker killed in that moment, or one that ends while
the database is away, leaves announcements without a start, which are not judged but counted. Each held at most one slot, which nobody
else got while it was under way; when the database is away nothing new leaves (`Ledger.is_behind`).
"""

from __future__ import annotations

import heapq
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from ingestion.http.retry import RETRIED_STATUSES, RETRIES, schedule_s

# A wait is slept on one clock and measured on another: over 32 s they may differ by so much.
CLOCK_TOLERANCE_MS = 20
# Offending rows that are kept of each claim; all are counted.
KEPT = 100


class Claim(StrEnum):
    """What is to be proven, in the words of the report."""

    AT_ONCE = "never more requests at once to a host than allowed"
    SPACING = "starts to a host at least its spacing apart"
    RETRY_AFTER = "Retry-After honoured by every request to the host"
    WAITS = "every retry waited at least its schedule"
    RETRIES = "retried at most 5 times, only after 429, 500 to 504 and broken connections"
    INVALID = "no invalid board asked again within its waiting time, unless an operator forced it"


class LedgerRow(NamedTuple):
    """One request, fields as in the model OutboundRequest."""

    id: int
    host: str
    source_id: int | None
    run_id: uuid.UUID | None
    call_id: uuid.UUID | None
    attempt: int
    scheduled_wait_ms: int
    forced: bool
    at_once: int
    spacing_ms: int
    user_agent: str
    proxy: str
    worker: str
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    bytes: int | None
    retry_after_ms: int


@dataclass(frozen=True)
class Rules:
    """What the rows are held to, beside what they say themselves (allowed at once, spacing, scheduled wait)."""

    retry_unit_s: float
    lease_s: float
    last_begun: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """Of (worker, host) with rows that have no end: when the worker last began a request to the host."""
    run_id: uuid.UUID | None = None
    """Only this run's rows are counted and blamed; those of others are seen, since a host does not tell runs apart."""


@dataclass(frozen=True)
class Breach:
    """A row that breaks a claim, and the row that it should have kept its distance from, when there is one."""

    claim: Claim
    row_id: int
    host: str
    at: datetime
    message: str
    other_id: int | None = None


@dataclass
class HostFigures:
    """What was seen of one host. Gaps are between starts; None with a single request."""

    requests: int = 0
    bytes: int = 0
    unended: int = 0
    most_at_once: int = 0
    most_possibly: int = 0
    """At once, if every request without an end went on for the whole lease of its slot."""
    allowed_at_once: int = 0
    spacing_ms: int | None = None
    least_gap_ms: float | None = None
    pauses: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass
class Judgement:
    """The verdict and the figures behind it."""

    hosts: dict[str, HostFigures] = field(default_factory=dict)
    proxies: Counter[str] = field(default_factory=Counter)
    user_agents: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    forced: int = 0
    waiting: int = 0
    """Announced, and not known to have left: they wait for a slot, or what became of them was lost. None of them is a row here."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    broken: Counter[Claim] = field(default_factory=Counter)
    breaches: list[Breach] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(host.requests for host in self.hosts.values())

    @property
    def bytes(self) -> int:
        return sum(host.bytes for host in self.hosts.values())

    @property
    def unended(self) -> int:
        return sum(host.unended for host in self.hosts.values())

    @property
    def is_polite(self) -> bool:
        return not self.broken

    def blame(self, breach: Breach) -> None:
        self.broken[breach.claim] += 1
        if self.broken[breach.claim] <= KEPT:
            self.breaches.append(breach)


class _Pause(NamedTuple):
    since: datetime
    until: datetime
    row_id: int


class _Failed(NamedTuple):
    """The last request of an attempt that may be followed by another."""

    row: LedgerRow
    ended_at: datetime


@dataclass
class _Host:
    """A host while the rows pass by: ends of what is certainly and what is possibly under way, the last start, the pauses asked for."""

    under_way: list[tuple[datetime, int]] = field(default_factory=list)
    possibly: list[tuple[datetime, int]] = field(default_factory=list)
    last: LedgerRow | None = None
    pauses: list[_Pause] = field(default_factory=list)


def judge(rows: Iterable[LedgerRow], rules: Rules) -> Judgement:
    """Hold rows, in the order of their start, to every claim but INVALID, which needs more history than a run has."""
    judging = _Judging(rules)
    for row in rows:
        judging.take(row)
    return judging.judgement


class _Judging:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._hosts: dict[str, _Host] = {}
        self._failed: dict[uuid.UUID, _Failed] = {}
        self.judgement = Judgement()

    def take(self, row: LedgerRow) -> None:
        host = self._hosts.setdefault(row.host, _Host())
        is_ours = self._rules.run_id in (None, row.run_id)
        found = [*self._at_once(host, row), *self._spacing(host, row), *self._pause(host, row), *self._retry(row)]
        if is_ours:
            self._count(host, row)
            for breach in found:
                self.judgement.blame(breach)
        host.last = row
        if row.retry_after_ms and row.ended_at:
            host.pauses.append(_Pause(row.ended_at, row.ended_at + timedelta(milliseconds=row.retry_after_ms), row.id))

    def _at_once(self, host: _Host, row: LedgerRow) -> Iterable[Breach]:
        certain, possible = self._ends(row)
        _pass(host.under_way, row, certain)
        _pass(host.possibly, row, possible)
        if len(host.under_way) > row.at_once:
            others = ", ".join(str(pk) for _, pk in sorted(host.under_way) if pk != row.id)
            yield _breach(Claim.AT_ONCE, row, f"{len(host.under_way)} at once where {row.at_once} are allowed, with rows {others}")

    def _spacing(self, host: _Host, row: LedgerRow) -> Iterable[Breach]:
        if host.last and (gap := _ms(row.started_at - host.last.started_at)) < row.spacing_ms:
            yield _breach(Claim.SPACING, row, f"{gap:.0f} ms after the start before, {row.spacing_ms} ms are asked for", host.last.id)

    def _pause(self, host: _Host, row: LedgerRow) -> Iterable[Breach]:
        host.pauses = [pause for pause in host.pauses if pause.until > row.started_at]
        for pause in host.pauses:
            # What was granted in the very millisecond of the answer was granted before it.
            if pause.since < row.started_at:
                early = _ms(pause.until - row.started_at)
                yield _breach(Claim.RETRY_AFTER, row, f"begun {early:.0f} ms before the pause was over", pause.row_id)

    def _retry(self, row: LedgerRow) -> Iterable[Breach]:
        if row.call_id is None:
            return
        before = self._failed.pop(row.call_id, None)
        if row.ended_at and (row.status is None or row.status in RETRIED_STATUSES or 300 <= row.status < 400) and row.attempt <= RETRIES:
            self._failed[row.call_id] = _Failed(row, row.ended_at)
        if row.attempt > RETRIES + 1:
            yield _breach(Claim.RETRIES, row, f"attempt {row.attempt}")
        # Of what began before the rows did, nothing is known; a redirect belongs to its attempt.
        if before and row.attempt > before.row.attempt:
            yield from self._waited(row, before)

    def _waited(self, row: LedgerRow, before: _Failed) -> Iterable[Breach]:
        if before.row.status is not None and before.row.status not in RETRIED_STATUSES:
            yield _breach(Claim.RETRIES, row, f"retried after status {before.row.status}", before.row.id)
        schedule_ms = 1000 * schedule_s(row.attempt - 1, self._rules.retry_unit_s)
        needed = max(schedule_ms, row.scheduled_wait_ms, before.row.retry_after_ms)
        waited = _ms(row.started_at - before.ended_at)
        if waited + CLOCK_TOLERANCE_MS < needed:
            yield _breach(Claim.WAITS, row, f"attempt {row.attempt} after {waited:.0f} ms instead of {needed:.0f} ms", before.row.id)

    def _ends(self, row: LedgerRow) -> tuple[datetime, datetime]:
        """Until when the request was certainly, and at most, under way."""
        if row.ended_at:
            return row.ended_at, row.ended_at
        certain = max(row.started_at, self._rules.last_begun.get((row.worker, row.host), row.started_at))
        return certain, max(certain, row.started_at + timedelta(seconds=self._rules.lease_s))

    def _count(self, host: _Host, row: LedgerRow) -> None:
        total = self.judgement
        figures = total.hosts.setdefault(row.host, HostFigures())
        figures.requests += 1
        figures.bytes += row.bytes or 0
        figures.unended += row.ended_at is None
        figures.most_at_once = max(figures.most_at_once, len(host.under_way))
        figures.most_possibly = max(figures.most_possibly, len(host.possibly))
        figures.allowed_at_once = max(figures.allowed_at_once, row.at_once)
        figures.spacing_ms = row.spacing_ms if figures.spacing_ms is None else min(figures.spacing_ms, row.spacing_ms)
        figures.pauses += row.retry_after_ms > 0
        figures.statuses[_outcome(row)] += 1
        if host.last:
            gap = _ms(row.started_at - host.last.started_at)
            figures.least_gap_ms = gap if figures.least_gap_ms is None else min(figures.least_gap_ms, gap)
        total.proxies[row.proxy] += 1
        total.user_agents[row.user_agent] += 1
        total.retries += row.attempt > 1
        total.forced += row.forced
        total.first_at, total.last_at = total.first_at or row.started_at, row.started_at


def _pass(under_way: list[tuple[datetime, int]], row: LedgerRow, end: datetime) -> None:
    """Take off what had ended when the row began, and put the row on."""
    while under_way and under_way[0][0] <= row.started_at:
        heapq.heappop(under_way)
    heapq.heappush(under_way, (end, row.id))


def _outcome(row: LedgerRow) -> str:
    if row.status is not None:
        return str(row.status)
    return "no answer" if row.ended_at else "no end"


def _breach(claim: Claim, row: LedgerRow, message: str, other_id: int | None = None) -> Breach:
    return Breach(claim, row.id, row.host, row.started_at, message, other_id)


def _ms(span: timedelta) -> float:
    return span.total_seconds() * 1000
