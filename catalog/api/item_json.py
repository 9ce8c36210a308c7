"""A page of the list of jobs, written as JSON by PostgreSQL itself.

The same items as `catalog.api.rows.job_items` makes, which a test holds it to, without making Python objects of a
page's five thousand values only to write them out again. Items that this process has had already are not written again
while their rows are the same (`catalog.row_memory`).
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import connection

from catalog.api.rows import E1_CONTENT, ITEM_COLUMNS, RENAMED
from catalog.row_memory import VERSION, RowMemory

_MOMENTS = frozenset({"posted_at", "missing_since", "closed_at", "updated_at", *RENAMED})
_items = RowMemory[int, bytes](most=4_000)


def items_json(ids: Sequence[int]) -> orjson.Fragment:
    """The list items of these jobs as a JSON array, in the order of the ids; those that are gone are left out. One query."""
    known = {pk: kept for pk in ids if (kept := _items.get(pk))}
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [list(ids), [known[pk][0] if pk in known else "" for pk in ids]])
        rows: list[tuple[int, str, str | None]] = cursor.fetchall()
    made = {pk: _remember(pk, version, written) for pk, version, written in rows if written is not None}
    return orjson.Fragment(b"[" + b",".join(made.get(pk) or known[pk][1] for pk, _, _ in rows if pk in made or pk in known) + b"]")


def _remember(job_id: int, version: str, written: str) -> bytes:
    item = written.encode()
    _items.put(job_id, version, item)
    return item


def _column(name: str) -> str:
    if name not in _MOMENTS:
        return f"j.{name}"
    # As the renderer writes times: UTC, which the connection is in, and microseconds only where there are any.
    return f"replace(to_char(j.{name}, '{_FORMAT}'), '.000000Z', 'Z') AS {RENAMED.get(name, name)}"


_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_COLUMNS = ", ".join([*map(_column, (*ITEM_COLUMNS, *RENAMED)), *(f"c.{name}" for name in E1_CONTENT)])
_SKILLS = 'ARRAY(SELECT s.name FROM catalog_skill s WHERE s.id = ANY(j.skill_ids) ORDER BY s.name COLLATE "C")'
_ITEM = f"SELECT {_COLUMNS}, {_SKILLS} AS skills FROM catalog_jobcontent c WHERE c.job_id = j.id"  # noqa: S608 - names of columns
_ITEMS = f"""
    SELECT j.id, {VERSION}, CASE WHEN {VERSION} <> asked.version THEN (SELECT row_to_json(item)::text FROM ({_ITEM}) AS item) END
    FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS asked(id, version, place)
    JOIN catalog_job j ON j.id = asked.id ORDER BY asked.place
"""  # noqa: S608
