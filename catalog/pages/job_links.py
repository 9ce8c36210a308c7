"""Where one job leads: searches for others that share a fact with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import Job
from catalog.place_names import place_name

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobLink:
    """A search, by what its jobs have in common with this one."""

    label: str
    href: str


def job_links(job: Job) -> list[JobLink]:
    """Same company, seniority, function and place, as far as they are known, and all but the company together."""
    shared = list(_shared(job))
    links = [_link(f"Jobs at {job.company_name}", {"company": str(job.company_id)})]
    links += [_link(label, {name: value}) for label, name, value in shared]
    if len(shared) > 1:
        links.append(_link("All of these together", {name: value for _, name, value in shared}))
    return links


def _shared(job: Job) -> Iterator[tuple[str, str, str]]:
    """(label, filter, value)."""
    if job.seniority_level != _UNKNOWN:
        yield f"{job.get_seniority_level_display()} jobs", "seniority", job.seniority_level
    if job.job_function != _UNKNOWN:
        yield f"{job.get_job_function_display()} jobs", "function", job.job_function
    if place := place_name(job.location_city, job.location_state, job.location_country):
        yield f"Jobs in {place}", "location", place


def _link(label: str, filters: dict[str, str]) -> JobLink:
    return JobLink(label, f"{reverse('catalog:jobs')}?{urlencode(filters)}")
