"""Facts to test with: small, plausible, every field set, any of them replaceable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.facts import JobFacts, JobStatus, SkillMention

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
TEXT = "We sell software to restaurants. You will run outbound campaigns in Salesforce and report pipeline to the VP of Sales."


def mention(skill: str, text: str = TEXT) -> SkillMention:
    """The skill where the text names it, else as seen in the title."""
    start = text.find(skill)
    found = start >= 0
    return SkillMention(
        skill=skill, surface=skill, section="requirements", start=start if found else None, end=start + len(skill) if found else None
    )


def place(city: str | None, state: str | None, country: str | None, region: str | None = None) -> dict[str, str | None]:
    return {"city": city, "state": state, "country": country, "region": region}


def job_facts(posting_id: int = 1, **changes: Any) -> JobFacts:
    """Facts of one open job, posted `posting_id` minutes before NOW."""
    values: dict[str, Any] = {
        "posting_id": posting_id,
        "extraction_id": 1,
        "publication": changes.get("extraction_id", 1),
        "source_type": "greenhouse",
        "source_key": "acme",
        "source_job_id": str(posting_id),
        "url": f"https://acme.example/jobs/{posting_id}",
        "title": "Account Executive",
        "role_title": "Account Executive",
        "company_name": "Acme",
        "company_domain": "acme.example",
        "seniority_level": "mid",
        "job_function": "sales",
        "location_text": "New York, NY",
        "location_city": "New York",
        "location_state": "NY",
        "location_country": "US",
        "locations": [place("New York", "NY", "US")],
        "remote_type": "hybrid",
        "employment_type": "full_time",
        "salary_min_usd": 100_000,
        "salary_max_usd": 140_000,
        "salary": {"min": 100_000, "max": 140_000, "currency": "USD", "period": "year", "ote": False},
        "job_summary": "Sells software to restaurants.",
        "key_functions_hired_for": ["outbound campaigns"],
        "skills_raw": ["outbound"],
        "tools_raw": ["Salesforce"],
        "text": TEXT,
        "highlights": [
            {"label": "tool", "text": "Salesforce", "start_char": TEXT.find("Salesforce"), "end_char": TEXT.find("Salesforce") + 10}
        ],
        "evidence": {"role_title": {"source": "title", "rule": "title", "tier": 0, "confidence": 0.9, "spans": []}},
        "confidence": 0.8,
        "needs_tier2": False,
        "tier": 0,
        "provider": "rules",
        "language": "en",
        "is_prospect": False,
        "posted_at": NOW - timedelta(minutes=posting_id),
        "first_seen_at": NOW - timedelta(minutes=posting_id),
        "last_seen_at": NOW,
        "missing_since": None,
        "closed_at": None,
    }
    return JobFacts(**(values | changes))


def status(posting_id: int = 1, **changes: Any) -> JobStatus:
    """The posting is open, and was seen a minute after NOW."""
    values: dict[str, Any] = {"last_seen_at": NOW + timedelta(minutes=1), "missing_since": None, "closed_at": None, "reopened_count": 0}
    return JobStatus(posting_id=posting_id, **(values | changes))
