"""What is searched, read once before anybody asks: every peer answers from memory, as on a site that has been up for a while.

Without it the first to touch a page pays for it, and who that is follows from the order of the queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import connection

_CHUNK = 2**22
# The table, what is stored beside it (search vectors), and the indexes of both.
_SEARCHED = """
WITH tables AS (
  SELECT unnest(ARRAY[oid, reltoastrelid]) AS oid FROM pg_class WHERE oid = 'catalog_job'::regclass
), searched AS (
  SELECT oid::regclass AS relation FROM tables UNION ALL SELECT indexrelid::regclass FROM pg_index JOIN tables ON indrelid = tables.oid
)
"""
_PREWARM = f"{_SEARCHED} SELECT sum(pg_prewarm(relation)) FROM searched"  # noqa: S608
_LOOK = f"""
{_SEARCHED} SELECT count(get_raw_page(relation::text, page))
FROM searched, generate_series(0, pg_relation_size(relation) / current_setting('block_size')::bigint - 1) AS page
"""  # noqa: S608


def make_resident(folders: Iterable[Path]) -> None:
    """Files into the system's cache, the job table into PostgreSQL's own as far as it goes."""
    for folder in folders:
        for path in [folder] if folder.is_file() else filter(Path.is_file, folder.rglob("*")):
            _read(path)
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        cursor.execute(_PREWARM)


def look_at_pages(execute: Callable[[Any], object]) -> None:
    """By the connection that is to search: the first look of a backend at a page of the shared memory costs as much as several others."""
    execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
    execute(_LOOK)


def _read(path: Path) -> None:
    with path.open("rb") as handle:
        while handle.read(_CHUNK):
            pass
