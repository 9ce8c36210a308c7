"""Examples for the OpenAPI document."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

EXTRACTION = OpenApiExample(
    "by the rules",
    value={
        "request_id": "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55",
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
