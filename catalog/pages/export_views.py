"""Downloads of the jobs page."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.errors import ExportBusyError, ExportFieldError, ExportUnavailableError
from catalog.exports.columns import named_fields
from catalog.exports.download import export_response
from catalog.exports.wanted import ANONYMOUS_ROWS, ExportFormat, Wanted
from catalog.filters import JobFilter
from catalog.models import Job


@require_GET
def jobs_export(request: HttpRequest, export_format: str) -> HttpResponseBase:
    """The whole result of a search as a file; for readers who are not signed in its first ANONYMOUS_ROWS jobs."""
    found = JobFilter(data=request.GET, queryset=Job.objects.all())
    if not found.is_valid():
        raise BadRequest("a filter was not understood")
    most = None if request.user.is_authenticated else ANONYMOUS_ROWS
    try:
        wanted = Wanted(found.search, ExportFormat(export_format), named_fields(request.GET), most, is_for_people=True)
        return export_response(wanted, request.META)
    except ExportFieldError as error:
        return download_refused(request, 400, f"{str(error).capitalize()}.")
    except ExportBusyError as error:
        return download_refused(request, 503, f"{error}. Try again in a minute.")
    except ExportUnavailableError as error:
        return download_refused(request, 501, f"{error}. Take CSV or JSON Lines instead.")


def download_refused(request: HttpRequest, status: int, message: str, section: str = "jobs") -> HttpResponse:
    """Why there is no file; `section` is the list that it would have been of."""
    return render(request, "catalog/export_refused.html", {"section": section, "message": message}, status=status)
