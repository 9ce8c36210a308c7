"""Extraction's writes: claim postings, extract them, publish the results; one transaction a batch."""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone
from rq.timeouts import BaseTimeoutException

from catalog.services import jobs_publish, vocabulary_load
from catalog.vocabulary.values import Vocabulary
from extraction import publish, store
from extraction.claims import (
    Claim,
    claim_finish,
    claim_hold,
    claim_put_off,
    dead_resolve,
    dead_retry,
    pending_claim,
    pending_fill,
    pending_fill_outdated,
)
from extraction.collector import rare_collections
from extraction.compiled import is_compiled
from extraction.dead_letters import dead_letters_mirror
from extraction.documents import Received, documents_from
from extraction.errors import LeaseLostError, ProviderError
from extraction.improve import Improvement, claim_size, identity_for, improve, kept, wait_after
from extraction.models import CurrentExtraction, PendingExtraction
from extraction.providers.base import Provider
from extraction.providers.llm import LLM
from extraction.providers.rules import RulesProvider
from extraction.publish import Extracted, status_sync
from extraction.rules.skills import Matcher
from extraction.store import Identity
from ingestion.ats.base import Posting
from ingestion.errors import RawStorageError
from ingestion.models import PostingSeen, RawPosting
from ingestion.services import is_refusal, postings_load, run_logged, stage_add

__all__ = [
    "dead_letters_mirror",
    "dead_retry",
    "outdated_fill",
    "pending_count",
    "pending_extract",
    "pending_fill",
    "pending_finish",
    "pending_improve",
    "rules_provider",
    "status_sync",
]

# Big enough to make COPY and transactions cheap (400 cost a tenth less each than 200), small enough that a killed worker repeats two
# seconds of work.
BATCH = 400
STAGE = "extract"
WAIT_FOR_LEASES_S = 0.5

log = structlog.get_logger(__name__)

Loaded = tuple[RawPosting, Posting]


class Improved(NamedTuple):
    """Postings that a language model's tier has done, and what stopped it, if anything did."""

    done: int
    stopped_by: Exception | None = None


def pending_count(*, tier: int = 0) -> int:
    return PendingExtraction.objects.waiting(tier).count()


