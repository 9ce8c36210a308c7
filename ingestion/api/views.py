"""Runs over the API (spec P1): reading them needs a token, moving them a staff user's."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingestion.api import examples
from ingestion.api.filters import RunFilter
from ingestion.api.rows import run_detail, run_item
from ingestion.api.serializers import ReasonSerializer, RunDetailSerializer, RunSerializer
from ingestion.errors import RunStateError
from ingestion.models import Run
from ingestion.services import run_cancel, run_pause, run_resume, run_retry


class Conflict(APIException):
    """The run is in a state that forbids this; `hint` says what it allows."""

    status_code = 409
    default_code = "conflict"

    def __init__(self, error: RunStateError) -> None:
        super().__init__(str(error))
        self.hint = error.hint


class RunList(GenericAPIView[Any]):
    """Runs, newest first, in pages."""

    queryset = Run.objects.order_by("-created_at", "-id").prefetch_related("stages")
    filterset_class = RunFilter
    serializer_class = RunSerializer

    @extend_schema(
        operation_id="runs_list",
        responses={200: RunSerializer(many=True)},
        examples=[examples.example("a run under way", examples.RUN)],
        tags=["runs"],
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([run_item(run) for run in page or []])


class RunDetail(APIView):
    """One run with its history, its errors by kind and its requests by host."""

    @extend_schema(
        operation_id="runs_read",
        responses={200: RunDetailSerializer},
        examples=[examples.example("a run under way", examples.RUN_DETAIL)],
        tags=["runs"],
    )
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        if unknown := next(iter(request.query_params), None):
            raise ValidationError({unknown[:40]: "no such parameter; there are none"})
        return Response(run_detail(get_object_or_404(Run, pk=run_id)))


class RunControl(APIView):
    """Base of the four controls: one move of one run, noted with who asked for it and why; the run as it is then."""

    permission_classes = [IsAdminUser]
    own_errors = (Conflict(RunStateError("a run that is done cannot be paused", hint="It can be retried.")),)
    move: ClassVar[Callable[..., Any]]

    def post(self, request: Request, run_id: uuid.UUID) -> Response:
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = get_object_or_404(Run, pk=run_id)
        try:
            type(self).move(run_id=run.pk, by=request.user.get_username(), reason=body.validated_data.get("reason", ""))
        except RunStateError as error:
            raise Conflict(error) from error
        return Response(run_detail(Run.objects.get(pk=run_id)))


def _documented(name: str, state: str) -> Any:
    post = extend_schema(
        operation_id=f"runs_{name}",
        request=ReasonSerializer,
        responses={200: RunDetailSerializer},
        examples=[examples.example(state, {**examples.RUN_DETAIL, "state": state})],
        tags=["runs"],
    )
    return extend_schema_view(post=post)


@_documented("pause", "paused")
class RunPause(RunControl):
    """Claim nothing more for the run; what is under way ends, or is given back, within seconds. Staff only."""

    move = staticmethod(run_pause)


@_documented("resume", "running")
class RunResume(RunControl):
    """Let a paused or failed run go on where it stopped, by the workers. Staff only."""

    move = staticmethod(run_resume)


@_documented("cancel", "cancelled")
class RunCancel(RunControl):
    """Stop the run for good; its tasks leave the queues, what is stored stays. Staff only."""

    move = staticmethod(run_cancel)


@_documented("retry", "running")
class RunRetry(RunControl):
    """Read the sources again that the run gave up, in the same run; a failed run goes on as well. Staff only."""

    move = staticmethod(run_retry)
