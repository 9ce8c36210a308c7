"""Examples of job postings for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from catalog.api.examples import JOB, REQUEST_ID, SKILL_MENTION
from gtm_site.api.postings.rows import UNKNOWN_DETAIL, UNKNOWN_JOB

EXTRACTED: dict[str, Any] = JOB | {"id": 90210, "status": "extracted", "job_id": JOB["id"]}
_FETCHED = ("url", "state", "title", "location_text", "posted_at", "first_seen", "last_seen", "source_type", "source_key", "source_job_id")
FETCHED = UNKNOWN_JOB | {name: JOB[name] for name in _FETCHED} | {"id": 90211, "status": "fetched", "job_id": None, "company_name": "Acme"}
_ADDRESS = {
    "id": "0b9d3b0e-6f5a-5f0c-8a53-2f0d6a1c7e44",
    "status": "discovered",
    "job_id": None,
    "url": "https://boards.greenhouse.io/acme/jobs/4000124",
    "source_type": "greenhouse",
    "source_key": "acme",
    "source_job_id": "4000124",
    "first_seen": "2026-08-01T09:00:00Z",
}
DISCOVERED = UNKNOWN_JOB | _ADDRESS
BY_STATUS = {"extracted": EXTRACTED, "fetched": FETCHED, "discovered": DISCOVERED}
DISCOVERED_DETAIL = {"request_id": REQUEST_ID, **UNKNOWN_DETAIL, **_ADDRESS}
SKILLS = {"request_id": REQUEST_ID, "items": [SKILL_MENTION], "count": 1, "count_is_exact": True, "next": None}
