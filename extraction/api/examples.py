"""Examples for the OpenAPI document. Errors have the shape that the whole API shares: the component `Error`."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

_ERROR = {"$ref": "#/components/schemas/Error"}
_REQUEST_ID = "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55"
_MESSAGES = {
    400: ("invalid", "format: no such parameter; there are none", "Correct the parameter named in the message."),
    401: ("not_authenticated", "Authentication credentials were not provided.", "Send `Authorization: Token KEY`."),
    404: ("not_found", "job posting 90211 is not extracted yet", "It waits for extraction: ask again later."),
    429: ("throttled", "Request was throttled.", "Wait for the seconds that the Retry-After header names, then go on."),
}
EXTRACTION = OpenApiExample(
    "by the rules",
    value={
        "request_id": _REQUEST_ID,
        "id": 123456,
        "content_hash": "9f2c7d1e5b8a4c3f9f2c7d1e5b8a4c3f",
        "schema_version": "job_extracted_v1",
        "provider": "rules",
        "model": "",
        "prompt_version": "rules-12",
        "tier": 0,
        "confidence": 0.91,
        "needs_tier2": False,
        "record": {"role_title": "Account Executive", "seniority_level": "senior", "company_name": "Acme", "skills_raw": ["outbound"]},
        "details": {"salary": None, "locations": [{"city": "New York", "state": "NY", "country": "US", "region": None}], "language": "en"},
        "evidence": {"role_title": {"source": "title", "rule": "title", "tier": 0, "confidence": 0.95, "spans": []}},
        "tokens_in": 0,
        "tokens_out": 0,
        "run_id": None,
        "created_at": "2026-08-01T09:00:02Z",
        "job_posting_id": 90210,
        "cost_usd": 0.0,
        "is_current": True,
        "published_at": "2026-08-01T09:00:03Z",
    },
    response_only=True,
    status_codes=["200"],
)


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """Responses for these statuses, each with the sentence that a caller would read."""
    return {status: _error(status) for status in statuses}


def _error(status: int) -> OpenApiResponse:
    code, message, hint = _MESSAGES[status]
    value = {"request_id": _REQUEST_ID, "error": {"code": code, "message": message, "hint": hint}}
    example = OpenApiExample(code, value=value, response_only=True, status_codes=[str(status)])
    return OpenApiResponse(response=_ERROR, description=message, examples=[example])
