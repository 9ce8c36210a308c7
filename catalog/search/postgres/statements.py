"""SQL with its parameters, put together by hand: Django takes longer to write a search's statement than PostgreSQL to answer it."""

from __future__ import annotations

from threading import local
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
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
        # Django writes down for developers what its own cursors asked.
        if self.is_kept and not connection.queries_logged:
            return self._read(CursorWrapper(_kept.prepares(), connection))
        with connection.cursor() as cursor:
            return self._read(cursor)

    def _read(self, cursor: CursorWrapper) -> list[tuple[Any, ...]]:
        cursor.execute(self.sql, self.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


class _PreparingCursor(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> _PreparingCursor:
        return super().execute(query, params, **options | {"prepare": True})


class _Kept(local):
    """One cursor for all kept statements of a thread's connection: to make one takes longer than to ask by it."""

    cursor: _PreparingCursor | None = None

    def prepares(self) -> _PreparingCursor:
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        opened = connection.connection
        if self.cursor is None or self.cursor.connection is not opened:
            # Django forbids a connection to prepare; its own cursors, which put parameters into the text themselves, never do.
            opened.prepare_threshold = 0
            self.cursor = _PreparingCursor(opened)
        return self.cursor


_kept = _Kept()
