"""Examples for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

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
