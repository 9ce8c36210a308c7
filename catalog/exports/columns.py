"""The columns of an export: the names and types of a job in the API's lists, in that order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import JobSerializer

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str], ...] = (
    (serializers.BooleanField, "BOOLEAN"),
    (serializers.IntegerField, "BIGINT"),
    (serializers.FloatField, "DOUBLE"),
    (serializers.DateTimeField, "TIMESTAMP"),
    (serializers.ListField, "VARCHAR[]"),
    (serializers.ListSerializer, "STRUCT(label VARCHAR, text VARCHAR, start_char BIGINT, end_char BIGINT)[]"),
)


def export_columns() -> Mapping[str, str]:
    """Column -> DuckDB's type of it. Times are in UTC."""
    return {name: next((kind for field_class, kind in _TYPES if isinstance(field, field_class)), "VARCHAR") for name, field in _fields()}


def _fields() -> list[tuple[str, Any]]:
    return list(JobSerializer().fields.items())
