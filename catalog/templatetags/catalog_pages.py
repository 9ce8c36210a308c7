"""What the catalogue's templates need beyond Django's filters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog import formats
from catalog.choices import SearchSubject
from catalog.companies.company_filters import CompanyFilter
from catalog.exports.parquet import parquet_is_there
from catalog.exports.wanted import ANONYMOUS_ROWS, ExportFormat
from catalog.filters import JobFilter
from catalog.models import SavedSearch
from catalog.pages.correcting import correct_href
from catalog.pages.list_csv import csv_cut_at
from catalog.pages.sentence_pages import SENTENCE
from catalog.search.counts import Count

register = template.Library()


register.filter("category", formats.category)
register.filter("language", formats.language_name)
register.simple_tag(correct_href)
register.simple_tag(csv_cut_at)


@register.simple_tag
def fragment(name: str, **values: Hashable) -> SafeString:
    """An include that knows nothing but its values: of equal ones the HTML is made once."""
    return _fragment(name, tuple(values.items()))


@lru_cache(maxsize=1_000)
def _fragment(name: str, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return render_to_string(name, dict(values))


@register.simple_tag
def downloads(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """(label, address) of the files that the search of this page can be had as."""
    kept = {name: values for name, values in request.GET.lists() if name in JobFilter.base_filters}
    return _job_files(urlencode(kept, doseq=True))


@register.simple_tag
def most_downloaded(request: HttpRequest, count: Count) -> str:
    """How many of so many jobs the files for this reader have; "" for all."""
    has_all = request.user.is_authenticated or (count.is_exact and count.value <= ANONYMOUS_ROWS)
    return "" if has_all else f"{ANONYMOUS_ROWS:,}"


@register.simple_tag
def save_href(request: HttpRequest, subject: str) -> str:
    """Where the search of this page is given a name and kept."""
    kept = {name: values for name, values in request.GET.lists() if name in CompanyFilter.base_filters or name == SENTENCE}
    return f"{reverse('catalog:saved_new')}?{urlencode({'subject': subject, **kept}, doseq=True)}"


@register.simple_tag
def same_search(request: HttpRequest, page: str, **more: str) -> str:
    """The filters of this page on another one (`catalog:jobs`, `catalog:companies`), with some more."""
    known = JobFilter.base_filters if page == "catalog:jobs" else CompanyFilter.base_filters
    kept = {name: values for name, values in request.GET.lists() if name in known and name != "sort"}
    query = urlencode({**kept, **more}, doseq=True)
    return reverse(page) + (f"?{query}" if query else "")


@register.simple_tag
def saved_files(search: SavedSearch) -> Sequence[tuple[str, str]]:
    """The same for a saved search."""
    if search.subject == SearchSubject.JOBS:
        return _job_files(search.query)
    return [("CSV", f"{reverse('catalog:companies_csv')}?{search.query}")]


def _job_files(query: str) -> Sequence[tuple[str, str]]:
    offered = [one for one in ExportFormat if one is not ExportFormat.PARQUET or parquet_is_there()]
    return [(str(one.label), reverse("jobs-export", args=[one.value]) + (f"?{query}" if query else "")) for one in offered]
