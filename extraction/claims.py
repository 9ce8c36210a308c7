"""Which postings wait for extraction, and who works on them: found by a query, claimed with a lease, done in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from extraction import locks
from extraction.errors import LeaseLostError
from extraction.models import CurrentExtraction, Extraction, LLMCall, PendingExtraction
from extraction.tier_queue import INVALID_OUTPUT
from ingestion.models import RawPosting

LEASE = timedelta(seconds=30)
# A posting whose worker dies again and again (it may be what kills it) is put aside after this many claims.
MAX_ATTEMPTS = 10
# What a provider has failed on so often is asked alone from then on: one posting may be what brings the server down.
SINGLY_AFTER = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """Postings that this worker alone may write until `until`; `hashes` maps posting id to the content it was claimed for.

    `attempt` counts the claims of these postings, this one included. `singly`: a provider failed on them before, ask one by one.
    `refused_calls`: of postings that are tried again, the last call whose answer about them was no good.
    """

    token: uuid.UUID
    tier: int
    hashes: Mapping[int, str]
    run_id: uuid.UUID | None
    until: datetime
    attempt: int = 1
    singly: bool = False
    refused_calls: Mapping[int, int] = field(default_factory=dict)

    def halves(self) -> tuple[Claim, Claim]:
        """The claim as two, which are written one after the other."""
        hashes, middle = list(self.hashes.items()), len(self.hashes) // 2
        return replace(self, hashes=dict(hashes[:middle])), replace(self, hashes=dict(hashes[middle:]))


def pending_fill(*, run_id: uuid.UUID | None = None) -> int:
    """Queue for tier 0 every posting whose content has no current extraction; the number of rows added or renewed.

    They belong to the run named, else to the one that read them. Boards stay together (their postings share a raw object).
    A dead row stays dead until its content changes.
    """
    pending, posting, current = (m._meta.db_table for m in (PendingExtraction, RawPosting, CurrentExtraction))
    sql = f"""
        INSERT INTO {pending} (posting_id, tier, content_hash, state, attempts, error, run_id, created_at)
        SELECT p.id, 0, p.content_hash, 'waiting', 0, '', COALESCE(%s, p.run_id), now()
        FROM {posting} p LEFT JOIN {current} c ON c.posting_id = p.id
        WHERE (c.posting_id IS NULL OR c.content_hash <> p.content_hash)
          AND NOT EXISTS (SELECT 1 FROM {pending} w WHERE w.posting_id = p.id AND w.tier = 0 AND w.content_hash = p.content_hash)
        ORDER BY p.raw_object_id, p.raw_index
        ON CONFLICT (posting_id, tier) DO UPDATE
        SET content_hash = excluded.content_hash, state = 'waiting', attempts = 0, error = '', lease_token = NULL, lease_until = NULL
        WHERE {pending}.content_hash <> excluded.content_hash
    """  # noqa: S608 - table names of our own models
    with connection.cursor() as cursor:
        cursor.execute(sql, [run_id])
        return int(cursor.rowcount)


def pending_fill_outdated(*, version: str, run_id: uuid.UUID | None = None) -> int:
    """Queue for tier 0 every posting that stands in the catalogue by rules of another version; the number of rows added.

    What a language model has improved since stays as it is, and what an experiment's promotion or roll back decided.
    """
    pending, posting, current, done = (m._meta.db_table for m in (PendingExtraction, RawPosting, CurrentExtraction, Extraction))
    sql = f"""
        INSERT INTO {pending} (posting_id, tier, content_hash, state, attempts, error, run_id, created_at)
        SELECT p.id, 0, p.content_hash, 'waiting', 0, '', COALESCE(%s, p.run_id), now()
        FROM {current} c JOIN {done} e ON e.id = c.extraction_id JOIN {posting} p ON p.id = c.posting_id
        WHERE c.tier = 0 AND e.prompt_version <> %s AND c.decided_by IS NULL
        ORDER BY p.raw_object_id, p.raw_index
        ON CONFLICT (posting_id, tier) DO NOTHING
    """  # noqa: S608 - table names of our own models
    with connection.cursor() as cursor:
        cursor.execute(sql, [run_id, version])
        return int(cursor.rowcount)


def pending_claim(*, tier: int, limit: int) -> Claim | None:
    """Take up to `limit` waiting postings; None when nothing waits that is free.

    Tier 0 takes them in the order in which they came, the others newest first.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = _free_rows(tier, limit, now)
        spent = [row.pk for row in rows if row.attempts >= MAX_ATTEMPTS]
        _bury(spent)
        rows = [row for row in rows if row.attempts < MAX_ATTEMPTS]
        token = uuid.uuid4()
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {PendingExtraction._meta.db_table} SET lease_token = %s, lease_until = %s, attempts = attempts + 1"  # noqa: S608
                " WHERE id = ANY(%s)",
                [token, now + LEASE, [row.pk for row in rows]],
            )
    if not rows:
        return pending_claim(tier=tier, limit=limit) if spent else None
    # What was tried most often comes last: the others need not wait for it again.
    hashes = {row.posting_id: row.content_hash for row in sorted(rows, key=lambda row: row.attempts)}
    attempt = max(row.attempts for row in rows) + 1
    singly = any(row.error for row in rows) and attempt > SINGLY_AFTER
    refused = {row.posting_id: row.refused_call_id for row in rows if row.refused_call_id}
    return Claim(token, tier, hashes, rows[0].run_id, now + LEASE, attempt, singly, refused)


