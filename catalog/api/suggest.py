"""Typeaheads of skills, companies and places. Open to everybody."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import examples
from catalog.api.documented import example
from catalog.api.filtering import refuse_unknown
from catalog.api.serializers import CompanySuggestionsSerializer, PlaceSuggestionsSerializer, SuggestionsSerializer
from catalog.suggest.companies import companies_suggest
from catalog.suggest.places import places_suggest
from catalog.suggest.skills import MAX_QUERY_LENGTH, skills_suggest

MAX_SUGGESTIONS = 50
_TYPED = {"type": "string", "maxLength": MAX_QUERY_LENGTH, "pattern": r"^[^\x00]*$"}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_SUGGESTIONS, "default": 10}
_PARAMETERS = [
    OpenApiParameter("q", _TYPED, description="what was typed so far; empty: those with the most jobs"),
    OpenApiParameter("limit", _LIMIT, description="suggestions in the answer"),
]


class SkillSuggest(APIView):
    """Skills whose name or alias begins with, contains or resembles `q`; the most used first."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="skills_suggest",
        parameters=_PARAMETERS,
        responses={200: SuggestionsSerializer},
        examples=[example("typed: sales", examples.SUGGESTIONS)],
        tags=["skills"],
    )
    def get(self, request: Request) -> Response:
        return Response({"items": skills_suggest(**suggest_parameters(request))})


class CompanySuggest(APIView):
    """Companies whose name or web domain begins with `q`, whose name contains or resembles it; most open jobs first."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="companies_suggest",
        parameters=_PARAMETERS,
        responses={200: CompanySuggestionsSerializer},
        examples=[example("typed: acm", examples.COMPANY_SUGGESTIONS)],
        tags=["companies"],
    )
    def get(self, request: Request) -> Response:
        return Response({"items": companies_suggest(**suggest_parameters(request))})


class PlaceSuggest(APIView):
    """Cities, metro areas, states, countries and regions that open jobs are in and that begin with, contain or resemble `q`."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="places_suggest",
        parameters=_PARAMETERS,
        responses={200: PlaceSuggestionsSerializer},
        examples=[example("typed: nyc", examples.PLACE_SUGGESTIONS)],
        tags=["places"],
    )
    def get(self, request: Request) -> Response:
        return Response({"items": places_suggest(**suggest_parameters(request))})


def suggest_parameters(request: Request) -> dict[str, Any]:
    """`q` and `limit` of a typeahead. Raises ValidationError for unknown names and for values out of bounds."""
    refuse_unknown(request.query_params, ("q", "limit"))
    typed, limit = request.query_params.get("q", ""), request.query_params.get("limit") or "10"
    if len(typed) > MAX_QUERY_LENGTH or "\0" in typed:
        raise ValidationError({"q": f"at most {MAX_QUERY_LENGTH} characters, no null characters"})
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 4 and 1 <= int(limit) <= MAX_SUGGESTIONS):
        raise ValidationError({"limit": f"a whole number from 1 to {MAX_SUGGESTIONS}"})
    return {"q": typed, "limit": int(limit)}
