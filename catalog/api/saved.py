"""Saved searches over the API: those of the user whose token or session asks."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import Http404, QueryDict
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import examples
from catalog.api.documented import example
from catalog.api.filtering import PAGE_PARAMETERS, refuse_unknown
from catalog.api.serializers import SavedSearchDetailSerializer, SavedSearchSerializer
from catalog.choices import SearchSubject
from catalog.errors import SavedSearchError
from catalog.models import SavedSearch
from catalog.saved.saved_searches import MAX_NAME_LENGTH
from catalog.saved.saved_state import saved_state, searches_of
from catalog.services import saved_search_create, saved_search_delete, saved_search_look, saved_search_rename

_SEARCH_ID = OpenApiParameter("search_id", int, OpenApiParameter.PATH, description="the saved search's id")
_MAX_QUERY_LENGTH = 10_000


class NewSavedSearchSerializer(serializers.Serializer[object]):
    """A search to keep."""

    name = serializers.CharField(max_length=MAX_NAME_LENGTH, help_text="one of the user's own, no other has it")
    subject = serializers.ChoiceField(choices=SearchSubject.choices, default=SearchSubject.JOBS, help_text="what it lists")
    query = serializers.CharField(
        max_length=_MAX_QUERY_LENGTH, allow_blank=True, help_text="filters as in an address: skill=Snowflake&min_comp=150000"
    )


class SavedSearchChangeSerializer(serializers.Serializer[object]):
    """What may change of a saved search."""

    name = serializers.CharField(max_length=MAX_NAME_LENGTH, required=False)
    looked_at = serializers.DateTimeField(required=False, help_text="what is published here then or later is new")


class SavedSearchList(GenericAPIView[Any]):
    """Your saved searches, the newest first, each with how much is new since you looked at it last."""

    serializer_class = SavedSearchSerializer
    filter_backends: list[Any] = []
    queryset = SavedSearch.objects.none()

    @extend_schema(
        operation_id="saved_searches_list",
        responses={200: SavedSearchSerializer(many=True)},
        examples=[example("one with news", examples.SAVED_SEARCH)],
        tags=["saved searches"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params, PAGE_PARAMETERS)
        page = self.paginate_queryset(searches_of(request.user)) or []
        return self.get_paginated_response([_item(search, request) for search in page])

    @extend_schema(
        operation_id="saved_searches_create",
        request=NewSavedSearchSerializer,
        responses={201: SavedSearchDetailSerializer},
        examples=[
            OpenApiExample("companies that started", value=examples.NEW_SAVED_SEARCH, request_only=True),
            OpenApiExample("kept", value=examples.SAVED_SEARCH_DETAIL, response_only=True, status_codes=["201"]),
        ],
        tags=["saved searches"],
    )
    def post(self, request: Request) -> Response:
        """Keep a search. What it finds now counts as looked at."""
        values = _body(NewSavedSearchSerializer, request)
        values["query"] = QueryDict(values["query"])
        try:
            made = saved_search_create(user=cast("User", request.user), **values)
        except SavedSearchError as error:
            raise ValidationError({error.field: str(error)}) from error
        return Response(_item(made, request), status=201)


class SavedSearchDetail(APIView):
    """One of your saved searches. To work through what is new, ask `jobs` with its query and `published_after=looked_at`,
    then write `new_until` to `looked_at`.
    """

    @extend_schema(
        operation_id="saved_searches_read",
        parameters=[_SEARCH_ID],
        responses={200: SavedSearchDetailSerializer},
        examples=[example("one with news", examples.SAVED_SEARCH_DETAIL)],
        tags=["saved searches"],
    )
    def get(self, request: Request, search_id: int) -> Response:
        refuse_unknown(request.query_params, ())
        return Response(_item(_own(request, search_id), request))

    @extend_schema(
        operation_id="saved_searches_update",
        parameters=[_SEARCH_ID],
        request=SavedSearchChangeSerializer,
        responses={200: SavedSearchDetailSerializer},
        examples=[
            OpenApiExample("looked", value={"looked_at": "2026-08-03T09:00:00Z"}, request_only=True),
            example("as it is then", examples.SAVED_SEARCH_DETAIL),
        ],
        tags=["saved searches"],
    )
    def patch(self, request: Request, search_id: int) -> Response:
        """Rename it, or say until when you have looked at it."""
        search, values = _own(request, search_id), _body(SavedSearchChangeSerializer, request)
        try:
            if "name" in values:
                saved_search_rename(search=search, name=values["name"])
        except SavedSearchError as error:
            raise ValidationError({error.field: str(error)}) from error
        if "looked_at" in values:
            saved_search_look(search=search, at=values["looked_at"])
        return Response(_item(search, request))

    @extend_schema(
        operation_id="saved_searches_delete",
        parameters=[_SEARCH_ID],
        responses={204: OpenApiResponse(description="it is gone")},
        tags=["saved searches"],
    )
    def delete(self, request: Request, search_id: int) -> Response:
        saved_search_delete(search=_own(request, search_id))
        return Response(status=204)


def _own(request: Request, search_id: int) -> SavedSearch:
    found = searches_of(request.user).filter(pk=search_id).first()
    if found is None:
        raise Http404(f"you have no saved search {search_id}")
    return found


def _body(shape: type[serializers.Serializer[object]], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    refuse_unknown(request.data, list(body.fields))
    values: dict[str, Any] = body.validated_data
    return values


def _item(search: SavedSearch, request: Request) -> dict[str, Any]:
    state = saved_state(search)
    return {
        "id": search.pk,
        "name": search.name,
        "subject": search.subject,
        "query": search.query,
        "url": request.build_absolute_uri(state.url),
        "created_at": search.created_at,
        "looked_at": search.looked_at,
        "new_until": state.until,
        "new_count": state.new.value if state.new else None,
        "new_count_is_exact": state.new.is_exact if state.new else None,
        "problems": list(state.problems),
    }
