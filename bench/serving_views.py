"""What the API is compared with: a view that does nothing, and the list of jobs as Django REST framework's own parts make it.

Both stand behind the product's middleware, authentication, permissions and throttles, which are the settings' defaults.
The generic list is written as a careful user of the framework would: joined and prefetched, long columns left out, and
counted no further than the product counts, so that it differs in how rows become an answer and in nothing else.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.utils.functional import cached_property
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.serializers import HighlightSerializer, JobSerializer, SalarySerializer
from catalog.filters import JobFilter
from catalog.models import Job, JobSkill
from catalog.search.counts import capped_count

_NOT_SHOWN = ("search_vector", "places", "content__text", "content__evidence", "content__locations", "content__notes")


class Empty(APIView):
    """An answer without content."""

    def get(self, request: Request) -> Response:
        return Response({})


class _Strings(serializers.ListField):
    child = serializers.CharField()


class GenericJobSerializer(JobSerializer):
    """The same item as the product's, from model instances."""

    first_seen = serializers.DateTimeField(source="first_seen_at")
    last_seen = serializers.DateTimeField(source="last_seen_at")
    job_summary = serializers.CharField(source="content.job_summary")
    key_functions_hired_for = _Strings(source="content.key_functions_hired_for")
    skills_raw = _Strings(source="content.skills_raw")
    tools_raw = _Strings(source="content.tools_raw")
    highlights = HighlightSerializer(many=True, source="content.highlights")
    salary = SalarySerializer(source="content.salary", allow_null=True)
    skills = serializers.SerializerMethodField()  # type: ignore[assignment]

    def get_skills(self, job: Job) -> list[str]:
        return sorted(seen.skill.name for seen in job.job_skills.all())


class _CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    @cached_property
    def count(self) -> int:
        return capped_count(self.object_list).value  # type: ignore[arg-type]


class _Pages(PageNumberPagination):
    django_paginator_class = _CappedPaginator
    page_size = 25


class GenericJobList(ListAPIView[Any]):
    """Jobs by model instances, nested serializers, page numbers and the framework's renderer."""

    serializer_class = GenericJobSerializer
    pagination_class = _Pages
    filter_backends = [DjangoFilterBackend]
    filterset_class = JobFilter
    renderer_classes = [JSONRenderer]

    def get_queryset(self) -> QuerySet[Job]:
        skills = Prefetch("job_skills", JobSkill.objects.select_related("skill").only("job_id", "skill__name"))
        return Job.objects.newest_first().select_related("content").defer(*_NOT_SHOWN).prefetch_related(skills)
