"""The columns of an export: the names and types of a job in the API's lists, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from catalog.api.serializers import JobSerializer, SalarySerializer
from catalog.errors import ExportFieldError

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str], ...] = (
    (serializers.BooleanField, "BOOLEAN"),
    (serializers.IntegerField, "BIGINT"),
    (serializers.FloatField, "DOUBLE"),
    (serializers.DateTimeField, "TIMESTAMP"),
    (serializers.ListField, "VARCHAR[]"),
    (SalarySerializer, "STRUCT(min DOUBLE, max DOUBLE, currency VARCHAR, period VARCHAR, ote BOOLEAN)"),
    (serializers.ListSerializer, "STRUCT(label VARCHAR, text VARCHAR, start_char BIGINT, end_char BIGINT)[]"),
)


# Three quarters of a CSV of everything, as JSON that no spreadsheet reads; whoever wants it names it.
_NOT_IN_CSV = frozenset({"highlights"})


def named_fields(asked: QueryDict) -> list[str]:
    """What `fields=a,b&fields=c` names, each once."""
    return list(dict.fromkeys(name.strip() for text in asked.getlist("fields") for name in text.split(",") if name.strip()))


def chosen_columns(names: Sequence[str], *, is_csv: bool) -> Mapping[str, str]:
    """Those columns in that order; without names all of them, in CSV all but those that no spreadsheet reads. Raises ExportFieldError."""
    known = export_columns()
    for name in names:
        if name not in known:
            raise ExportFieldError(f"there is no column {name[:40]!r}; there are {', '.join(known)}")
    wanted = names or [name for name in known if not (is_csv and name in _NOT_IN_CSV)]
    return {name: known[name] for name in wanted}


@lru_cache(maxsize=1)
def export_columns() -> Mapping[str, str]:
    """Column -> DuckDB's type of it. Times are in UTC."""
    return {name: next((kind for field_class, kind in _TYPES if isinstance(field, field_class)), "VARCHAR") for name, field in _fields()}


def _fields() -> list[tuple[str, Any]]:
    return list(JobSerializer().fields.items())
