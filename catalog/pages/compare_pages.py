"""The page of companies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.choices import SkillKind
from catalog.companies.company_comparison import ComparedLine, comparison
from catalog.companies.company_history import History, company_history
from catalog.models import Company, Skill
from catalog.suggest.companies import CompanySuggestion, companies_suggest

MOST_COMPARED = 4
_LARGEST_ID = 2**63 - 1
_ID_DIGITS = len(str(_LARGEST_ID))


@dataclass(frozen=True, slots=True)
class Compared:
    """A column: the company, and the page without it."""

    company: Company
    history: History
    without_href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A count of each company with the address of the jobs that it counts."""

    label: str
    cells: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: Sequence[Line]
    total: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that may be meant by what was typed, and the page with it."""

    company: CompanySuggestion
    href: str


def compare_href(ids: Sequence[int]) -> str:
    """The page of these companies; without any it asks for them."""
    return reverse("catalog:compare") + (f"?{urlencode({'company': ids}, doseq=True)}" if ids else "")


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`company`: ids, in the order of the columns; `add`: a name, or part of it, of one more."""
    companies = _companies(request.GET.getlist("company"))
    is_full = len(companies) >= MOST_COMPARED
    typed = "" if is_full else request.GET.get("add", "").strip()
    candidates = _candidates(typed, companies) if typed else []
    if len(candidates) == 1:
        return HttpResponseRedirect(candidates[0].href)
    compared = [
        Compared(one, company_history(one.pk), compare_href([other.pk for other in companies if other != one])) for one in companies
    ]
    context = {
        "section": "companies",
        "compared": compared,
        "parts": _parts(compared) if len(compared) > 1 else [],
        "typed": typed,
        "candidates": candidates,
        "most": MOST_COMPARED,
        "is_full": is_full,
    }
    return render(request, "catalog/compare.html", context)


def _companies(asked: Sequence[str]) -> list[Company]:
    """The first of those that there are, each once."""
    numbers = (int(one) for one in asked if one.isascii() and one.isdecimal() and len(one) <= _ID_DIGITS)
    ids = list(dict.fromkeys(number for number in numbers if number <= _LARGEST_ID))
    found = Company.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:MOST_COMPARED]


def _candidates(typed: str, companies: Sequence[Company]) -> list[Candidate]:
    """Companies that are not there yet; of one that is called exactly so, it alone."""
    there = {company.pk for company in companies}
    found = [one for one in companies_suggest(q=typed) if one.id not in there]
    exact = [one for one in found if one.name.casefold() == typed.casefold()]
    return [Candidate(one, compare_href([*(company.pk for company in companies), one.id])) for one in (exact if len(exact) == 1 else found)]


def _parts(compared: Sequence[Compared]) -> list[Part]:
    histories = [one.history for one in compared]
    named = {pk for history in histories for job in history.open_jobs for pk in job.skill_ids}
    names: dict[bool, dict[int, str]] = {True: {}, False: {}}
    for pk, name, kind in Skill.objects.filter(pk__in=named).values_list("pk", "name", "kind"):
        names[kind == SkillKind.TOOL][pk] = name
    parts = comparison(histories, tools=names[True], skills=names[False], now=timezone.now())
    return [Part(part.title, [_line(line, compared) for line in part.lines], part.total) for part in parts]


def _line(line: ComparedLine, compared: Sequence[Compared]) -> Line:
    jobs = reverse("catalog:jobs")
    hrefs = [f"{jobs}?{urlencode({'company': one.company.pk})}{line.query and '&'}{line.query}" for one in compared]
    return Line(line.label, list(zip(line.counts, hrefs, strict=True)))
