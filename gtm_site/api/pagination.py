"""How every API list is cut into pages: `limit` rows after an opaque `cursor`, and an honest count (spec P1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from catalog.errors import CursorError
from catalog.search.backend import search_backend
from catalog.search.counts import Count, capped_count
from catalog.search.keyset import KeysetPage, keyset_page
from catalog.search.query import Search
from catalog.search.remembered import search_count

MAX_LIMIT = 100
# What only some answers to a search for jobs tell.
_TOLD = {
    "ranked_among": {
        "type": "integer",
        "description": "there when not all matches were ranked: so many of the newest with all words in their title come best first, "
        "then so many of the newest others, then what is left, newest first",
        "example": 300,
    },
    "ranked_first": {
        "type": "integer",
        "description": "there when matches are more than come by relevance: so many of the best come first, then the others newest first",
        "example": 200,
    },
    "as_of": {
        "type": "string",
        "format": "date-time",
        "description": "there while the search index follows the jobs: it has all changes up to then, and not yet those that came later",
        "example": "2026-08-01T12:00:00Z",
    },
    "resembling": {
        "type": "boolean",
        "description": "there when no job has the words of `q`: titles or companies look like them",
        "example": True,
    },
}
_PARTIAL: dict[str, Any] = {
    "type": "object",
    "description": "there when fewer than 10 jobs have all words of `q`, and others lack one of them: the best 10 of these, which are not"
    " counted, paged through or exported",
    "required": ["q", "items"],
    "properties": {
        "q": {
            "type": "string",
            "nullable": True,
            "description": "the text that finds all of them, unless it is too long",
            "example": "compliance officer OR crypto officer OR crypto compliance",
        }
    },
}
_UNKNOWN = {
    "type": "integer",
    "description": "there when it was asked who started hiring: so many more companies have such a job, of which nobody can say",
    "example": 12,
}
_TOLD_BESIDE: Mapping[str, dict[str, Any]] = {"JobPosting": _TOLD, "Company": {"unknown": _UNKNOWN}}


class KeysetPagination(BasePagination):
    """`items`, `count`, `count_is_exact` and `next`, the whole address of the next page or null."""

    request: Request
    page: KeysetPage
    count: Count
    told: dict[str, Any]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of a page; of a `Search` the ids, of a function what it gives for a limit and a cursor."""
        self.request = request
        limit, cursor = _limit(request), request.query_params.get("cursor")
        try:
            self.page, self.count, self.told = _read(queryset, limit, cursor)
        except CursorError as error:
            raise ValidationError({"cursor": "not a cursor of this list and order: use `next` of the page before"}) from error
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        counted = {"count": self.count.value, "count_is_exact": self.count.is_exact}
        return Response({"items": data, **counted, **self.told, "next": self._next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {
            "request_id": {"type": "string", "example": "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55"},
            "items": schema,
            "count": {"type": "integer", "description": "how many match; a lower bound when count_is_exact is false", "example": 1},
            "count_is_exact": {"type": "boolean", "example": True},
            "next": {"type": "string", "format": "uri", "nullable": True, "description": "the next page", "example": None},
        }
        return {"type": "object", "required": list(properties), "properties": {**properties, **_told_schema(schema)}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": settings.REST_FRAMEWORK["PAGE_SIZE"]}
        return [
            {"name": "limit", "in": "query", "required": False, "description": "rows in a page", "schema": limit},
            {"name": "cursor", "in": "query", "required": False, "description": "taken from `next`", "schema": {"type": "string"}},
        ]

    def _next_link(self) -> str | None:
        return replace_query_param(self.request.build_absolute_uri(), "cursor", self.page.next) if self.page.next else None


def _told_schema(items: Any) -> dict[str, Any]:
    """What some answers of a list tell besides, by the component that its items are. For examples, something else stands for the items."""
    component = items.get("items", {}).get("$ref", "").rpartition("/")[2] if isinstance(items, dict) else ""
    if component == "Job":
        return {**_TOLD, "partial": {**_PARTIAL, "properties": {**_PARTIAL["properties"], "items": items}}}
    return _TOLD_BESIDE.get(component, {})


def _read(asked: Any, limit: int, cursor: str | None) -> tuple[KeysetPage, Count, dict[str, Any]]:
    if isinstance(asked, Search):
        return _searched(asked, limit, cursor)
    if isinstance(asked, QuerySet):
        return _listed(asked, limit, cursor)
    return *asked(limit, cursor), {}


def _listed(queryset: QuerySet[Any, Any], limit: int, cursor: str | None) -> tuple[KeysetPage, Count, dict[str, Any]]:
    return keyset_page(queryset, limit=limit, cursor=cursor), capped_count(queryset), {}


def _searched(search: Search, limit: int, cursor: str | None) -> tuple[KeysetPage, Count, dict[str, Any]]:
    found = search_backend().page(search, limit=limit, cursor=cursor)
    count = search_count(found.search)
    told = {"ranked_among": found.ranked_of(count), "ranked_first": found.ranked_first, "as_of": found.as_of}
    told |= {"resembling": found.search.resembling}
    return KeysetPage(rows=list(found.ids), next=found.next), count, {k: v for k, v in told.items() if v}


def _limit(request: Request) -> int:
    """`limit`, by default PAGE_SIZE. Raises ValidationError outside of 1 to MAX_LIMIT."""
    raw = request.query_params.get("limit") or str(settings.REST_FRAMEWORK["PAGE_SIZE"])
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10 and 1 <= int(raw) <= MAX_LIMIT):
        raise ValidationError({"limit": f"a whole number from 1 to {MAX_LIMIT}"})
    return int(raw)
