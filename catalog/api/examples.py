"""Examples for the OpenAPI document: one job of a company that there is not."""

from __future__ import annotations

from typing import Any

REQUEST_ID = "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55"
_TEXT = "Acme sells software to restaurants. You will run outbound campaigns in Salesforce."
_HIGHLIGHT = {"label": "tool", "text": "Salesforce", "start_char": 71, "end_char": 81}

JOB: dict[str, Any] = {
    "id": 4711,
    "url": "https://boards.greenhouse.io/acme/jobs/4000123",
    "state": "open",
    "title": "Senior Account Executive (Mid-Market)",
    "location_text": "New York, NY",
    "company_id": 17,
    "is_prospect": False,
    "language": "en",
    "posted_at": "2026-07-30T14:00:00Z",
    "first_seen": "2026-08-01T09:00:00Z",
    "last_seen": "2026-08-03T09:00:00Z",
    "missing_since": None,
    "closed_at": None,
    "updated_at": "2026-08-01T09:00:03.120394Z",
    "source_type": "greenhouse",
    "source_key": "acme",
    "source_job_id": "4000123",
    "company_name": "Acme",
    "company_domain": "acme.example",
    "role_title": "Account Executive",
    "seniority_level": "senior",
    "job_function": "sales",
    "location_city": "New York",
    "location_state": "NY",
    "location_country": "US",
    "remote_type": "hybrid",
    "employment_type": "full_time",
    "salary_min_usd": 140000,
    "salary_max_usd": 180000,
    "salary": {"min": 140000, "max": 180000, "currency": "USD", "period": "year", "ote": False},
    "job_summary": "Sells software to restaurants.",
    "key_functions_hired_for": ["outbound campaigns"],
    "skills_raw": ["outbound"],
    "tools_raw": ["Salesforce"],
    "highlights": [_HIGHLIGHT],
    "confidence": 0.91,
    "needs_tier2": False,
    "tier": 0,
    "skills": ["Salesforce"],
}
SKILL_MENTION = {
    "skill": "Salesforce",
    "kind": "tool",
    "category": "crm",
    "surface": "Salesforce",
    "section": "responsibilities",
    "start": 71,
    "end": 81,
    "mentions": 1,
}
JOB_DETAIL = {
    "request_id": REQUEST_ID,
    **JOB,
    "text": _TEXT,
    "evidence": {"role_title": {"source": "title", "rule": "title", "tier": 0, "confidence": 0.95, "spans": []}},
    "locations": [{"city": "New York", "state": "NY", "country": "US", "region": None}],
    "notes": [],
    "skill_mentions": [SKILL_MENTION],
}
SUGGESTIONS = {
    "request_id": REQUEST_ID,
    "items": [{"id": 12, "name": "Salesforce", "kind": "tool", "category": "crm", "matched": "SFDC"}],
}
COMPANY_SUGGESTIONS = {
    "request_id": REQUEST_ID,
    "items": [{"id": 17, "name": "Acme", "domain": "acme.example", "job_count": 42}],
}
PLACE_SUGGESTIONS = {
    "request_id": REQUEST_ID,
    "items": [{"name": "New York, NY", "kind": "city", "matched": "NYC", "job_count": 1204}],
}
NEW_SAVED_SEARCH = {"name": "Started with Snowflake", "subject": "companies", "query": "skill=Snowflake&started_within_days=30"}
SAVED_SEARCH = {
    "id": 3,
    **NEW_SAVED_SEARCH,
    "url": "https://gtm.example/companies?skill=Snowflake&started_within_days=30",
    "created_at": "2026-08-01T09:00:00Z",
    "looked_at": "2026-08-02T09:00:00Z",
    "new_until": "2026-08-03T09:00:00Z",
    "new_count": 4,
    "new_count_is_exact": True,
    "problems": [],
}
SAVED_SEARCH_DETAIL = {"request_id": REQUEST_ID, **SAVED_SEARCH}
UNDERSTANDING = {
    "request_id": REQUEST_ID,
    "sentence": "senior data people in NYC over 200k using Snowflake, 5+ years",
    "reader": "rules",
    "parameters": {"seniority": ["senior"], "location": ["NYC"], "min_comp": ["200000"], "skill": ["Snowflake"], "function": ["data"]},
    "query": "seniority=senior&location=NYC&min_comp=200000&skill=Snowflake&function=data",
    "subject": "jobs",
    "url": "https://gtm.example/?seniority=senior&location=NYC&min_comp=200000&skill=Snowflake&function=data",
    "understood": [
        {"words": "senior", "parameter": "seniority", "value": "senior", "note": ""},
        {"words": "NYC", "parameter": "location", "value": "NYC", "note": ""},
        {"words": "over 200k", "parameter": "min_comp", "value": "200000", "note": ""},
        {"words": "Snowflake", "parameter": "skill", "value": "Snowflake", "note": ""},
        {"words": "data people", "parameter": "function", "value": "data", "note": ""},
    ],
    "unused": [{"words": "5+ years", "reason": "there is no filter for years of experience"}],
}
