"""Sources: claiming them for a read, giving them back, and what a failed read makes of them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from ingestion.errors import FetchError, IngestionError
from ingestion.models import OutboundRequest, RawObject, Run, Source
from ingestion.querysets import SourceQuerySet
from ingestion.services.dead_letters import dead_letter_write
from ingestion.services.runs import retried_sources, stage_add

# Renewed all the time: a lost worker's sources are free again after this long.
LEASE = timedelta(seconds=30)
# Of a board, on an average (1,600 boards, 52,000 postings): what a run with a target goes by until it knows better.
USUAL_POSTINGS = 32


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that this worker holds until its lease ends. `token` is the fence: who writes must still hold it."""

    source_id: int
    source_type: str
    source_key: str
    region: str
    token: uuid.UUID
    company_name: str
    read_digest: str
    forced: bool
    validators: Mapping[str, Any] = field(default_factory=dict)


def sources_claim(
    *,
    source_type: str | None,
    limit: int,
    run_id: uuid.UUID | None = None,
    lease: timedelta = LEASE,
    without_regions: Collection[str] = (),
) -> list[Claim]:
    """Up to `limit` due sources, stalest first, leased to the caller. Nothing for a run that is not running or has its target.

    A run reads every source once at most; without a run every due source may be claimed. Near a run's target they become fewer.
    """
    now = timezone.now()
    run = Run.objects.running().filter(pk=run_id).first() if run_id else None
    if run_id and run is None:
        return []
    with transaction.atomic():
        wanted = claimable(run, now).of_type(source_type).exclude(region__in=without_regions)
        rows = list(wanted.select_for_update(skip_locked=True, no_key=True)[: to_target(run, now, limit)])
        token = uuid.uuid4()
        Source.objects.filter(pk__in=[row.pk for row in rows]).update(lease_token=token, lease_until=now + lease)
    return [_claim(row, token, now) for row in rows]


def claimable(run: Run | None, now: datetime) -> SourceQuerySet:
    """What a run (or anybody, without a run) may claim now: nothing once the run has reached its target."""
    if run is not None and has_target(run):
        return Source.objects.none()
    return remaining(run, now).unleased(now)


def remaining(run: Run | None, now: datetime) -> SourceQuerySet:
    """Sources that a run still has to read, leased or not: those that are due and that it has not read yet.

    A forced run reads every source it names that it has not read yet, due or not. What a retry names is read once more.
    """
    if run is None:
        return Source.objects.due(now, in_sandbox=settings.IN_SANDBOX)
    since = run.stages.filter(name="fetch").values_list("started_at", flat=True).first() or now
    unread = chosen_sources(run).not_checked_since(since)
    again, asked_at = retried_sources(run)
    if asked_at is not None:
        unread |= _world().filter(pk__in=again).not_checked_since(asked_at)
    return unread if run.parameters.get("force") else unread.due(now, in_sandbox=settings.IN_SANDBOX)


def chosen_sources(run: Run) -> SourceQuerySet:
    """The sources that a run may read by its parameters, in whatever state, due or not."""
    chosen = _world()
    if ids := run.parameters.get("source_ids"):
        chosen = chosen.filter(pk__in=ids)
    if types := run.parameters.get("source_types"):
        chosen = chosen.filter(source_type__in=types)
    return chosen


def _world() -> SourceQuerySet:
    """Not even an operator's wish asks the sandbox for a real board."""
    return Source.objects.of_world(in_sandbox=True) if settings.IN_SANDBOX else Source.objects.all()


def has_remaining(run_id: uuid.UUID | None, source_type: str) -> bool:
    """Whether the run still has sources to read: somebody holds them, who may have been lost, or they have just come free."""
    now = timezone.now()
    run = Run.objects.running().filter(pk=run_id).first() if run_id else None
    return run is not None and not has_target(run) and remaining(run, now).of_type(source_type).exists()


def sources_renew(*, claims: Iterable[Claim], lease: timedelta = LEASE) -> None:
    """Prolong the leases that are still held.

    What is being stored at this moment is left out: two transactions that wait for each other's rows would deadlock, and
    those leases end with the storing anyway.
    """
    by_token: dict[uuid.UUID, list[int]] = {}
    for claim in claims:
        by_token.setdefault(claim.token, []).append(claim.source_id)
    for token, ids in by_token.items():
        with transaction.atomic():
            free = Source.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=ids, lease_token=token)
            Source.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(lease_until=timezone.now() + lease)


def sources_release(*, claims: Iterable[Claim]) -> None:
    """Give sources back unread: they stay due."""
    for claim in claims:
        Source.objects.filter(pk=claim.source_id, lease_token=claim.token).update(lease_token=None, lease_until=None)


