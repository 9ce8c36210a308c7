"""What a curator's corrections do to a posting's facts. Pure: no database.

A correction replaces one column; what is shown and searched beside it (evidence, first location, stated pay) follows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.facts import JobFacts

JOB_FIELDS = (
    "role_title", "seniority_level", "job_function", "remote_type", "employment_type", "location_city", "location_state",
    "location_country", "salary_min_usd", "salary_max_usd", "job_summary",
)  # fmt: skip
"""Fields of a job that can be corrected; its company is corrected at the company, its skills in the vocabulary."""

COMPANY_FIELDS = ("name", "domain")

_PLACE = "location_"
_PAY = "salary_"
CURATED: Mapping[str, Any] = {"source": "curator", "rule": "corrected by a curator", "tier": 0, "confidence": 1.0, "spans": []}
"""The evidence of a corrected field."""


def evidence_key(field: str) -> str:
    """The entry of `evidence` that stands behind a field."""
    if field.startswith(_PLACE):
        return "location"
    return "salary" if field.startswith(_PAY) else field


def corrected(item: JobFacts, values: Mapping[str, Any]) -> JobFacts:
    """The facts with these fields replaced."""
    return replace(item, **values, **corrected_details(item.evidence, item.locations, item.salary, values))


def corrected_details(
    evidence: Mapping[str, Any], locations: Sequence[Mapping[str, Any]], salary: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """`evidence`, `locations` and `salary` as they must be beside the corrected values."""
    place = {field.removeprefix(_PLACE): value for field, value in values.items() if field.startswith(_PLACE)}
    first = {**(locations[0] if locations else {"city": None, "state": None, "country": None, "region": None}), **place}
    return {
        "evidence": {**evidence, **{evidence_key(field): dict(CURATED) for field in values}},
        "locations": [first, *locations[1:]] if place else list(locations),
        "salary": None if any(field.startswith(_PAY) for field in values) else salary,
    }
