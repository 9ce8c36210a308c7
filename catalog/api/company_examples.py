"""Examples for the OpenAPI document: a company that there is not, and a skill."""

from __future__ import annotations

from typing import Any

from catalog.api.examples import REQUEST_ID

COMPANY: dict[str, Any] = {
    "id": 17,
    "name": "Acme",
    "domain": "acme.example",
    "jobs": 2,
    "first_seen": "2026-08-01T09:00:00Z",
    "newest": "2026-08-02T14:00:00Z",
    "newest_posted_at": "2026-08-02T14:00:00Z",
    "evidence_job_id": 4711,
    "evidence_title": "Data Engineer",
    "start": "likely",
    "read_since": "2026-08-01T09:00:00Z",
}
COMPANY_DETAIL: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "id": 17,
    "name": "Acme",
    "domain": "acme.example",
    "read_since": "2026-06-01T09:00:00Z",
    "open_jobs": 12,
    "is_cut": False,
    "signals": [
        {
            "reason": "started_skill",
            "start": "certain",
            "headline": "Started hiring for Snowflake",
            "at": "2026-08-01T09:00:00Z",
            "job_id": 4711,
            "job_title": "Data Engineer",
            "skill": "Snowflake",
            "quote": "You know Snowflake and dbt.",
        }
    ],
    "stack": [
        {
            "skill_id": 31,
            "skill": "Snowflake",
            "kind": "tool",
            "category": "data",
            "first_seen": "2026-08-01T09:00:00Z",
            "last_seen": None,
            "open_jobs": 2,
            "jobs": 2,
        }
    ],
}
SKILL: dict[str, Any] = {"id": 31, "name": "Snowflake", "kind": "tool", "category": "data", "domain": "snowflake.com", "job_count": 1204}
SKILL_DETAIL: dict[str, Any] = {
    "request_id": REQUEST_ID,
    **SKILL,
    "is_active": True,
    "aliases": ["Snowflake DB"],
    "open_jobs": 2,
    "open_jobs_is_exact": True,
    "trend": [{"ends_at": "2026-08-03T09:00:00Z", "jobs": 2}],
    "companies": [{"value": "17", "label": "Acme", "jobs": 2}],
    "skills": [{"value": "dbt", "label": "dbt", "jobs": 1}],
    "functions": [{"value": "data", "label": "Data", "jobs": 2}],
    "seniority": [{"value": "senior", "label": "Senior", "jobs": 2}],
}
