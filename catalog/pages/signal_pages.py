"""The page of all companies' signals, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from catalog import formats, search_form
from catalog.choices import JobFunction
from catalog.companies.hiring_signals import SIGNAL_NAMES, Reason
from catalog.companies.signal_filters import SignalFilter, shown_signals
from catalog.companies.signal_items import signal_batches
from catalog.companies.signal_quotes import postings_with_signals
from catalog.exports.text import spreadsheet_chunks
from catalog.models import CompanySignal, Job
from catalog.pages.fragments import wants_fragment
from catalog.pages.list_csv import csv_file, csv_most_rows, csv_refused
from catalog.pages.loosened import loosened
from catalog.pages.pager import pager, rows_page
from catalog.parameter_names import left_out
from catalog.search.counts import Count, capped_count
from catalog.search.remembered import remembered_or_found
from catalog.search_url import PAGING

PAGE_SIZE = 25
_COLUMNS = dict.fromkeys(
    (
        "id", "at", "company_id", "company_name", "company_domain", "reason", "headline", "start", "is_over", "skill", "job_function",
        "location_country", "job_id", "job_title", "quote", "found_at", "company_url", "job_url",
    ),
    "",
)  # fmt: skip
_CONTROLS = frozenset({"company_name", "reason", "skill", "function", "country", "within_days"})
_known_countries: dict[str, tuple[float, list[str]]] = {}


@require_safe
@vary_on_headers("HX-Request")
def signals(request: HttpRequest) -> HttpResponse:
    """Signals of all companies: whole page, or for htmx filters and results alone. Every state of it is an address."""
    return render(request, "catalog/_signals.html" if wants_fragment(request) else "catalog/signals.html", _browse(request.GET))


@require_safe
def signals_csv(request: HttpRequest) -> HttpResponseBase:
    """The first signals of the same list as a file."""
    found, _, problems = SignalFilter.understood(request.GET)
    if refused := csv_refused(request, problems, [*SignalFilter.base_filters, *PAGING], "signals"):
        return refused
    batches = signal_batches(found.qs, limit=csv_most_rows(request))
    with_addresses = ([_with_addresses(item, request) for item in items] for items in batches)
    return csv_file(spreadsheet_chunks(with_addresses, _COLUMNS), "signals")


def _with_addresses(item: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    job, company = reverse("catalog:job", args=[item["job_id"]]), reverse("catalog:company", args=[item["company_id"]])
    return {**item, "job_url": request.build_absolute_uri(job), "company_url": request.build_absolute_uri(company)}


def _browse(asked: QueryDict) -> dict[str, Any]:
    found, valid, problems = SignalFilter.understood(asked)
    search = search_form.active_search(found, valid, reverse("catalog:signals"))
    page, problem = rows_page(shown_signals(found.qs), search.url, PAGE_SIZE)
    *other_names, name = ["", *search.values("company_name")]
    return {
        "section": "signals",
        "company_name": name,
        "problems": [*problems, *left_out(asked, [*SignalFilter.base_filters, *PAGING]), *filter(None, [problem])],
        "postings": postings_with_signals(page.rows),
        "chips": [chip for chip in search.chips() if chip.label != search_form.CHIP_LABELS["company_name"]],
        "hidden": [*search.hidden(_CONTROLS), *(("company_name", one) for one in other_names if one)],
        "clear_href": search.url.only(["company_name"]),
        "feed_href": replace(search.url, path=reverse("catalog:signals_feed")).first_page(),
        "csv_href": replace(search.url, path=reverse("catalog:signals_csv")).first_page(),
        "groups": _groups(search),
        "skill_group": search_form.facet_group(search, "skill", []),
        "within_group": search_form.within_group(search, "within_days", "Signals"),
        "signal_rules": [(SIGNAL_NAMES[reason], reason.label) for reason in Reason],
        **pager(page, capped_count(found.qs), search.url, PAGE_SIZE, is_first=bool(problem)),
        **_why_none(has_rows=bool(page.rows)),
        "loosened": [] if page.rows else loosened(search, _counted),
    }


def _counted(asked: QueryDict) -> Count:
    return capped_count(SignalFilter.understood(asked)[0].qs)


def _why_none(*, has_rows: bool) -> dict[str, bool]:
    return {
        "has_signals": has_rows or CompanySignal.objects.exists(),
        "has_jobs": has_rows or Job.objects.exists(),
    }


def _groups(search: search_form.ActiveSearch) -> list[search_form.OptionGroup]:
    functions = [one for one in JobFunction if one not in (JobFunction.OTHER, JobFunction.UNKNOWN)]
    countries = {*_countries(), *search.values("country")}
    return [
        _group(search, "reason", "Signal", ((reason.value, SIGNAL_NAMES[reason]) for reason in Reason)),
        _group(search, "function", "Function of the job", ((one.value, str(one.label)) for one in functions)),
        _group(search, "country", "Country of the job", sorted(((code, formats.country_name(code)) for code in countries), key=_by_label)),
    ]


def _group(search: search_form.ActiveSearch, name: str, label: str, choices: Iterable[tuple[str, str]]) -> search_form.OptionGroup:
    chosen = search.values(name)
    options = [search_form.Option(value, text, value in chosen) for value, text in choices]
    return search_form.OptionGroup(name, label, tuple(sorted(options, key=lambda option: not option.selected)))


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1]


def _countries() -> list[str]:
    """Codes of all countries that signals are of, remembered by the process: PostgreSQL reads a whole index for them."""
    return remembered_or_found(_known_countries, "all", _found_countries, lambda countries: True)


def _found_countries() -> list[str]:
    found = CompanySignal.objects.order_by().exclude(location_country=None).values_list("location_country", flat=True).distinct()
    return [code for code in found if code]
