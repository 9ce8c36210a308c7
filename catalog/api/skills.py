"""Skills and tools over the API: the vocabulary and one skill, as their pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import company_examples as examples
from catalog.api.company_serializers import SkillDetailSerializer, SkillSerializer
from catalog.api.documented import example
from catalog.api.filtering import StrictFilterBackend, refuse_unknown
from catalog.choices import SkillKind
from catalog.models import Skill
from catalog.querysets import SkillQuerySet
from catalog.search.facets import FacetValue
from catalog.skill_sheet import skill_sheet
from catalog.suggest.skills import MAX_QUERY_LENGTH

_SKILL_ID = OpenApiParameter("skill_id", int, OpenApiParameter.PATH, description="the skill's id")
_COLUMNS = ("id", "name", "kind", "category", "domain", "job_count")


class SkillFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Filters of the vocabulary."""

    q = filters.CharFilter(method="named", max_length=MAX_QUERY_LENGTH, label="part of a name or of another way to write it")
    kind = filters.ChoiceFilter(
        choices=SkillKind.choices, label="kind", error_messages={"invalid_choice": f"one of {', '.join(SkillKind.values)}"}
    )
    category = filters.CharFilter(max_length=60, label="category: crm, data ...")

    class Meta:
        model = Skill
        fields: list[str] = []

    def named(self, queryset: SkillQuerySet, name: str, value: str) -> SkillQuerySet:
        return queryset.named(value)


class SkillList(GenericAPIView[Any]):
    """The vocabulary of skills and tools, the most used first."""

    queryset = Skill.objects.active().order_by("-job_count", "id")
    filter_backends = [StrictFilterBackend]
    filterset_class = SkillFilter
    serializer_class = SkillSerializer

    @extend_schema(
        operation_id="skills_list",
        responses={200: SkillSerializer(many=True)},
        examples=[example("one skill", examples.SKILL)],
        tags=["skills"],
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_item(skill) for skill in page])


class SkillDetail(APIView):
    """One skill: its trend, who hires for it, and what goes with it."""

    @extend_schema(
        operation_id="skills_read",
        parameters=[_SKILL_ID],
        responses={200: SkillDetailSerializer},
        examples=[example("one skill", examples.SKILL_DETAIL)],
        tags=["skills"],
    )
    def get(self, request: Request, skill_id: int) -> Response:
        refuse_unknown(request.query_params, ())
        skill = Skill.objects.filter(pk=skill_id).first()
        if skill is None:
            raise NotFound(f"there is no skill {skill_id}")
        return Response({**_item(skill), **_told(skill)})


def _item(skill: Skill) -> dict[str, Any]:
    return {name: getattr(skill, name) for name in _COLUMNS}


def _told(skill: Skill) -> dict[str, Any]:
    sheet = skill_sheet(skill, timezone.now())
    return {
        "is_active": skill.is_active,
        "aliases": sheet.aliases,
        "open_jobs": sheet.open_jobs.value,
        "open_jobs_is_exact": sheet.open_jobs.is_exact,
        "trend": [{"ends_at": moment, "jobs": counts[0]} for moment, counts in reversed(sheet.trend.table)] if sheet.trend else [],
        "companies": _counted(sheet.companies),
        "skills": _counted(sheet.companions),
        "functions": _counted(sheet.functions),
        "seniority": _counted(sheet.seniority),
    }


def _counted(values: Sequence[FacetValue]) -> list[dict[str, Any]]:
    return [{"value": value.value, "label": value.label, "jobs": value.count.value} for value in values]
