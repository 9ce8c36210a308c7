"""What the OpenAPI document says of several endpoints: conditional requests, `since`, ids."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="an answer's ETag: 304 without a body when nothing has changed"
)
JOB_ID = OpenApiParameter("job_id", int, OpenApiParameter.PATH, description="the job's id")
SINCE = OpenApiParameter(
    "since",
    str,
    description="all jobs that changed after this, in the order of change, closed ones too: a date, a time, or `since` of the answer"
    " before. Takes no filters; the answer then has `since`, where to go on",
)


def example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


def not_modified() -> dict[int, OpenApiResponse]:
    return {304: OpenApiResponse(description="nothing has changed since the answer with this ETag")}
