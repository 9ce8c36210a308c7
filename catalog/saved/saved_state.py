"""What a saved search shows now: whether its filters are still understood, and how much is new in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from catalog import formats
from catalog.changes import settled_until
from catalog.choices import SearchSubject
from catalog.companies.company_filters import CompanyFilter
from catalog.filters import JobFilter
from catalog.models import Company, Job, SavedSearch
from catalog.querysets import JobQuerySet
from catalog.search.counts import Count, capped_count
from catalog.search_form import ActiveSearch, active_search

MOST_NEW = 1_000
PAGES: Mapping[str, str] = {SearchSubject.JOBS: "catalog:jobs", SearchSubject.COMPANIES: "catalog:companies"}
_FILTERS: Mapping[str, type[JobFilter]] = {SearchSubject.JOBS: JobFilter, SearchSubject.COMPANIES: CompanyFilter}


@dataclass(frozen=True, slots=True)
class SavedState:
    """A saved search as it is now.

    `new`: jobs, or companies with jobs, that came into the catalogue since the user's last look; none is missed, whenever it was
    seen or its transaction committed. `until`: whoever has seen these has looked until then. `parts`: (label, value) of what it
    asks for. `problems`: what of it is no longer understood; there is then neither a count nor parts.
    """

    search: SavedSearch
    url: str
    new_url: str
    new: Count | None
    until: datetime
    parts: Sequence[tuple[str, str]] = ()
    problems: Sequence[str] = ()


def searches_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[SavedSearch]:
    """The user's own searches, the newest first."""
    return SavedSearch.objects.filter(user_id=user.pk or 0).order_by("-created_at", "-id")


def saved_state(search: SavedSearch) -> SavedState:
    """A few queries; what is new is counted up to MOST_NEW."""
    until = settled_until()
    query = QueryDict(search.query, mutable=True)
    found, problems = search_understood(search.subject, query)
    url = _address(search.subject, query)
    new = None if problems else _count(search.subject, found.qs.filter(published_at__gte=search.looked_at))
    parts = [] if problems else search_parts(active_search(found, query, reverse(PAGES[search.subject])))
    query["published_after"] = formats.iso_utc(search.looked_at)
    return SavedState(search, url, _address(search.subject, query), new, until, parts, problems)


def search_parts(search: ActiveSearch) -> list[tuple[str, str]]:
    """What a search asks for, as (label, value)."""
    words = [("Words", text)] if (text := search.url.get("q")) else []
    order = [("Sort", text.capitalize())] if (text := search.url.get("sort")) else []
    return [*words, *((chip.label, chip.value) for chip in search.chips()), *order]


def search_understood(subject: str, query: QueryDict) -> tuple[JobFilter, list[str]]:
    """The filters of a search, and what of it they do not understand."""
    filters = _FILTERS[subject]
    found = filters(data=query, queryset=Job.objects.all())
    problems = [f"There is no filter “{name}”." for name in query if name not in filters.base_filters]
    if not found.is_valid():
        problems += [f"“{name}”: {text}" for name, errors in found.form.errors.items() for text in errors]
    return found, problems


def _count(subject: str, jobs: JobQuerySet) -> Count:
    if subject == SearchSubject.JOBS:
        return capped_count(jobs, MOST_NEW)
    return capped_count(Company.objects.filter(pk__in=jobs.order_by().values("company")), MOST_NEW)


def _address(subject: str, query: QueryDict) -> str:
    parameters = urlencode(dict(query.lists()), doseq=True)
    return reverse(PAGES[subject]) + (f"?{parameters}" if parameters else "")
