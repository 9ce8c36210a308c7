"""How many published jobs state each field."""

from __future__ import annotations

from django.db.models import Count, Q

from catalog.models import Job

_UNKNOWN = "unknown"
_CLOSED = ("seniority_level", "job_function", "remote_type", "employment_type")
_TEXTS = ("company_name", "role_title")
_NULLABLE = ("company_domain", "location_city", "location_state", "location_country", "salary_min_usd", "salary_max_usd")


def catalog_fill_rates() -> dict[str, float]:
    """Field -> share (0..1) of published jobs that state it: not null, not empty, not `unknown`. Empty without jobs. One query."""
    filled = {name: Count("pk", filter=~Q(**{name: _UNKNOWN})) for name in _CLOSED}
    filled |= {name: Count("pk", filter=~Q(**{name: ""})) for name in _TEXTS}
    filled |= {name: Count("pk", filter=Q(**{f"{name}__isnull": False})) for name in _NULLABLE}
    filled["skills"] = Count("pk", filter=~Q(skill_ids=[]))
    counts = Job.objects.aggregate(jobs=Count("pk"), **filled)
    jobs = counts.pop("jobs")
    return {name: count / jobs for name, count in counts.items()} if jobs else {}
