"""Counts that are exact up to a cap, and say so beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

CAP = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match: all of them, or `value` is a lower bound."""

    value: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.value:,}" if self.is_exact else f"{self.value:,}+"


def capped_count(queryset: QuerySet[Any, Any], cap: int = CAP) -> Count:
    """Count without looking at more than `cap` + 1 rows."""
    try:
        matching, params = queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Count(0, is_exact=True)
    # The limit stands outside of the materialized part, which is read no further than needed, but planned as a whole:
    # with the limit inside, PostgreSQL walks the table and opens every search vector instead of using the index.
    statement = f"WITH matching AS MATERIALIZED ({matching}) SELECT count(*) FROM (SELECT FROM matching LIMIT {cap + 1}) AS found"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: int = cursor.fetchone()[0]
    return Count(value=min(found, cap), is_exact=found <= cap)