def leases_reap(*, now: datetime | None = None) -> int:
    """Clear the leases of lost workers; the number of sources that can be claimed again."""
    return Source.objects.unleased(now or timezone.now()).exclude(lease_token=None).update(lease_token=None, lease_until=None)


def source_fail(*, claim: Claim, error: FetchError, run_id: uuid.UUID | None) -> bool:
    """A read that failed for good: state, reason, next check, dead letter. Closes no posting. False when the lease was lost."""
    now = timezone.now()
    with transaction.atomic():
        moved = Source.objects.filter(pk=claim.source_id, lease_token=claim.token).update(
            state=error.state,
            state_reason=str(error)[:500],
            last_checked_at=now,
            next_check_at=now + timedelta(days=settings.INVALID_RECHECK_DAYS),
            read_digest="",
            lease_token=None,
            lease_until=None,
        )
        if not moved:
            return False
        # Until its next check it must not be asked: the ledger itself holds what that is proven by.
        OutboundRequest.objects.filter(pk=error.request_id or 0).update(made_invalid=True)
        if error.state == Source.State.FAILED:
            raw_id = RawObject.objects.filter(sha256=error.raw_sha256).values_list("pk", flat=True).first() if error.raw_sha256 else None
            dead_letter_write(source_id=claim.source_id, error=error, raw_object_id=raw_id, run_id=run_id)
        stage_add(run_id=run_id, name="fetch", failed=1, counts={error.state: 1})
    return True


def source_check(*, source_ids: Collection[int]) -> int:
    """Make sources due now, whatever their state: an operator's wish. The number of sources."""
    return _update(Source.objects.filter(pk__in=source_ids).exclude(state=Source.State.PAUSED), next_check_at=timezone.now())


def source_pause(*, source_ids: Collection[int], reason: str = "paused by an operator") -> int:
    return _update(Source.objects.filter(pk__in=source_ids), state=Source.State.PAUSED, state_reason=reason)


def source_resume(*, source_ids: Collection[int]) -> int:
    """Paused -> discovered, due now."""
    paused = Source.objects.filter(pk__in=source_ids, state=Source.State.PAUSED)
    return _update(paused, state=Source.State.DISCOVERED, state_reason="", next_check_at=timezone.now())


def _update(sources: SourceQuerySet, **values: Any) -> int:
    """Change sources, locked by id as those who store boards lock them: in another order the two could wait for each other."""
    with transaction.atomic():
        ids = list(sources.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        return Source.objects.filter(pk__in=ids).update(**values)


def find_sources(names: Iterable[str]) -> list[Source]:
    """The sources called `greenhouse/acme`, or `acme` when one ATS has it. Raises IngestionError naming what is unknown."""
    found = []
    for name in names:
        source_type, _, key = name.rpartition("/")
        rows = list(Source.objects.of_type(source_type or None).filter(source_key=key.casefold()).order_by("source_type"))
        if len(rows) != 1:
            known = f"is on several ATSs, say which: {' or '.join(map(str, rows))}" if rows else "is not a known source"
            raise IngestionError(f"{name!r} {known}")
        found.append(rows[0])
    return found


def has_target(run: Run) -> bool:
    """The run was given a number of open postings to stop at, and the sources of this world have them."""
    target = run.parameters.get("target")
    return bool(target) and _postings_and_reads()[0] >= target


def to_target(run: Run | None, now: datetime, limit: int) -> int:
    """How many sources more, `limit` at most, the run's target asks for beside those under way, judged by those that were read.

    One at least: those under way may be held by other runs, or by a worker that was lost, and bring nothing.
    """
    target: int | None = run.parameters.get("target") if run else None
    if not target:
        return limit
    postings, reads = _postings_and_reads()
    each = (postings + USUAL_POSTINGS) / (reads + 1)
    under_way = remaining(run, now).leased(now).count()
    return min(limit, max(1, math.ceil((target - postings) / each) - under_way))


def _postings_and_reads() -> tuple[int, int]:
    """Open postings of this world, and how many of its sources were asked."""
    world = Source.objects.of_world(in_sandbox=settings.IN_SANDBOX)
    counts = world.aggregate(postings=Sum("open_postings", default=0), reads=Count("last_checked_at"))
    return counts["postings"], counts["reads"]


def _claim(row: Source, token: uuid.UUID, now: datetime) -> Claim:
    rest_until = row.last_checked_at + timedelta(days=settings.INVALID_RECHECK_DAYS) if row.last_checked_at else now
    forced = row.state in Source.INVALID and rest_until > now
    return Claim(row.pk, row.source_type, row.source_key, row.region, token, row.company_name, row.read_digest, forced, row.validators)
