"""`POST run/all`: the whole line as one run (spec P1). Here, because it joins what the apps do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.filtering import refuse_unknown
from gtm_site import pipeline
from ingestion.api.examples import RUN, example
from ingestion.api.views import Conflict
from ingestion.ats.registry import adapters
from ingestion.errors import RunStateError
from ingestion.models import RawPosting

_STARTED = {"request_id": "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55", "run_id": RUN["id"], "trace_id": RUN["trace_id"], "job_count": 50753}


class RunAllSerializer(serializers.Serializer[object]):
    """What the run is to do; all of it may be left out."""

    target = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="take no further boards once so many postings are open"
    )
    source_types = serializers.ListField(
        child=serializers.ChoiceField(choices=list(adapters())), required=False, allow_empty=False, help_text="only these ATSs"
    )


class RunStartedSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    run_id = serializers.UUIDField(help_text="the new run's, or that of the one that is under way already")
    trace_id = serializers.CharField(help_text="in every row, task and log line of the run, as is the run_id")
    job_count = serializers.IntegerField(
        help_text="job postings that are open now: what the run begins with; it reads their boards again when due"
    )


class RunAll(APIView):
    """Start a run over the whole line: discover boards, read what is due, extract, publish. Answers at once; staff only.

    While such a run is under way its ids are given again; one that is paused answers 409.
    """

    permission_classes = [IsAdminUser]
    own_errors = (Conflict(RunStateError(f"run {RUN['id']} is paused", hint="Resume it, or cancel it before you start another one.")),)

    @extend_schema(
        operation_id="run_all",
        request=RunAllSerializer,
        responses={202: RunStartedSerializer},
        examples=[
            OpenApiExample("50,000 postings", value={"target": 50_000}, request_only=True),
            example("started", _STARTED, 202),
        ],
        tags=["runs"],
    )
    def post(self, request: Request) -> Response:
        body = RunAllSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        refuse_unknown(request.data, list(body.fields))
        parameters: dict[str, Any] = {"target": settings.TARGET_JOB_COUNT, **body.validated_data}
        try:
            run = pipeline.run_all(parameters=parameters, by=request.user.get_username())
        except RunStateError as error:
            raise Conflict(error) from error
        started = {"run_id": run.pk, "trace_id": run.trace_id, "job_count": RawPosting.objects.open().count()}
        return Response(started, status=202)
