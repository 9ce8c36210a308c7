"""Examples for the OpenAPI document. Errors have the shape that the whole API shares: the component `Error`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

_ERROR = {"$ref": "#/components/schemas/Error"}
_MESSAGES = {
    400: ("invalid", "reason: Ensure this field has no more than 500 characters.", "Correct the parameter named in the message."),
    401: ("not_authenticated", "Authentication credentials were not provided.", "Send `Authorization: Token KEY`."),
    403: ("permission_denied", "You do not have permission to perform this action.", "This needs a staff user's token or session."),
    404: ("not_found", "there is no such run", "Check the id and the path; /api/docs lists every path."),
    409: ("conflict", "a run that is done cannot be paused", "It can be retried."),
    415: ("unsupported_media_type", 'Unsupported media type "text/csv" in request.', "Send application/json."),
    429: ("throttled", "Request was throttled.", "Wait for the seconds that the Retry-After header names, then go on."),
}

RUN: dict[str, Any] = {
    "id": "5f0c4f5e-8d1b-4c55-9f5e-0d6d9a2b7c11",
    "trace_id": "5f0c4f5e8d1b4c559f5e0d6d9a2b7c11",
    "kind": "all",
    "state": "running",
    "message": "",
    "parameters": {"target": 50000, "queued": True},
    "controls": ["pause", "cancel", "retry"],
    "created_at": "2026-08-01T09:00:00Z",
    "started_at": "2026-08-01T09:00:01Z",
    "ended_at": None,
    "stages": [
        {
            "name": "fetch",
            "unit": "sources",
            "done": 800,
            "failed": 4,
            "total": 1600,
            "rate": 40.0,
            "eta_seconds": 19.9,
            "counts": {"new": 26000, "valid": 790, "empty": 10},
            "seconds": 20.0,
            "is_ended": False,
        }
    ],
}
RUN_DETAIL = {
    "request_id": "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55",
    **RUN,
    "events": [{"at": "2026-08-01T09:00:00Z", "state": "queued", "action": "", "by": "demo", "reason": ""}],
    "errors": [{"kind": "busy", "sources": 4, "waiting": 4, "example": "the server answered 503 Service Unavailable"}],
    "requests": [{"host": "boards-api.greenhouse.io:443", "sent": 812, "open": 5, "bytes": 193004112, "statuses": {"200": 790, "503": 17}}],
    "waits": ["boards-api.greenhouse.io:443 asked for a break: nothing is sent to it for 30 s, its boards wait"],
}


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """Responses for these statuses, each with the sentence that a caller would read."""
    return {status: _error(status) for status in statuses}


def _error(status: int) -> OpenApiResponse:
    code, message, hint = _MESSAGES[status]
    value = {"request_id": "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55", "error": {"code": code, "message": message, "hint": hint}}
    return OpenApiResponse(response=_ERROR, description=message, examples=[example(code, value, status)])
