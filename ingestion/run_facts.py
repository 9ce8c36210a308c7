"""What a run did, read from its rows: for the run's page and for the API."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from redis.exceptions import RedisError

from ingestion.models import DeadLetter, OutboundRequest, Run
from ingestion.politeness.host_states import HostState, host_states
from ingestion.progress import StageProgress, duration, stage_progress
from ingestion.services.runs import CONTROLS

NO_ANSWER = "no answer"
# Shorter breaks are over before anybody has read of them.
LONG_REST_S = 2.0


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """Fetches that a run gave up for one kind of reason. `waiting` of them can be retried."""

    kind: str
    sources: int
    waiting: int
    example: str


@dataclass(slots=True)
class HostRequests:
    """Requests of a run to one host. `open` ones have not ended: under way, or lost with their worker."""

    host: str
    sent: int = 0
    open: int = 0
    bytes: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


def stages_of(run: Run) -> list[StageProgress]:
    """Progress as of now; the clocks of a run that is over, or was cut short, stand still."""
    now = run.ended_at or timezone.now()
    return [stage_progress(stage, now) for stage in run.stages.all()]


def controls_of(run: Run) -> list[str]:
    """What an operator can do with the run now, some of pause, resume, cancel, retry."""
    return [name for name, states in CONTROLS.items() if run.state in states]


def errors_of(run_id: uuid.UUID) -> Sequence[ErrorKind]:
    """By kind, the most frequent first, each with one of its messages."""
    letters = DeadLetter.objects.filter(run_id=run_id).order_by().values("kind")
    rows = letters.annotate(sources=Count("id"), waiting=Count("id", filter=Q(resolved_at=None)), example=Max("message"))
    return [ErrorKind(**row) for row in rows.order_by("-sources", "kind")]


def requests_of(run_id: uuid.UUID) -> Sequence[HostRequests]:
    """By host, the most asked first, with the number of answers by status."""
    hosts: dict[str, HostRequests] = {}
    groups = OutboundRequest.objects.sent().filter(run_id=run_id).order_by().values("host", "status")
    for row in groups.annotate(sent=Count("id"), open=Count("id", filter=Q(ended_at=None)), size=Sum("bytes")).order_by("host", "status"):
        host = hosts.setdefault(row["host"], HostRequests(row["host"]))
        host.sent += row["sent"]
        host.open += row["open"]
        host.bytes += row["size"] or 0
        if ended := row["sent"] - row["open"]:
            host.statuses[str(row["status"] or NO_ANSWER)] = ended
    return sorted(hosts.values(), key=lambda host: -host.sent)


def waits_of(run: Run, asked: Sequence[HostRequests]) -> list[str]:
    """Why a running run is slow just now: its hosts that are left alone or slowed down. Nothing when Redis does not answer."""
    if run.state != Run.State.RUNNING or not asked:
        return []
    hosts = {host.host for host in asked}
    try:
        return [reason for state in host_states() if state.host in hosts and (reason := _wait(state))]
    except RedisError:
        return []


def _wait(state: HostState) -> str:
    if state.breaker == "open":
        return f"{state.host} keeps failing: it is tried again in {duration(state.rests_s)}, its boards wait"
    if state.rests_s >= LONG_REST_S:
        return f"{state.host} asked for a break: nothing is sent to it for {duration(state.rests_s)}, its boards wait"
    if state.interval_ms:
        return f"{state.host} answered 429 or 503: it is asked every {state.interval_ms / 1000:.1f} s, and faster again as it answers"
    return ""


def seconds_of(run: Run, now: datetime) -> float | None:
    """How long the run has been under way, or was; None before it began."""
    return ((run.ended_at or now) - run.started_at).total_seconds() if run.started_at else None
