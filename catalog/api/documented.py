"""What the OpenAPI document says of several endpoints: conditional requests, `since`, errors with an example each."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.examples import REQUEST_ID
from catalog.api.serializers import ErrorSerializer

_MESSAGES = {
    400: ("invalid", "min_comp: whole US dollars a year, from 1 to 100,000,000", "Correct the parameter named in the message."),
    401: ("not_authenticated", "Authentication credentials were not provided.", "Send `Authorization: Token KEY`."),
    404: ("not_found", "there is no job 4711", "Check the id and the path; /api/docs lists every path."),
    415: ("unsupported_media_type", 'Unsupported media type "text/plain" in request.', "Send application/json."),
    501: ("format_not_available", "Parquet files need DuckDB, which is not installed here", "Ask for format=csv or format=jsonl."),
    503: ("export_busy", "2 exports are under way already", "Wait for the seconds that the Retry-After header names, then ask again."),
    429: ("throttled", "Request was throttled.", "Wait for the seconds that the Retry-After header names, then go on."),
}
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


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """Responses for these statuses, each with the sentence that a caller would read."""
    return {status: _error(status) for status in statuses}


def _error(status: int) -> OpenApiResponse:
    code, message, hint = _MESSAGES[status]
    value = {"request_id": REQUEST_ID, "error": {"code": code, "message": message, "hint": hint}}
    shown = OpenApiExample(code, value=value, response_only=True, status_codes=[str(status)])
    return OpenApiResponse(response=ErrorSerializer, description=message, examples=[shown])
