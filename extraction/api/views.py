"""Extractions over the API (spec P1)."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from extraction.api import examples
from extraction.api.serializers import ExtractionSerializer
from extraction.models import CurrentExtraction
from ingestion.models import RawPosting

_COLUMNS = (
    "id", "content_hash", "schema_version", "provider", "model", "prompt_version", "tier", "confidence", "needs_tier2", "record", "details",
    "evidence", "tokens_in", "tokens_out", "run_id", "created_at",
)  # fmt: skip


class NotExtractedYet(NotFound):
    hint: ClassVar[str] = "It waits for extraction: ask again later. GET job_postings?status=fetched lists what waits."


class ExtractionDetail(APIView):
    """The extraction that stands for a job posting: record, details, evidence, and what made it at what cost."""

    own_errors = (NotExtractedYet("job posting 90211 is not extracted yet"),)

    @extend_schema(
        operation_id="extractions_read",
        parameters=[OpenApiParameter("job_posting_id", int, OpenApiParameter.PATH, description="the posting's id")],
        responses={200: ExtractionSerializer},
        examples=[examples.EXTRACTION],
        tags=["job postings"],
    )
    def get(self, request: Request, job_posting_id: int) -> Response:
        if unknown := next(iter(request.query_params), None):
            raise ValidationError({unknown[:40]: "no such parameter; there are none"})
        current = CurrentExtraction.objects.select_related("extraction").filter(pk=job_posting_id).first()
        posting = RawPosting.objects.filter(pk=job_posting_id).values("content_hash").first()
        if posting is None:
            raise NotFound(f"there is no job posting {job_posting_id}")
        if current is None:
            raise NotExtractedYet(f"job posting {job_posting_id} is not extracted yet")
        return Response(_item(current, is_current=current.content_hash == posting["content_hash"]))


def _item(current: CurrentExtraction, *, is_current: bool) -> dict[str, Any]:
    extraction = current.extraction
    return {
        **{name: getattr(extraction, name) for name in _COLUMNS},
        "job_posting_id": current.posting_id,
        "cost_usd": float(extraction.cost_usd),
        "is_current": is_current,
        "published_at": current.published_at,
    }
