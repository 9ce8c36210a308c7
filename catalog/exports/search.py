"""Which jobs an export of a search holds, and in which order."""

from __future__ import annotations

from catalog.filters import JobFilter, Sort
from catalog.querysets import JobQuerySet


def exported_jobs(found: JobFilter) -> JobQuerySet:
    """All jobs of a valid search: the best paid first when it asks for that, else the newest first.

    By relevance there is no export: ranking all matches would take longer than a request may, and tells little of the tail.
    """
    jobs: JobQuerySet = found.qs
    return jobs if found.form.cleaned_data.get("sort") in (Sort.SALARY, Sort.NEWEST) else jobs.newest_first()
