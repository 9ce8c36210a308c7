"""Several SQL statements in one message to the database.

Asking costs more than most answers: of a batch of boards a fifth of the work is sending, waiting and waking up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from django.db import connection

Rows: TypeAlias = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """One statement without a semicolon, and its parameters."""

    sql: str
    parameters: Sequence[Any]


def array(values: Sequence[int] | Sequence[UUID]) -> str:
    """The values as PostgreSQL writes an array, for `%s::bigint[]` or `%s::uuid[]`: the driver takes ten times as long for a list."""
    return f"{{{orjson.dumps(values)[1:-1].decode()}}}"


def execute(*statements: Statement) -> list[Rows]:
    """The rows of each statement, done one after the other; each sees what those before it did.

    Needs the binding of parameters in the client, Django's default: the server takes parameters for one statement only.
    """
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(";".join(one.sql for one in statements), [value for one in statements for value in one.parameters])
        rows = [_rows(cursor)]
        while cursor.nextset():
            rows.append(_rows(cursor))
    return rows


def _rows(cursor: Any) -> Rows:
    return cursor.fetchall() if cursor.description else []
