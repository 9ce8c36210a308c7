"""Atom feeds of saved searches: what came into them, for whoever has the feed's secret address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from catalog.choices import SearchSubject
from catalog.companies.company_filters import CompanyFilter, CompanySort
from catalog.companies.company_list import CompanyRow, company_list
from catalog.filters import JobFilter
from catalog.job_rows import JobRow, job_rows, row_columns
from catalog.models import Job, SavedSearch
from catalog.saved.saved_state import PAGES, search_understood

MOST_ENTRIES = 50
# A reader that asks once in this time misses nothing, unless more than MOST_ENTRIES came.
REACH = timedelta(days=14)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `key` tells a feed reader which it has shown already."""

    key: str
    title: str
    href: str
    summary: str
    at: datetime


class EntryFeed(Feed):  # type: ignore[type-arg]  # takes no parameters at run time
    """A feed whose items are entries."""

    feed_type = Atom1Feed
    author_name = "GTM Engine"  # RFC 4287 asks for one, of the feed or of each entry

    def item_title(self, item: Entry) -> str:
        return _in_xml(item.title)

    def item_description(self, item: Entry) -> str:
        return escape(_in_xml(item.summary))  # a summary is HTML to feed readers

    def item_link(self, item: Entry) -> str:
        return item.href

    def item_guid(self, item: Entry) -> str:
        return f"urn:gtm-engine:{item.key}"

    def item_pubdate(self, item: Entry) -> datetime:
        return item.at

    def item_updateddate(self, item: Entry) -> datetime:
        return item.at


class SavedSearchFeed(EntryFeed):
    """The newest jobs or companies of a saved search; nothing where its filters are not understood any more."""

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().__call__(request, *args, **kwargs)
        answer["Cache-Control"] = "private, no-cache"  # a renewed address ends the old one everywhere
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def get_object(self, request: HttpRequest, token: str) -> SavedSearch:
        return get_object_or_404(SavedSearch, feed_token=token, user__is_active=True)

    def title(self, search: SavedSearch) -> str:
        return _in_xml(f"{search.name} · GTM Engine")

    def link(self, search: SavedSearch) -> str:
        return f"{reverse(PAGES[search.subject])}?{search.query}"

    def feed_guid(self, search: SavedSearch) -> str:
        return f"urn:gtm-engine:saved-search:{search.pk}"

    def items(self, search: SavedSearch) -> Sequence[Entry]:
        found, problems = search_understood(search.subject, QueryDict(search.query))
        if problems or found.answered.resembling:  # a page may offer what looks alike; nobody is called for it
            return []
        return _companies(found) if isinstance(found, CompanyFilter) else _jobs(found)


def _in_xml(text: str) -> str:
    """Boards and users write control characters that XML cannot hold; one of them would end the whole feed."""
    return _NOT_IN_XML.sub(" ", text)


def _jobs(found: JobFilter) -> list[Entry]:
    """By when they came into the catalogue, as a saved search counts what is new."""
    now = timezone.now()
    newest = found.qs.filter(published_at__gte=now - REACH).order_by("-published_at", "-id")
    came = dict(newest.values_list("pk", "published_at")[:MOST_ENTRIES])
    jobs = row_columns(Job.objects.all()).in_the_order_of(list(came))
    return [_job(job.pk, row, came[job.pk]) for job, row in zip(jobs, job_rows(jobs, wanted=(), now=now), strict=True)]


def _job(pk: int, row: JobRow, at: datetime) -> Entry:
    skills = ", ".join(skill.name for skill in row.skills)
    summary = " · ".join(filter(None, (row.place, row.workplace, row.pay, skills)))
    return Entry(f"job:{pk}", f"{row.title} · {row.company}", row.href, summary, at)


def _companies(found: CompanyFilter) -> list[Entry]:
    """Each once, with one of its jobs; one that comes again with another job is a new entry."""
    listed = company_list(found.qs, sort=CompanySort.NEWEST, limit=MOST_ENTRIES, cursor=None, question=found.question)
    came = dict(Job.objects.filter(pk__in=[row.evidence_id for row in listed.rows]).values_list("pk", "published_at"))
    return [_company(row, came.get(row.evidence_id) or row.newest_at) for row in listed.rows]


def _company(row: CompanyRow, at: datetime) -> Entry:
    return Entry(f"{SearchSubject.COMPANIES}:{row.pk}:{row.evidence_id}", row.name, row.href, row.evidence_title, at)
