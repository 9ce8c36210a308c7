"""SQL with its parameters, put together by hand: Django takes longer to write a search's statement than PostgreSQL to answer it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet


class Statement(NamedTuple):
    """A query, or an expression in one."""

    sql: str
    params: tuple[Any, ...] = ()

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> Statement:
        """What the queryset asks; also where Django knows that nothing is found."""
        sql, params = queryset.query.get_compiler(connection.alias, elide_empty=False).as_sql()
        return cls(sql, tuple(params))

    def where(self, condition: str, *params: Any) -> Statement:
        """Its rows that meet a condition on its columns; PostgreSQL plans both as one."""
        return Statement(f"SELECT * FROM ({self.sql}) AS found WHERE {condition}", (*self.params, *params))  # noqa: S608

    def rows(self) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
