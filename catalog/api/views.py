"""The catalogue's endpoints (spec P1)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import examples
from catalog.api.documented import IF_NONE_MATCH, JOB_ID, SINCE, example, not_modified
from catalog.api.filtering import StrictFilterBackend, refuse_beside_since, refuse_unknown, since_position
from catalog.api.item_json import items_json
from catalog.api.rows import job_detail
from catalog.api.serializers import JobDetailSerializer, JobSerializer
from catalog.changes import Position
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.partial import partial_matches


class JobList(GenericAPIView[Any]):
    """Jobs that match the filters, in pages; or with `since` all jobs that have changed, closed ones too, in the order of change.

    To keep a copy: begin with `since=1970-01-01`, write every item over the one of the same id, follow `next`; when it is
    null, ask again later with the answer's `since`. Every change comes by, also of jobs that were written while you read.
    """

    queryset = Job.objects.all()
    filter_backends = [StrictFilterBackend]
    filterset_class = JobFilter
    serializer_class = JobSerializer

    @extend_schema(
        operation_id="jobs_list",
        parameters=[SINCE, IF_NONE_MATCH],
        responses={200: JobSerializer(many=True), **not_modified()},
        examples=[example("one match", examples.JOB)],
        tags=["jobs"],
    )
    def get(self, request: Request) -> Response:
        if "since" in request.query_params:
            return self._changed(request)
        found = StrictFilterBackend().checked(request, self.get_queryset(), self)
        ids = self.paginate_queryset(found.search) or []
        response = self.get_paginated_response(items_json(ids))
        is_all = response.data["next"] is None and not request.query_params.get("cursor")
        if is_all and (partial := partial_matches(found.search, ids)):
            response.data["partial"] = {"q": partial.text, "items": items_json(partial.ids)}
        return response

    def _changed(self, request: Request) -> Response:
        refuse_beside_since(request.query_params)
        since = since_position(request.query_params["since"])
        page = self.paginate_queryset(Job.objects.changed_since(since).values("id", "updated_at")) or []
        response = self.get_paginated_response(items_json([row["id"] for row in page]))
        last = Position(page[-1]["updated_at"], page[-1]["id"]) if page else since
        response.data["since"] = str(last)
        return response


class JobDetail(APIView):
    """One job, in any state."""

    @extend_schema(
        operation_id="jobs_read",
        parameters=[JOB_ID, IF_NONE_MATCH],
        responses={200: JobDetailSerializer, **not_modified()},
        examples=[example("one job", examples.JOB_DETAIL)],
        tags=["jobs"],
    )
    def get(self, request: Request, job_id: int) -> Response:
        refuse_unknown(request.query_params, ())
        detail = job_detail(job_id)
        if detail is None:
            raise NotFound(f"there is no job {job_id}")
        return Response(detail)
