"""Extraction's writes: claim postings, extract them, publish the results; one transaction a batch."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.services import jobs_publish, vocabulary_load
from catalog.vocabulary import Vocabulary
from extraction import publish, store
from extraction.claims import Claim, claim_finish, claim_hold, dead_retry, pending_claim, pending_fill
from extraction.document import Document
from extraction.errors import LeaseLostError
from extraction.models import PendingExtraction
from extraction.providers.base import Provider, Result
from extraction.providers.rules import RulesProvider, document_from
from extraction.publish import status_sync
from extraction.rules.skills import Matcher
from ingestion.services import LoadedPosting, postings_load

__all__ = ["BatchOutcome", "dead_retry", "pending_count", "pending_extract", "pending_fill", "rules_provider", "status_sync"]

# Big enough to make COPY and transactions cheap, small enough that a killed worker repeats less than a second of work.
BATCH = 200

log = structlog.get_logger(__name__)


@dataclass
class BatchOutcome:
    """What became of the claimed postings: written ones, and dead letters with their reason."""

    done: int = 0
    failures: Mapping[int, str] = field(default_factory=dict)


def pending_count(*, tier: int = 0) -> int:
    return PendingExtraction.objects.waiting(tier).count()


def pending_extract(
    *,
    tier: int = 0,
    batch: int = BATCH,
    seconds: float | None = None,
    keep_going: Callable[[], bool] = lambda: True,
    on_batch: Callable[[Claim, BatchOutcome], None] | None = None,
) -> int:
    """Work off what waits for this tier until nothing is free, `seconds` are over or `keep_going` says no; postings done."""
    provider = rules_provider()
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    total = 0
    while time.monotonic() < deadline and keep_going():
        claim = pending_claim(tier=tier, limit=batch)
        if claim is None:
            break
        outcome = _extract_claim(claim, provider)
        total += outcome.done
        if on_batch:
            on_batch(claim, outcome)
    return total


def rules_provider() -> RulesProvider:
    """The tier 0 provider over the vocabulary as the tables hold it now."""
    return _rules_provider(vocabulary_load())


@lru_cache(maxsize=1)
def _rules_provider(vocabulary: Vocabulary) -> RulesProvider:
    return RulesProvider(Matcher(vocabulary))


def _extract_claim(claim: Claim, provider: Provider) -> BatchOutcome:
    loaded, failures = postings_load(list(claim.hashes))
    # Content that changed since the claim is extracted as what it is now; the next fill finds nothing left to do.
    hashes = {item.row.pk: item.row.content_hash for item in loaded}
    extracted: dict[int, tuple[Document, Result]] = {}
    for item in loaded:
        try:
            extracted[item.row.pk] = _extract_one(item, provider)
        except Exception as error:  # noqa: BLE001 - one bad posting must not cost the batch; it becomes a dead letter with its reason
            log.warning("extraction.failed", posting_id=item.row.pk, error=str(error), exc_info=True)
            failures[item.row.pk] = f"{type(error).__name__}: {error}"
    gone = {
        posting_id: "the posting is no longer there"
        for posting_id in claim.hashes
        if posting_id not in hashes and posting_id not in failures
    }
    try:
        _write(claim, provider, loaded, hashes, extracted, failures | gone)
    except LeaseLostError as error:
        log.info("extraction.lease_lost", detail=str(error))
        return BatchOutcome()
    return BatchOutcome(done=len(extracted), failures=failures | gone)


def _extract_one(item: LoadedPosting, provider: Provider) -> tuple[Document, Result]:
    source = item.row.source
    document = document_from(item.posting, source.company_name, source.source_type, source.source_key)
    return document, provider.extract(document)


def _write(
    claim: Claim,
    provider: Provider,
    loaded: Sequence[LoadedPosting],
    hashes: Mapping[int, str],
    extracted: Mapping[int, tuple[Document, Result]],
    failures: Mapping[int, str],
) -> None:
    identity = store.identity_of(provider)
    now = timezone.now()
    with transaction.atomic():
        claim_hold(claim)
        results = {posting_id: result for posting_id, (_, result) in extracted.items()}
        ids = store.extractions_write(identity=identity, hashes=hashes, results=results, run_id=claim.run_id, now=now)
        jobs_publish(
            facts=[
                publish.job_facts(
                    row=item.row,
                    posting=item.posting,
                    document=extracted[item.row.pk][0],
                    result=extracted[item.row.pk][1],
                    extraction_id=ids[item.row.pk],
                    tier=identity.tier,
                    provider=identity.provider,
                    seen_at=item.last_seen_at,
                )
                for item in loaded
                if item.row.pk in extracted
            ]
        )
        store.current_point(identity=identity, hashes=hashes, extraction_ids=ids, now=now)
        claim_finish(claim, failures=failures)
