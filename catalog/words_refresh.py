"""Jobs that were published before their search vectors held as much as today's: what is missing is added, in batches.

Publishing writes a whole vector; here only what a later version adds is written, from what is stored with the job. Rows
carry the version of their vector, so that whoever ends in the middle, or works beside another one, repeats nothing.
`updated_at` stays: nothing that anybody is shown changes, so that nobody who keeps a copy gets all jobs again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from django.core.cache import cache
from django.db import connection, transaction

from catalog.models import Job
from catalog.publish_rows import WORDS_VERSION
from catalog.querysets import JobQuerySet
from catalog.search.backend import search_backend
from catalog.search.short_forms import other_forms

BATCH = 500
# Says that no row is of an older version: losing it costs one look through the table.
_DONE_KEY = "catalog:words-version"

_Row = tuple[int, str, str]
_JOB = Job._meta.db_table
# Whoever is publishing a row just now writes it anew, and whoever is refreshing it needs no help: neither is waited for.
_OUTDATED = f"""
    SELECT id, title, location_text FROM {_JOB} WHERE words_version < {WORDS_VERSION} AND id > %s
    ORDER BY id LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608
# The version is younger than what it stands for, so that some vectors hold the words already.
_ADD = f"""
    UPDATE {_JOB} j SET words_version = {WORDS_VERSION}, search_vector = CASE
        WHEN tsvector_to_array(added.words) <@ tsvector_to_array(ts_filter(j.search_vector, '{{b}}')) THEN j.search_vector
        ELSE j.search_vector || setweight(added.words, 'B') END
    FROM (
        SELECT id, to_tsvector('catalog_english', text) AS words FROM unnest(%s::bigint[], %s::text[]) AS t(id, text)
    ) added WHERE added.id = j.id
"""  # noqa: S608


def words_refresh(*, seconds: float = float("inf"), on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Bring vectors of older versions up to date, for about so long, reporting how many are done. Returns how many.

    Raises IndexBusyError when a search index that follows the rows is being written for too long by another process.
    """
    until, done, last = time.monotonic() + seconds, 0, 0
    while rows := _refresh_batch(last):
        done, last = done + len(rows), rows[-1][0]
        on_progress(done)
        if time.monotonic() > until:
            return done
    if not words_outdated().exists():
        cache.set(_DONE_KEY, WORDS_VERSION, timeout=None)
    return done


def words_keep(*, seconds: float) -> int:
    """The same for upkeep: does not look through the table once all is done."""
    return 0 if cache.get(_DONE_KEY) == WORDS_VERSION else words_refresh(seconds=seconds)


def words_outdated() -> JobQuerySet:
    """Jobs whose vector is of an older version."""
    return Job.objects.filter(words_version__lt=WORDS_VERSION)


@transaction.atomic
def _refresh_batch(after: int) -> Sequence[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(_OUTDATED, [after])
        rows: list[_Row] = cursor.fetchall()
        if rows:
            cursor.execute(_ADD, [[pk for pk, _, _ in rows], [f"{place} · {other_forms(title)}" for _, title, place in rows]])
            # Before the commit: if it fails, the next one writes the same again.
            search_backend().index([pk for pk, _, _ in rows])
    return rows