def pending_extract(
    *,
    tier: int = 0,
    batch: int = BATCH,
    seconds: float | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> int:
    """Work off what waits for this tier until nothing is free, `seconds` are over or `keep_going` says no; postings done."""
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    total = 0
    provider: Provider | None = None
    with rare_collections():
        while time.monotonic() < deadline and keep_going():
            claim = pending_claim(tier=tier, limit=batch)
            if claim is None:
                break
            provider = provider or rules_provider()
            with run_logged(claim.run_id):
                total += _extract_claim(claim, provider)
    return total


def pending_improve(
    *,
    tier: int,
    llm: LLM,
    seconds: float | None = None,
    keep_going: Callable[[], bool] = lambda: True,
    progressed: Callable[[int], object] = lambda done: None,
) -> Improved:
    """Work off what waits for tier 1 or 2 with this model, until nothing is free, time is over, or something stands in the way.

    `progressed` is told after every claim how many postings are done.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    total = 0
    while time.monotonic() < deadline and keep_going():
        claim = pending_claim(tier=tier, limit=claim_size(tier))
        if claim is None:
            break
        with run_logged(claim.run_id), kept(claim):
            done, stopped_by = _improve_claim(claim, llm)
        total += done
        progressed(total)
        if stopped_by is not None:
            return Improved(total, stopped_by)
    return Improved(total)


def _improve_claim(claim: Claim, llm: LLM) -> tuple[int, Exception | None]:
    """Postings done, and what stopped the work before all were."""
    vocabulary = vocabulary_load()
    rules = _rules_provider(vocabulary)
    try:
        extracted, unreadable = postings_extract(claim.hashes, rules)
    except RawStorageError as error:
        claim_put_off(claim)
        log.warning("extraction.put_off", detail=str(error))
        return 0, error
    improvement = improve(claim, extracted, llm=llm, vocabulary=vocabulary)
    identity = identity_for(llm, claim.tier, rules)
    try:
        done = _write_or_divide(claim, identity, improvement.batch, unreadable | dict(improvement.failures), improvement.left)
    except LeaseLostError as error:
        log.info("extraction.lease_lost", detail=str(error))
        return 0, None
    _put_off(claim, improvement)
    return done, improvement.stopped_by


def _put_off(claim: Claim, improvement: Improvement) -> None:
    """What is left waits, and only for what a provider failed on does that count as an attempt."""
    if not improvement.left:
        return
    reason = improvement.stopped_by
    blamed = improvement.blamed if isinstance(reason, ProviderError) else frozenset()
    wait = wait_after(reason, claim.attempt)
    claim_put_off(claim, posting_ids=improvement.left - blamed, wait=wait)
    claim_put_off(claim, posting_ids=blamed, wait=wait, error=str(reason))
    log.warning("extraction.put_off", tier=claim.tier, postings=len(improvement.left), detail=str(reason))


def pending_finish(*, tier: int = 0, keep_going: Callable[[], bool] = lambda: True) -> int:
    """Like `pending_extract`, but ends only when nothing waits: what a lost worker holds is done when its lease is over."""
    total = pending_extract(tier=tier, keep_going=keep_going)
    while keep_going() and pending_count(tier=tier):
        time.sleep(WAIT_FOR_LEASES_S)
        total += pending_extract(tier=tier, keep_going=keep_going)
    return total


def outdated_fill(*, run_id: uuid.UUID | None = None) -> int:
    """Queue for tier 0 what it read with other rules or another vocabulary than now; the number of postings queued."""
    return pending_fill_outdated(version=rules_provider().version, run_id=run_id)


def rules_provider() -> RulesProvider:
    """The tier 0 provider over the vocabulary as the tables hold it now."""
    return _rules_provider(vocabulary_load())


@lru_cache(maxsize=1)
def _rules_provider(vocabulary: Vocabulary) -> RulesProvider:
    provider = RulesProvider(Matcher(vocabulary))
    log.info("extraction.rules", version=provider.version, compiled=is_compiled())
    gc.freeze()  # tables that live as long as the worker need not be walked by every full collection
    return provider


def _extract_claim(claim: Claim, provider: Provider) -> int:
    try:
        batch, failures = postings_extract(claim.hashes, provider)
    except RawStorageError as error:
        claim_put_off(claim)
        log.warning("extraction.put_off", detail=str(error))
        return 0
    try:
        return _write_or_divide(claim, store.identity_of(provider), batch, failures)
    except LeaseLostError as error:
        log.info("extraction.lease_lost", detail=str(error))
        return 0


def postings_extract(posting_ids: Collection[int], provider: Provider) -> tuple[list[Extracted], dict[int, str]]:
    """What could be extracted, and why the rest could not; one bad posting never costs the batch."""
    failures = dict.fromkeys(posting_ids, "the posting is no longer there")
    readable: list[Loaded] = []
    for row, posting in postings_load(list(posting_ids)):
        del failures[row.pk]
        if isinstance(posting, Posting):
            readable.append((row, posting))
        else:
            failures[row.pk] = str(posting)
    try:
        return _extracted(readable, provider), failures
    except Exception:  # noqa: BLE001 - which posting it was is found, logged and put aside one by one
        batch, unextracted = _extracted_singly(readable, provider)
        return batch, failures | unextracted


def _extracted(loaded: Sequence[Loaded], provider: Provider) -> list[Extracted]:
    received = [Received(posting, row.source.company_name, row.source.source_type, row.source.source_key) for row, posting in loaded]
    documents = documents_from(received)
    results = provider.extract(documents)
    return [Extracted(*item, document, result) for item, document, result in zip(loaded, documents, results, strict=True)]


def _extracted_singly(loaded: Sequence[Loaded], provider: Provider) -> tuple[list[Extracted], dict[int, str]]:
    batch: list[Extracted] = []
    failures: dict[int, str] = {}
    for row, posting in loaded:
        try:
            batch += _extracted([(row, posting)], provider)
        except Exception as error:
            log.exception("extraction.failed", posting_id=row.pk)
            failures[row.pk] = f"{type(error).__name__}: {error}"
    return batch, failures


def _write_or_divide(
    claim: Claim, identity: Identity, batch: Sequence[Extracted], failures: Mapping[int, str], left: Collection[int] = ()
) -> int:
    """Write the claim; when something in it cannot be written, in ever smaller parts, so that only that posting is hurt. Postings done.

    That one is tried again, as its worker may have been behind a change of the vocabulary, and is given up like one whose worker
    always dies. A database that takes nothing counts against no posting.
    """
    parts, done = [claim], 0
    while parts:
        part = parts.pop()
        items = _of(part, batch)
        try:
            _write(part, identity, items, failures, left=left)
        except (LeaseLostError, MemoryError, BaseTimeoutException):
            raise
        except Exception as error:
            if not is_refusal(error):
                _put_off_unwritten(claim, [part, *parts])
                raise
            if len(part.hashes) > 1:
                parts += reversed(part.halves())
                continue
            log.exception("extraction.refused", postings=list(part.hashes))
            claim_put_off(part, error=f"{type(error).__name__}: {error}")
        else:
            done += len(items)
    return done


def _put_off_unwritten(claim: Claim, parts: Sequence[Claim]) -> None:
    """As far as the database takes even that."""
    with suppress(DatabaseError, InterfaceError):
        claim_put_off(claim, posting_ids=[posting_id for part in parts for posting_id in part.hashes])


def _of(claim: Claim, batch: Sequence[Extracted]) -> list[Extracted]:
    return [item for item in batch if item.row.pk in claim.hashes]


def _write(
    claim: Claim, identity: Identity, batch: Sequence[Extracted], failures: Mapping[int, str], *, left: Collection[int] = ()
) -> None:
    now = timezone.now()
    with transaction.atomic():
        claim_hold(claim)
        batch = _not_overtaken(batch, identity.tier)
        # Content that changed since the claim is stored as what it is now; the next fill then finds nothing left to do.
        hashes = {item.row.pk: item.row.content_hash for item in batch}
        results = {item.row.pk: item.result for item in batch}
        ids = store.extractions_write(identity=identity, hashes=hashes, results=results, run_id=claim.run_id, now=now)
        publication = store.publication_next()
        seen = dict(PostingSeen.objects.filter(posting_id__in=hashes).values_list("posting_id", "last_seen_at"))
        jobs_publish(
            facts=[
                publish.job_facts(item, identity, ids[item.row.pk], publication, seen.get(item.row.pk, item.row.first_seen_at))
                for item in batch
            ]
        )
        store.current_point(identity=identity, hashes=hashes, extraction_ids=ids, now=now)
        failures = {posting_id: reason for posting_id, reason in failures.items() if posting_id in claim.hashes}
        claim_finish(claim, failures=failures, left=left)
        if identity.tier == 0:
            stage_add(run_id=claim.run_id, name=STAGE, done=len(batch), failed=len(failures))
        else:
            dead_resolve(posting_ids=hashes, below=identity.tier)


def _not_overtaken(batch: Sequence[Extracted], tier: int) -> list[Extracted]:
    """Those that may be published: an answer that took minutes never replaces newer content, nor anything the record of a higher tier.

    What stands is locked first, and published after: of two publications of a posting the later one then has the greater number.
    """
    standing = store.standing_lock([item.row.pk for item in batch])
    return [item for item in batch if _may_replace(standing.get(item.row.pk), item, tier)]


def _may_replace(known: CurrentExtraction | None, item: Extracted, tier: int) -> bool:
    """Of the same content a record of no higher tier, unless an experiment decided; of other content only what rules say of it now."""
    if known is None or known.content_hash != item.row.content_hash:
        return tier == 0
    return known.tier <= tier and known.decided_by is None
