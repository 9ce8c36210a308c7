"""What the catalogue takes in: one published posting as a plain value. No Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


# Not frozen: a posting has a score of them, and to make a frozen one takes twice the time. Nobody changes them all the same.
@dataclass(slots=True, unsafe_hash=True)
class SkillMention:
    """A skill of the vocabulary seen in a posting: canonical name, how it was written, and where.

    `start`/`end` count in the job's cleaned text; both are None when it was seen only in the title.
    """

    skill: str
    surface: str
    section: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class JobFacts:
    """One posting's facts as `extraction.publish` hands them over (names of spec E1).

    `publication` grows with every publication of a posting: content that comes back brings its old extraction back.
    `text` is the cleaned text that all offsets refer to; `highlights` are `{label, text, start_char, end_char}`;
    `evidence` maps a field's name to `{source, rule, tier, confidence, spans: [{quote, pointer, start, end}]}`;
    `salary` is `{min, max, currency, period, ote}` as stated; `locations` are `{city, state, country, region}`.
    """

    posting_id: int
    extraction_id: int
    publication: int
    source_type: str
    source_key: str
    source_job_id: str
    url: str
    title: str
    role_title: str
    company_name: str
    company_domain: str | None
    seniority_level: str
    job_function: str
    location_text: str
    location_city: str | None
    location_state: str | None
    location_country: str | None
    locations: Sequence[Mapping[str, Any]]
    remote_type: str
    employment_type: str
    salary_min_usd: int | None
    salary_max_usd: int | None
    salary: Mapping[str, Any] | None
    job_summary: str
    key_functions_hired_for: Sequence[str]
    skills_raw: Sequence[str]
    tools_raw: Sequence[str]
    text: str
    highlights: Sequence[Mapping[str, Any]]
    evidence: Mapping[str, Any]
    confidence: float
    needs_tier2: bool
    tier: int
    provider: str
    language: str | None
    is_prospect: bool
    posted_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None
    closed_at: datetime | None
    reopened_count: int = 0
    notes: Sequence[str] = ()
    skills: Sequence[SkillMention] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What changes about a job without a new extraction: it was seen, went missing, closed or came back."""

    posting_id: int
    last_seen_at: datetime
    missing_since: datetime | None
    closed_at: datetime | None
    reopened_count: int
