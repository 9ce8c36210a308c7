"""The first page of a list without words, which is what most lists are asked for: its statement is written once a search.

Django takes longer to write the statement than PostgreSQL to answer it. Only the statement is kept, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from catalog.querysets import JobQuerySet
from catalog.search.keyset import KeysetOrder, KeysetPage
from catalog.search.query import Search

# Of these the orders are made.
COLUMNS = ("id", "listed_at", "comp_usd")
_Ordered = Callable[[Search], JobQuerySet]


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    params: tuple[Any, ...]
    order: KeysetOrder


def first_page(search: Search, limit: int, ordered: _Ordered) -> KeysetPage:
    """Rows of COLUMNS as `catalog.search.keyset.keyset_page` gives them, but for times, which are texts as PostgreSQL writes them.

    `ordered`: makes all matches of a search, in order.
    """
    try:
        statement = (_written if search.is_long else _kept)(search, limit, ordered)
    except EmptyResultSet:
        return KeysetPage([], None)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return statement.order.page(rows, limit)


def _written(search: Search, limit: int, ordered: _Ordered) -> _Statement:
    jobs = ordered(search)
    # The driver takes longer to read a page's times than PostgreSQL to find its rows, and only the last one goes into a cursor.
    columns = (Cast(name, TextField()) if name == "listed_at" else name for name in COLUMNS)
    sql, params = jobs.values_list(*columns)[: limit + 1].query.sql_with_params()
    return _Statement(sql, params, KeysetOrder.of(jobs))


_kept = lru_cache(maxsize=500)(_written)
