"""Pages of the catalogue: the list of jobs, and one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from catalog import formats, search_form
from catalog.choices import SearchSubject
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.pages.correcting import may_correct, report_href
from catalog.pages.fact_sheet import fact_sheet
from catalog.pages.fragments import wants_fragment
from catalog.pages.job_lines import job_lines
from catalog.pages.job_links import job_links
from catalog.pages.loosened import loosened
from catalog.pages.pager import page_or_first, pager
from catalog.pages.second_tries import read_beside, second_tries, why_resembling
from catalog.pages.sentence_pages import PAGE_PARAMETERS, sentence_line
from catalog.pages.typed_text import typed_text
from catalog.parameter_names import left_out
from catalog.search.backend import search_backend
from catalog.search.counts import Count
from catalog.search.facets import FacetValue, search_facets
from catalog.search.keyset import KeysetPage
from catalog.search.partial import PartialMatches, partial_matches
from catalog.search.remembered import search_count
from catalog.search_form import ActiveSearch

PAGE_SIZE = 25
_RESEMBLING = "Shown instead: jobs whose title or company looks like them."


@require_safe
@vary_on_headers("HX-Request")
def jobs(request: HttpRequest) -> HttpResponse:
    """The search: whole page, or for htmx filters and results alone. Every state of it is an address."""
    return render(request, "catalog/_browse.html" if wants_fragment(request) else "catalog/jobs.html", _browse(request.GET))


@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job: its facts, and the posting's text with the evidence marked."""
    found = get_object_or_404(Job.objects.select_related("content"), pk=job_id)
    context = {
        "section": "jobs",
        "job": found,
        "sheet": fact_sheet(found, found.content, found.job_skills.select_related("skill").order_by("-mentions", "skill__name")),
        "moments": _moments(found, timezone.now()),
        "confidence_percent": round(100 * found.confidence),
        "company_href": reverse("catalog:company", args=[found.company_id]),
        "links": job_links(found),
        "may_correct": may_correct(request.user),
        "report_href": report_href(request, found),
        **_way_back(request),
    }
    return render(request, "catalog/job.html", context)


def _browse(asked: QueryDict) -> dict[str, Any]:
    """Everything the search page shows. Parameters that cannot be understood are left out, and said so."""
    found, valid, problems = JobFilter.understood(asked)
    search = search_form.active_search(found, valid)
    page, problem = page_or_first(search.url, lambda cursor: search_backend().page(found.search, limit=PAGE_SIZE, cursor=cursor))
    wanted = [*search.values("skill"), *search.values("skill_any")]
    lines = job_lines(page.ids, wanted=wanted, now=timezone.now())
    problems += left_out(asked, [*JobFilter.base_filters, *PAGE_PARAMETERS])
    problems += [text for text in (problem, why_resembling(page.search, _RESEMBLING, is_found=bool(lines))) if text]
    count = search_count(page.search)
    return {
        "section": "jobs",
        "problems": problems,
        "ranked_among": page.ranked_of(count),
        "ranked_first": page.ranked_first,
        "as_of": page.as_of,
        "lines": lines,
        "loosened": [] if lines or found.refuses_text else loosened(search, _counted),
        "catalogue_is_empty": not lines and not Job.objects.exists(),
        **typed_text(found, search, asked),
        **pager(KeysetPage(rows=lines, next=page.next), count, search.url, PAGE_SIZE, is_first=bool(problem)),
        **_filters(search, search_facets(page.search)),
        **_lacking_a_word(search, None if page.next or search.url.get("cursor") else partial_matches(found.search, page.ids), wanted),
        **_read_otherwise(search, asked, is_answered=bool(lines) and not page.search.resembling),
    }


def _counted(asked: QueryDict) -> Count:
    return search_count(JobFilter.understood(asked)[0].search)


def _filters(search: ActiveSearch, facets: Mapping[str, Sequence[FacetValue]]) -> dict[str, Any]:
    """What the form shows."""
    return {
        "only_open": not search.values("state"),
        "skills": search.values("skill"),
        "chips": search.chips(),
        "hidden": search.hidden(),
        "clear_href": search.url.only(["q", "sort"]),
        "groups": search_form.choice_groups(search, facets),
        "skill_group": search_form.facet_group(search, "skill", facets["skill"]),
        "company_group": search_form.facet_group(search, "company", facets["company"]),
        "state_group": search_form.state_group(search),
        "posted_group": search_form.posted_group(search),
        "sort_options": search_form.sort_options(search),
        "min_comp": search.url.get("min_comp"),
    }


def _lacking_a_word(search: ActiveSearch, partial: PartialMatches | None, wanted: Sequence[str]) -> dict[str, Any]:
    """Jobs that come below those with all words, where these are few."""
    if partial is None:
        return {}
    lines = job_lines(partial.ids, wanted=wanted, now=timezone.now())
    return {"partial_lines": lines, "partial_href": search.url.instead("q", partial.text) if partial.text else ""}


def _read_otherwise(search: ActiveSearch, asked: QueryDict, *, is_answered: bool) -> dict[str, Any]:
    """The sentence that the search was made of, and what the text may have meant instead."""
    read = sentence_line(asked, SearchSubject.JOBS)
    if is_answered:
        return {"read": read, "reading_beside": read_beside(search, SearchSubject.JOBS, is_read=bool(read))}
    return {"read": read, **second_tries(search, is_read=bool(read))}


def _moments(found: Job, now: datetime) -> Sequence[dict[str, Any]]:
    named = [("Posted", found.posted_at), ("First seen", found.first_seen_at), ("Last seen", found.last_seen_at)]
    return [{"label": label, "at": at, "exact": formats.utc(at), "age": formats.ago(at, now)} for label, at in named if at]


def _way_back(request: HttpRequest) -> dict[str, str]:
    """Back to the search that the reader came from, when it was one of ours."""
    home, came_from = reverse("catalog:jobs"), request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    parts = urlsplit(came_from if ours else "")
    if parts.path == home and parts.query:
        return {"back_href": f"{home}?{parts.query}", "back_label": "Back to the results"}
    return {"back_href": home, "back_label": "All jobs"}
