"""Job postings as the API shows them: one shape for all, null or empty where a posting has not come that far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from catalog.api.rows import LIST_COLUMNS, job_detail, job_items, skill_mentions
from catalog.api.serializers import JobDetailSerializer, JobSerializer
from catalog.choices import JobState
from catalog.models import Job
from gtm_site.api.postings.filters import PostingStatus
from ingestion.models import FrontierUrl, RawPosting

EXTRACTED_COLUMNS = tuple(dict.fromkeys((*LIST_COLUMNS, "posting_id")))
_MANY = (serializers.ListField, serializers.ListSerializer)


def _unknown(shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    return {name: [] if isinstance(field, _MANY) else None for name, field in shape().fields.items() if name != "request_id"}


UNKNOWN_JOB = _unknown(JobSerializer)
UNKNOWN_DETAIL = _unknown(JobDetailSerializer)


def extracted_items(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List items from rows of EXTRACTED_COLUMNS."""
    pairs = zip(rows, job_items(rows), strict=True)
    return [item | _identity(row["posting_id"], PostingStatus.EXTRACTED, row["id"]) for row, item in pairs]


def fetched_items(postings: Iterable[RawPosting]) -> list[dict[str, Any]]:
    return [UNKNOWN_JOB | _fetched(posting) for posting in postings]


def discovered_items(addresses: Iterable[FrontierUrl]) -> list[dict[str, Any]]:
    return [UNKNOWN_JOB | _discovered(address) for address in addresses]


def posting_detail(posting_id: int) -> dict[str, Any] | None:
    """One posting by its id, as far as it has come; None when there is none."""
    job_id = Job.objects.filter(posting_id=posting_id).values_list("pk", flat=True).first()
    if job_id is not None and (detail := job_detail(job_id)) is not None:
        return detail | _identity(posting_id, PostingStatus.EXTRACTED, job_id)
    posting = RawPosting.objects.select_related("source", "seen").filter(pk=posting_id).first()
    return UNKNOWN_DETAIL | _fetched(posting) if posting else None


def posting_skills(posting_id: int) -> list[dict[str, Any]] | None:
    """Its skills with where they stand in the text, [] before it is extracted; None when there is no such posting."""
    job_id = Job.objects.filter(posting_id=posting_id).values_list("pk", flat=True).first()
    if job_id is not None:
        return skill_mentions(job_id)
    return [] if RawPosting.objects.filter(pk=posting_id).exists() else None


def discovered_detail(address: FrontierUrl) -> dict[str, Any]:
    return UNKNOWN_DETAIL | _discovered(address)


def _identity(posting_id: Any, status: PostingStatus, job_id: int | None = None) -> dict[str, Any]:
    return {"id": posting_id, "status": status.value, "job_id": job_id}


def _fetched(posting: RawPosting) -> dict[str, Any]:
    same = ("source_job_id", "url", "title", "is_prospect", "posted_at", "missing_since", "closed_at")
    return {
        **_identity(posting.pk, PostingStatus.FETCHED),
        **{name: getattr(posting, name) for name in same},
        "state": _state(posting),
        "source_type": posting.source.source_type,
        "source_key": posting.source.source_key,
        "company_name": posting.source.company_name or None,
        "location_text": posting.location,
        "first_seen": posting.first_seen_at,
        "last_seen": posting.seen.last_seen_at,
    }


def _state(posting: RawPosting) -> str:
    if posting.closed_at:
        return JobState.CLOSED.value
    return JobState.MISSING.value if posting.missing_since else JobState.OPEN.value


def _discovered(address: FrontierUrl) -> dict[str, Any]:
    if address.source is None:
        raise ValueError(f"{address.url} is a page of a company's site, not a posting")
    return {
        **_identity(address.pk, PostingStatus.DISCOVERED),
        "url": address.url,
        "source_type": address.source.source_type,
        "source_key": address.source.source_key,
        "source_job_id": address.source_job_id or None,
        "company_name": address.source.company_name or None,
        "first_seen": address.seen_at,
    }
