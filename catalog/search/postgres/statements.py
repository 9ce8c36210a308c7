"""SQL with its parameters, put together by hand: Django takes longer to write a search's statement than PostgreSQL to answer it."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.models import QuerySet


class Statement(NamedTuple):
    """A query, or an expression in one.

    `is_kept`: PostgreSQL keeps its plan with the connection, where planning takes about as long as answering. For queries whose
    text and whose best plan are the same whatever the parameters are, and that tell the type of each.
    """

    sql: str
    params: tuple[Any, ...] = ()
    is_kept: bool = False

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
            # Django writes down for developers what its own cursors asked.
            if self.is_kept and not connection.queries_logged:
                cursor.cursor = _prepares(connection.connection)
            cursor.execute(self.sql, self.params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


class _PreparingCursor(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> _PreparingCursor:
        return super().execute(query, params, **options | {"prepare": True})


def _prepares(opened: psycopg.Connection[tuple[Any, ...]]) -> _PreparingCursor:
    # Django forbids a connection to prepare; its own cursors, which put parameters into the text themselves, never do.
    opened.prepare_threshold = 0
    return _PreparingCursor(opened)
