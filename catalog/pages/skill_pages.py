"""Pages of skills and tools: the list and one skill."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.choices import SkillKind
from catalog.models import Skill
from catalog.pages.pager import pager, rows_page
from catalog.querysets import SkillQuerySet
from catalog.search.counts import capped_count
from catalog.search.facets import FacetValue
from catalog.search_url import PAGING, SearchUrl
from catalog.skill_sheet import skill_sheet
from catalog.suggest.skills import MAX_QUERY_LENGTH

PAGE_SIZE = 50
_FILTERS = ("q", "kind", "category")


@require_safe
def skills(request: HttpRequest) -> HttpResponse:
    """The vocabulary, the most used first."""
    names = (*_FILTERS, *PAGING)
    url = SearchUrl({name: values for name in names if any(values := request.GET.getlist(name))}, reverse("catalog:skills"))
    found = _matching(url)
    page, problem = rows_page(found, url, PAGE_SIZE)
    context = {
        "section": "skills",
        "query": url.get("q"),
        "kinds": SkillKind.choices,
        "kind": url.get("kind"),
        "categories": Skill.objects.active().order_by("category").values_list("category", flat=True).distinct(),
        "category": url.get("category"),
        "problem": problem,
        "rows": page.rows,
        **pager(page, capped_count(found), url, PAGE_SIZE, is_first=bool(problem)),
    }
    return render(request, "catalog/skills.html", context)


@require_safe
def skill(request: HttpRequest, skill_id: int) -> HttpResponse:
    """One skill: its trend, who hires for it, and what goes with it."""
    found = get_object_or_404(Skill, pk=skill_id)
    sheet = skill_sheet(found, timezone.now())
    query = urlencode({"skill": found.name})
    context = {
        "section": "skills",
        "skill": found,
        "aliases": sheet.aliases,
        "count": sheet.open_jobs,
        "chart": sheet.trend,
        "companies": _shares(sheet.companies),
        "companions": _shares(sheet.companions),
        "functions": _shares(sheet.functions),
        "seniority": _shares(sheet.seniority),
        "jobs_href": f"{reverse('catalog:jobs')}?{query}",
        "companies_href": f"{reverse('catalog:companies')}?{query}",
        "started_href": f"{reverse('catalog:companies')}?{query}&started_within_days=30",
    }
    return render(request, "catalog/skill.html", context)


def _matching(url: SearchUrl) -> SkillQuerySet:
    found = Skill.objects.active()
    if typed := url.get("q").strip()[:MAX_QUERY_LENGTH].replace("\0", ""):
        found = found.named(typed)
    for name in ("kind", "category"):
        if chosen := url.get(name).replace("\0", ""):
            found = found.filter(**{name: chosen})
    return found.order_by("-job_count", "id")


def _shares(values: Sequence[FacetValue]) -> list[tuple[FacetValue, int]]:
    """Each value, and how it compares with the largest, 0 to 100."""
    largest = max((value.count.value for value in values), default=1)
    return [(value, round(100 * value.count.value / largest)) for value in values]
