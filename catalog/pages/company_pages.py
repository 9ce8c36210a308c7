"""Pages of companies: the list and one company."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from catalog import search_form
from catalog.choices import JobState, SearchSubject, SkillKind
from catalog.companies.company_csv import company_csv
from catalog.companies.company_filters import CompanyFilter, CompanySort, companies_unknown
from catalog.companies.company_list import MOST_JOBS, CompanyList, company_count, company_list
from catalog.companies.company_profile import openings_chart, places, seniority_mix
from catalog.companies.company_sheet import company_sheet
from catalog.companies.hiring_signals import SIGNAL_NAMES, Reason
from catalog.companies.hiring_starts import Start
from catalog.companies.signal_quotes import postings_with_signals
from catalog.job_rows import job_rows, row_columns
from catalog.models import Company, Job, Skill
from catalog.pages.compare_pages import MOST_COMPARED, compare_href
from catalog.pages.fragments import wants_fragment
from catalog.pages.list_csv import csv_file, csv_most_rows, csv_refused
from catalog.pages.loosened import loosened
from catalog.pages.pager import page_or_first, pager, rows_page
from catalog.pages.second_tries import read_beside, why_resembling
from catalog.pages.sentence_pages import PAGE_PARAMETERS, sentence_line
from catalog.pages.typed_text import typed_text
from catalog.parameter_names import left_out
from catalog.search.counts import Count, capped_count
from catalog.search.facets import search_facets
from catalog.search_url import PAGING, SearchUrl

PAGE_SIZE = 25
JOBS_SHOWN = 15
POPULAR = 6
_FACETS = ("function", "seniority", "country", "skill")
_CONTROLS = frozenset({"q", "sort", "min_open_jobs", "started_within_days", "first_seen_within_days", *_FACETS})
_NEEDS_SKILL = "“Started hiring within” needs a skill: name one under Skill or tool."
_RESEMBLING = "Shown instead: companies whose name or job titles look like them."
_CUT = f"More jobs match than can be looked at: companies and their order are of the newest {MOST_JOBS:,}. A filter shortens the list."


@require_safe
@vary_on_headers("HX-Request")
def companies(request: HttpRequest) -> HttpResponse:
    """Companies by their jobs: whole page, or for htmx filters and results alone. Every state of it is an address."""
    return render(request, "catalog/_companies.html" if wants_fragment(request) else "catalog/companies.html", _browse(request.GET))


@require_safe
def companies_csv(request: HttpRequest) -> HttpResponseBase:
    """The first companies of the same list as a file."""
    found, _, problems = CompanyFilter.understood(request.GET)
    if refused := csv_refused(request, problems, [*CompanyFilter.base_filters, *PAGE_PARAMETERS], "companies"):
        return refused
    listed = _listed(found, cursor=None, limit=csv_most_rows(request))
    return csv_file(company_csv(listed.rows, found.skill_ids, request.build_absolute_uri), "companies")


@require_safe
def company(request: HttpRequest, company_id: int) -> HttpResponse:
    """One company: what its jobs tell, and its open jobs."""
    found = get_object_or_404(Company, pk=company_id)
    jobs = Job.objects.filter(company=found, state=JobState.OPEN).newest_first()
    url = SearchUrl({name: request.GET.getlist(name) for name in PAGING if name in request.GET}, request.path)
    page, problem = rows_page(row_columns(jobs), url, JOBS_SHOWN)
    count = capped_count(jobs)
    context = {
        "section": "companies",
        "company": found,
        "problem": problem,
        "rows": job_rows(page.rows, wanted=(), now=timezone.now()),
        **_profile(found, timezone.now()),
        "all_href": f"{reverse('catalog:jobs')}?{urlencode({'company': found.pk})}",
        **pager(page, count, url, JOBS_SHOWN, is_first=bool(problem)),
    }
    return render(request, "catalog/company.html", context)


def _browse(asked: QueryDict) -> dict[str, Any]:
    found, valid, problems = CompanyFilter.understood(asked)
    search = search_form.active_search(found, valid, reverse("catalog:companies"))
    listed, problem = page_or_first(search.url, lambda cursor: _listed(found, cursor=cursor, limit=PAGE_SIZE))
    resembling = why_resembling(found.answered, _RESEMBLING, is_found=bool(listed.rows))
    problems += left_out(asked, [*CompanyFilter.base_filters, *PAGE_PARAMETERS])
    problems += [text for text in (_NEEDS_SKILL if found.lacks_skill else "", problem, resembling, _CUT if listed.is_cut else "") if text]
    facets = search_facets(found.answered, _FACETS, found.backend)
    read = sentence_line(asked, SearchSubject.COMPANIES)
    return {
        "section": "companies",
        **typed_text(found, search, asked),
        "read": read,
        "reading_beside": read_beside(search, SearchSubject.COMPANIES, is_read=bool(read)),
        "problems": problems,
        "rows": listed.rows,
        "chips": search.chips(),
        "hidden": search.hidden(_CONTROLS),
        "clear_href": search.url.only(["q", "sort"]),
        "groups": search_form.choice_groups(search, facets),
        "skill_group": search_form.facet_group(search, "skill", facets["skill"]),
        "started_group": search_form.within_group(search, "started_within_days", "Started hiring"),
        "seen_group": search_form.within_group(search, "first_seen_within_days", "First seen"),
        "sort_options": _sort_options(search.url.get("sort")),
        "asks_for_starts": found.question is not None,
        "unknown": companies_unknown(found),
        "kinds": found.question.kinds if found.question else (),
        "certain_href": search.url.instead("started_as", Start.CERTAIN),
        "unknown_href": search.url.instead("started_as", Start.UNKNOWN),
        "skills": search.values("skill"),
        "uses_href": _uses_href(search),
        "compare_href": compare_href([row.pk for row in listed.rows] if 1 < listed.count.value <= MOST_COMPARED else []),
        "min_open_jobs": search.url.get("min_open_jobs"),
        "asks_for_company": any(search.values(name) for name in ("uses", "min_open_jobs")),
        "popular": [] if search.values("skill") else _popular_tools(),
        "days": search.url.get("started_within_days"),
        "csv_href": reverse("catalog:companies_csv") + search.url.first_page().removeprefix(reverse("catalog:companies")),
        **pager(listed, listed.count, search.url, PAGE_SIZE, is_first=bool(problem)),
        "catalogue_is_empty": not listed.rows and not Job.objects.exists(),
        "loosened": [] if listed.rows or found.refuses_text else loosened(search, _counted),
    }


def _uses_href(search: search_form.ActiveSearch) -> str:
    """Where one job has to name several skills: the companies whose jobs name them together."""
    skills = search.values("skill")
    if len(skills) < 2 or search.values("started_within_days"):
        return ""
    others = {name: values for name, values in search.url.at_first_page().parameters.items() if name != "skill"}
    uses = list(dict.fromkeys([*search.values("uses"), *skills]))
    return SearchUrl({**others, "uses": uses}, search.url.path).first_page()


def _counted(asked: QueryDict) -> Count | None:
    """None where the question who started would be left without its skill: that list answers something else."""
    found = CompanyFilter.understood(asked)[0]
    return None if found.lacks_skill else company_count(found.backend.jobs(found.search))


def _popular_tools() -> QuerySet[Skill]:
    return Skill.objects.active().filter(kind=SkillKind.TOOL, job_count__gt=0).order_by("-job_count", "id")[:POPULAR]


def _profile(found: Company, now: datetime) -> dict[str, Any]:
    sheet = company_sheet(found.pk, now)
    return {
        "history": sheet.history,
        "jobs_href": reverse("catalog:jobs"),
        "chart": openings_chart(sheet.history, now),
        "signals": postings_with_signals(sheet.signals),
        "signal_count": len(sheet.signals),
        "signal_rules": [(SIGNAL_NAMES[reason], reason.label) for reason in Reason],
        "tools": [(line, skill) for line, skill in sheet.stack if skill.kind == SkillKind.TOOL],
        "other_skills": [(line, skill) for line, skill in sheet.stack if skill.kind != SkillKind.TOOL],
        "seniority": seniority_mix(sheet.history),
        "places": places(sheet.history),
    }


def _listed(found: CompanyFilter, *, cursor: str | None, limit: int) -> CompanyList:
    """Raises CursorError."""
    sort = found.form.cleaned_data.get("sort") or CompanySort.NEWEST
    return company_list(found.qs, sort=sort, limit=limit, cursor=cursor, question=found.question)


def _sort_options(chosen: str) -> list[search_form.Option]:
    return [
        search_form.Option("" if sort == CompanySort.NEWEST else sort.value, str(sort.label), sort == (chosen or CompanySort.NEWEST))
        for sort in CompanySort
    ]