def _free_rows(tier: int, limit: int, now: datetime) -> list[PendingExtraction]:
    """Locked rows that may be claimed.

    For language models a claim whose worker died is taken over whole: the same postings make the same prompts, whose answers are
    stored, so that nothing is paid again. One worker at a time looks, else two would each get a part of such a claim.
    """
    free = PendingExtraction.objects.claimable(tier, now).select_for_update(skip_locked=True)
    if tier == 0:
        return list(free[:limit])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.CLAIM, tier])
    left = free.exclude(lease_token=None).first()
    return list(free.filter(lease_token=left.lease_token)) if left else list(free.filter(lease_token=None)[:limit])


def claim_renew(claim: Claim) -> None:
    """Hold the claim's postings for another lease; a claim that was taken over meanwhile stays lost."""
    PendingExtraction.objects.filter(lease_token=claim.token).update(lease_until=timezone.now() + LEASE)


def claim_hold(claim: Claim) -> None:
    """Lock the claim's rows until the transaction ends. Raises LeaseLostError when another worker has any of them."""
    held = set(_held(claim).select_for_update().values_list("posting_id", flat=True))
    if held != set(claim.hashes):
        raise LeaseLostError(f"{len(claim.hashes) - len(held)} of {len(claim.hashes)} postings were taken over by another worker")


def claim_put_off(
    claim: Claim, *, posting_ids: Collection[int] | None = None, wait: timedelta | None = None, error: str | None = None
) -> None:
    """Leave the claim's postings (all, or these) to whoever comes when the lease is over, or after `wait`.

    What stood in the way does not count against them, unless it is an `error` of their own.
    """
    rows = _held(claim)
    if posting_ids is not None:
        rows = rows.filter(posting_id__in=posting_ids)
    if wait is not None:
        rows.update(lease_until=timezone.now() + wait)
    if error:
        rows.update(error=error[:1000])
    else:
        rows.update(attempts=F("attempts") - 1)


def claim_finish(claim: Claim, *, failures: Mapping[int, str], left: Collection[int] = ()) -> None:
    """Inside the writing transaction: the done ones leave the queue, the failed ones become dead letters with their reason.

    Those in `left` stay as they are: they are not done. What a model never answered well is marked, so that a retry asks anew.
    """
    waiting = _held(claim)
    refused = [posting_id for posting_id, reason in failures.items() if reason.startswith(INVALID_OUTPUT)]
    if refused:
        waiting.filter(posting_id__in=refused).update(refused_call_id=LLMCall.objects.last_ended_id())
    for posting_id, reason in failures.items():
        waiting.filter(posting_id=posting_id).update(
            state=PendingExtraction.State.DEAD, error=reason[:1000], lease_token=None, lease_until=None
        )
    waiting.exclude(posting_id__in=[*failures, *left]).delete()


def _held(claim: Claim) -> QuerySet[PendingExtraction]:
    """The claim's rows that are still its own; of a part of a claim only those of the part."""
    return PendingExtraction.objects.filter(lease_token=claim.token, posting_id__in=claim.hashes)


def dead_retry(*, posting_ids: Sequence[int] | None = None) -> int:
    """Put dead letters (all, or those of these postings) back in the queue; how many."""
    dead = PendingExtraction.objects.dead()
    if posting_ids is not None:
        dead = dead.filter(posting_id__in=posting_ids)
    return dead.update(state=PendingExtraction.State.WAITING, attempts=0, error="", lease_token=None, lease_until=None)


def dead_resolve(*, posting_ids: Collection[int], below: int) -> int:
    """Close the dead letters of lower tiers that a higher one has made up for; how many."""
    dead = PendingExtraction.objects.dead().filter(posting_id__in=posting_ids, tier__gt=0, tier__lt=below)
    return dead.delete()[0]


def _bury(pending_ids: Sequence[int]) -> None:
    """Make dead letters of them, with the last error of their own if they had one."""
    buried = PendingExtraction.objects.filter(pk__in=pending_ids)
    buried.filter(error="").update(error=f"given up: the worker ended {MAX_ATTEMPTS} times while it worked on this posting")
    buried.update(state=PendingExtraction.State.DEAD, lease_token=None, lease_until=None)
