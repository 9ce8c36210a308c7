"""The catalogue's endpoints (spec P1)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.filtering import StrictFilterBackend, refuse_unknown
from catalog.api.rows import LIST_COLUMNS, job_detail, job_items
from catalog.api.serializers import ErrorSerializer, JobDetailSerializer, JobSerializer, SuggestionsSerializer
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.suggest import MAX_QUERY_LENGTH, skills_suggest

MAX_SUGGESTIONS = 50
_ERRORS = {400: ErrorSerializer, 401: ErrorSerializer, 404: ErrorSerializer, 429: ErrorSerializer}


def _errors(*statuses: int) -> dict[int, type[ErrorSerializer]]:
    return {status: _ERRORS[status] for status in statuses}


class JobList(GenericAPIView[Any]):
    """Jobs that match the filters, in pages."""

    queryset = Job.objects.all()
    filter_backends = [StrictFilterBackend]
    filterset_class = JobFilter
    serializer_class = JobSerializer

    @extend_schema(operation_id="jobs_list", responses={200: JobSerializer(many=True), **_errors(400, 401, 429)}, tags=["jobs"])
    def get(self, request: Request) -> Response:
        jobs = self.filter_queryset(self.get_queryset())
        ranked = ("rank",) if "rank" in jobs.query.annotations else ()
        page = self.paginate_queryset(jobs.values(*LIST_COLUMNS, *ranked))
        return self.get_paginated_response(job_items(page or []))


class JobDetail(APIView):
    """One job, in any state."""

    @extend_schema(operation_id="jobs_read", responses={200: JobDetailSerializer, **_errors(401, 404, 429)}, tags=["jobs"])
    def get(self, request: Request, job_id: int) -> Response:
        detail = job_detail(job_id)
        if detail is None:
            raise NotFound(f"there is no job {job_id}")
        return Response(detail)


class SkillSuggest(APIView):
    """Skills whose name or alias begins with, contains or resembles `q`; the most used first. Open to everybody."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="skills_suggest",
        parameters=[
            OpenApiParameter("q", str, description="what was typed so far; empty: the most used skills"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_SUGGESTIONS}, by default 10"),
        ],
        responses={200: SuggestionsSerializer, **_errors(400, 429)},
        tags=["skills"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params, ("q", "limit"))
        typed, limit = request.query_params.get("q", ""), request.query_params.get("limit") or "10"
        if len(typed) > MAX_QUERY_LENGTH or "\0" in typed:
            raise ValidationError({"q": f"at most {MAX_QUERY_LENGTH} characters, no null characters"})
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 4 and 1 <= int(limit) <= MAX_SUGGESTIONS):
            raise ValidationError({"limit": f"a whole number from 1 to {MAX_SUGGESTIONS}"})
        return Response({"items": [asdict(suggestion) for suggestion in skills_suggest(q=typed, limit=int(limit))]})
