"""Rows for tests, made in one line."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ingestion import storage
from ingestion.ats.registry import adapter
from ingestion.models import Source
from ingestion.services import BoardRead, BoardResult, Claim, boards_store, page_read, sources_claim

MOMENT = datetime(2026, 8, 1, tzinfo=UTC)


def make_source(source_key: str = "acme", source_type: str = "greenhouse", **values: Any) -> Source:
    return Source.objects.create(source_type=source_type, source_key=source_key, **values)


def claim_one(source: Source) -> Claim:
    """A fresh claim on the source, whatever was claimed or done before."""
    Source.objects.filter(pk=source.pk).update(next_check_at=MOMENT, lease_token=None, lease_until=None)
    Source.objects.exclude(pk=source.pk).update(next_check_at=datetime.now(UTC) + timedelta(days=9))
    (claim,) = sources_claim(source_type=source.source_type, limit=5)
    return claim


def board_read(claim: Claim, body: bytes) -> BoardRead:
    """What a complete read with this one answer is."""
    reader = adapter(claim.source_type)
    page = reader.split(body, reader.list_request(claim.source_key))
    raw = storage.keep(body)
    return BoardRead(claim, (page_read(reader, raw, page),), page.company_name, digest=raw.sha256)


def store_body(source: Source, body: bytes, now: datetime = MOMENT, run_id: uuid.UUID | None = None) -> BoardResult:
    """Claim the source and store one answer as its complete read."""
    (result,) = boards_store(reads=[board_read(claim_one(source), body)], now=now, run_id=run_id)
    return result


def greenhouse_job(job_id: int, **values: Any) -> dict[str, Any]:
    return {
        "id": job_id,
        "title": f"Engineer {job_id}",
        "internal_job_id": job_id + 1,
        "location": {"name": "Lyon"},
        "absolute_url": f"https://job-boards.greenhouse.io/acme/jobs/{job_id}",
        "company_name": "Acme",
        "content": "&lt;p&gt;Text&lt;/p&gt;",
        "updated_at": "2026-07-01T00:00:00Z",
        **values,
    }


def greenhouse_body(*jobs: Any) -> bytes:
    return orjson.dumps({"jobs": jobs, "meta": {"total": len(jobs)}})
