"""Jobs that were published before their search vectors held as much as today's: what is missing is added, in batches.

Publishing writes a whole vector; here only what a later version adds is written, from what is stored with the job. Rows
carry the version of their vector, so that whoever ends in the middle, or works beside another one, repeats a batch at most.
`updated_at` stays: nothing that anybody is shown changes, so that nobody who keeps a copy gets all jobs again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from django.core.cache import cache
from django.db import connection, transaction

from catalog.errors import IndexBusyError
from catalog.models import Job
from catalog.publishing.publish_rows import INDEXED_TEXT_CHARS, WORDS_VERSION
from catalog.querysets import JobQuerySet
from catalog.search.backend import search_backend
from catalog.search.place_words import place_words
from catalog.search.short_forms import other_forms

log = structlog.get_logger(__name__)

# Rows stay locked for a quarter of a second.
BATCH = 200
# Says that no row is of an older version: losing it costs one look through the table. Not for ever: a restored backup may have such rows.
_DONE_KEY = "catalog:words-version"
_DONE_S = 24 * 60 * 60
# The id up to which upkeep's last turns went, so that none reads again what they did. Rows that they skipped are left for the round
# that begins when the end is reached.
_LAST_KEY = "catalog:words-last"

_WITH_PLACE_NAMES = 4
_Row = tuple[int, int, str, str, list[str]]
# Whoever is publishing a row just now writes it anew, and whoever is refreshing it needs no help: neither is waited for.
_OUTDATED = f"""
    SELECT id, words_version, title, location_text, places FROM catalog_job WHERE words_version < {WORDS_VERSION} AND id > %s
    ORDER BY id LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608
# Some vectors hold the words of weight B already: the version is younger than these, and who ends before it is noted adds them again.
# Where one is missing all are added, and a word that stands there twice does no harm: it is found as before, and ranked hardly higher. The
# text is written anew, since words of which a vector holds only the first places are not missing in it, but phrases of them are. The
# offset is a fence: PostgreSQL would make each vector twice, once to compare it.
_ADD = f"""
    UPDATE catalog_job j SET search_vector = made.vector
    FROM (
        SELECT t.id, ts_filter(job.search_vector, '{{a,b,c}}') || setweight(CASE
                WHEN tsvector_to_array(added) <@ tsvector_to_array(ts_filter(job.search_vector, '{{b}}')) THEN ''::tsvector ELSE added
            END, 'B') || setweight(to_tsvector('catalog_english', left(text, {INDEXED_TEXT_CHARS})), 'D') AS vector
        FROM unnest(%s::bigint[], %s::text[]) AS t(id, words) JOIN catalog_job job USING (id)
            JOIN catalog_jobcontent content ON content.job_id = t.id, to_tsvector('catalog_english', words) AS added
        OFFSET 0
    ) made
    WHERE made.id = j.id AND made.vector IS DISTINCT FROM j.search_vector
"""  # noqa: S608
_WRITTEN = "SELECT id, xmin::text FROM catalog_job WHERE id = ANY(%s) ORDER BY id"
# Whoever writes a row just now may hold it longer than anybody should wait, and a worker of the version before may have written its
# vector anew, without the words: its turn comes again.
_NOTE = f"""
    WITH free AS (
        SELECT id FROM catalog_job j JOIN unnest(%s::bigint[], %s::text[]) AS added(id, written) USING (id)
        WHERE j.xmin::text = added.written AND j.words_version < {WORDS_VERSION} ORDER BY id FOR NO KEY UPDATE OF j SKIP LOCKED
    )
    UPDATE catalog_job j SET words_version = {WORDS_VERSION} FROM free WHERE j.id = free.id
"""  # noqa: S608


def words_refresh(*, seconds: float = float("inf"), after: int = 0, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Bring vectors of older versions up to date, of ids `after` one, for about so long, reporting how many are done. Returns how many.

    Ends early while a search index that follows the rows is being written by another process: the rest is for the next time.
    """
    until, done, last = time.monotonic() + seconds, 0, after
    while written := _add_words(last):
        if not _noted(written):
            return done
        done, last = done + len(written), max(written)
        cache.set(_LAST_KEY, last, timeout=_DONE_S)
        on_progress(done)
        if time.monotonic() > until:
            return done
    cache.delete(_LAST_KEY)
    if not words_outdated().exists():
        cache.set(_DONE_KEY, WORDS_VERSION, timeout=_DONE_S)
    return done


def words_keep(*, seconds: float) -> int:
    """The same for upkeep: goes on where it ended, and does not look through the table once all is done."""
    return 0 if cache.get(_DONE_KEY) == WORDS_VERSION else words_refresh(seconds=seconds, after=cache.get(_LAST_KEY, 0))


def words_outdated() -> JobQuerySet:
    """Jobs whose vector is of an older version."""
    return Job.objects.filter(words_version__lt=WORDS_VERSION)


@transaction.atomic
def _add_words(after: int) -> Mapping[int, str]:
    """To the next batch of outdated rows. Returns by id which transaction wrote each of them last."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTDATED, [after])
        rows: list[_Row] = cursor.fetchall()
        if not rows:
            return {}
        ids = [row[0] for row in rows]
        cursor.execute(_ADD, [ids, [_missing(*row[1:]) for row in rows]])
        cursor.execute(_WRITTEN, [ids])
        return dict(cursor.fetchall())


def _missing(version: int, title: str, location_text: str, places: Sequence[str]) -> str:
    """The words of weight B that vectors of a version lack, see `WORDS_VERSION`."""
    if version >= _WITH_PLACE_NAMES:
        return ""
    names = place_words(places, location_text)
    return names if version else " · ".join([location_text, other_forms(title), names])


def _noted(written: Mapping[int, str]) -> bool:
    """Give committed rows to the index, and only then their version: whoever ends in between has them given again.

    While the index is waited for, nobody waits for the rows.
    """
    try:
        search_backend().index(written.keys())
    except IndexBusyError as error:
        log.info("words_wait_for_search_index", error=str(error))
        return False
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [list(written), list(written.values())])
    return True
