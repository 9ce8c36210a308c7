"""Exports over the API: the whole result of a search as a file."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from catalog.api.filtering import refuse_invalid, refuse_unknown
from catalog.errors import ExportBusyError, ExportFieldError, ExportUnavailableError
from catalog.exports.columns import named_fields
from catalog.exports.download import export_response
from catalog.exports.wanted import ExportFormat, Wanted
from catalog.filters import JobFilter
from catalog.models import Job

_FILES = {
    (200, "text/csv"): OpenApiTypes.STR,
    (200, "application/x-ndjson"): OpenApiTypes.STR,
    (200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY,
}


class ExportBusy(APIException):
    status_code = 503
    default_code = "export_busy"
    wait = 60
    hint = "Wait for the seconds that the Retry-After header names, then ask again."


class ExportUnavailable(APIException):
    status_code = 501
    default_code = "format_not_available"
    hint = "Ask for format=csv or format=jsonl, or install the extra `columnar` on the server."


class JobExport(GenericAPIView[Any]):
    """All jobs that match the filters of `jobs`, in one file: streamed, the newest first (`sort=salary`: the best paid).

    `X-Total-Count` tells how many there are, so that a reader who counts lines knows how far it is; with the value of
    `X-Since`, `jobs?since=` goes on where an export of all jobs (`state=open,missing,closed`) stops. Columns are the fields
    of a job in a list, or those that `fields` names; CSV has `highlights` only when it is named, and `salary` as
    `salary_min`, `salary_max`, `salary_currency`, `salary_period` and `salary_ote`. In CSV, lists are joined by "; " and a
    text that a spreadsheet would run has an apostrophe before it. An export that is not read in time ends with a line that
    begins with INCOMPLETE, and breaks off.
    """

    queryset = Job.objects.all()
    filterset_class = JobFilter
    pagination_class = None
    own_errors = (
        ExportUnavailable("Parquet files need DuckDB, which is not installed here"),
        ExportBusy("2 exports are under way already"),
    )

    @extend_schema(
        operation_id="jobs_export",
        parameters=[
            OpenApiParameter("format", str, enum=ExportFormat.values, default=ExportFormat.CSV.value, description="of the file"),
            OpenApiParameter("fields", str, description="columns, with commas between: id,title,company_name,skills; all, unless given"),
        ],
        responses=_FILES,
        tags=["jobs"],
    )
    def get(self, request: Request) -> Any:
        wanted = request.query_params.get("format") or ExportFormat.CSV
        if wanted not in ExportFormat.values:
            raise ValidationError({"format": f"one of {', '.join(ExportFormat.values)}"})
        refuse_unknown(request.query_params, ["format", "fields", *JobFilter.base_filters])
        found = JobFilter(data=request.query_params, queryset=self.get_queryset())
        refuse_invalid(found)
        try:
            return export_response(Wanted(found.search, ExportFormat(wanted), named_fields(request.query_params)), request.META)
        except ExportFieldError as error:
            raise ValidationError({"fields": str(error)}) from error
        except ExportBusyError as error:
            raise ExportBusy(str(error)) from error
        except ExportUnavailableError as error:
            raise ExportUnavailable(str(error)) from error

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whatever the Accept header says: `format` chooses the file, and errors are JSON."""
        return super().perform_content_negotiation(request, force=True)
