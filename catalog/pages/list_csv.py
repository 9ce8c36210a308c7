"""A page's list as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from catalog.exports.wanted import ANONYMOUS_ROWS
from catalog.pages.export_views import download_refused
from catalog.parameter_names import left_out
from catalog.search.counts import Count

MOST_CSV_ROWS = 5_000


def csv_refused(request: HttpRequest, problems: Iterable[str], known: Sequence[str], name: str) -> HttpResponse | None:
    """The answer where a filter is not understood: nobody would see that the file holds more than was asked for.

    `problems`: what is wrong with values of parameters that are `known`. `name`: of the list, and its page.
    """
    if found := [*problems, *left_out(request.GET, known)]:
        return download_refused(request, 400, f"A file needs filters that are all understood. {' '.join(found)}", name)
    return None


def csv_most_rows(request: HttpRequest) -> int:
    """With how many rows a file ends: fewer for readers who are not signed in."""
    return MOST_CSV_ROWS if request.user.is_authenticated else ANONYMOUS_ROWS


def csv_cut_at(request: HttpRequest, count: Count) -> str:
    """After how many of so many rows the file ends for this reader; "" where it has them all."""
    most = csv_most_rows(request)
    return "" if count.is_exact and count.value <= most else f"{most:,}"


def csv_file(chunks: Iterable[str] | Iterable[bytes], name: str) -> StreamingHttpResponse:
    """The parts of a CSV as a file with the list's name and today's date in UTC."""
    answer = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d}.csv"'
    return answer
