"""A page of the list of jobs, written as JSON by PostgreSQL itself.

The same items as `catalog.api.rows.job_items` makes, which a test holds it to, without making Python objects of a
page's five thousand values only to write them out again. Items that this process has had already are not written again
while their rows are the same (`catalog.row_memory`).
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import connection

from catalog.api.rows import ITEM_COLUMNS, LIST_CONTENT, RENAMED
from catalog.row_memory import ROW_VERSION, RowMemory, row_versions

_MOMENTS = frozenset({"posted_at", "missing_since", "closed_at", "updated_at", *RENAMED})
_items = RowMemory[int, bytes](most=4_000)


def items_json(ids: Sequence[int]) -> orjson.Fragment:
    """The list items of these jobs as a JSON array, in the order of the ids; those that are gone are left out.

    One query where all of them are remembered or none is, else two.
    """
    return orjson.Fragment(b"[" + b",".join(_items.values(ids, _versions, _written)) + b"]")


def _versions(ids: Sequence[int]) -> dict[int, str]:
    return {pk: version for pk, (version, _) in row_versions(ids).items()}


def _written(ids: Sequence[int]) -> dict[int, tuple[str, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [list(ids)])
        return {pk: (version, item.encode()) for pk, version, item in cursor.fetchall()}


def _column(name: str) -> str:
    if name not in _MOMENTS:
        return f"catalog_job.{name}"
    # As the renderer writes times: UTC, which the connection is in, and microseconds only where there are any.
    return f"replace(to_char(catalog_job.{name}, '{_FORMAT}'), '.000000Z', 'Z') AS {RENAMED.get(name, name)}"


_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_COLUMNS = ", ".join([*map(_column, (*ITEM_COLUMNS, *RENAMED)), *(f"c.{name}" for name in LIST_CONTENT)])
_SKILLS = 'ARRAY(SELECT s.name FROM catalog_skill s WHERE s.id = ANY(catalog_job.skill_ids) ORDER BY s.name COLLATE "C")'
_ITEMS = f"""
    SELECT catalog_job.id, {ROW_VERSION}, row_to_json(item)::text
    FROM catalog_job JOIN catalog_jobcontent c ON c.job_id = catalog_job.id, LATERAL (SELECT {_COLUMNS}, {_SKILLS} AS skills) AS item
    WHERE catalog_job.id = ANY(%s::bigint[])
"""  # noqa: S608 - names of columns
