"""The search backend for large catalogues: a tantivy index on disk, for relevance, exact counts and facets in milliseconds.

The index is as far behind the rows as its upkeep is, a few seconds, and says so (`Hits.as_of`); rows are read from
PostgreSQL in any case, and exports are all its own. What the
index cannot tell is handed to PostgreSQL: lists without words (which an index of PostgreSQL's own has in order),
resemblance, and everything while there is no complete index. Needs the extra `tantivy`: import this only where
it is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tantivy
from django.conf import settings

from catalog.errors import CannotAnswerError, CursorError
from catalog.search.backend import FacetRows, Hits
from catalog.search.counts import CAP, Count
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Search, Sort
from catalog.search.tantivy import pages, upkeep
from catalog.search.tantivy.cursor import Cursor
from catalog.search.tantivy.facets import facet_rows
from catalog.search.tantivy.folder import IndexFolder, Opened, Reader
from catalog.search.tantivy.query import count_matches, search_query


class TantivyBackend:
    """See `catalog.search.backend.SearchBackend`."""

    def __init__(self, path: Path | None = None) -> None:
        self.folder = IndexFolder(path or settings.SEARCH_INDEX_DIR)
        self._reader = Reader(self.folder)
        self._postgres = PostgresBackend()

    def page(self, search: Search, *, limit: int, cursor: str | None = None) -> Hits:
        asked = self._understood(search)
        if asked is None:
            return self._postgres.page(search, limit=limit, cursor=cursor)
        if not search.text:
            return replace(self._postgres.page(search, limit=limit, cursor=cursor), as_of=asked.opened.lag.since())
        try:
            start = Cursor.parse(cursor, search.sort) if cursor else Cursor(search.sort)
        except CursorError:
            # What PostgreSQL began to page through, it goes on with; it refuses what it did not make either.
            return self._postgres.page(search, limit=limit, cursor=cursor)
        found = pages.page(asked.opened, asked.query, search.sort, limit=limit, cursor=start)
        if not found.ids and cursor is None:
            # No job has these words, or none yet that the index knows.
            return self._postgres.page(search, limit=limit)
        return _hits(asked, found, is_first=not cursor)

    def count(self, search: Search, *, cap: int | None = CAP) -> Count:
        asked = self._understood(search)
        number = asked.matches() if asked else 0
        # The page of what the index does not know is PostgreSQL's, and so is its count.
        return Count(number, is_exact=True) if number else self._postgres.count(search, cap=cap)

    def facets(self, search: Search, names: Sequence[str]) -> Mapping[str, FacetRows]:
        asked = self._understood(search)
        rows = facet_rows(asked.opened, asked.query, names, asked.opened.counted.get(search)) if asked else {}
        # Jobs may have none of these columns. What no job matches is PostgreSQL's, as for `count`.
        return rows if asked and (any(rows.values()) or asked.matches()) else self._postgres.facets(search, names)

    def index(self, job_ids: Collection[int]) -> None:
        upkeep.write(self.folder, job_ids)

    def rebuild(self, *, on_progress: Callable[[int], None] = lambda done: None) -> None:
        """Raises IndexBusyError while another process does the same."""
        upkeep.rebuild(self.folder, on_progress)

    def keep_up(self, *, seconds: float) -> int:
        """Follow the changes of jobs for about so long; how many were written. Raises IndexBusyError."""
        return upkeep.keep_up(self.folder, seconds)

    def _understood(self, search: Search) -> _Asked | None:
        """None where PostgreSQL has to answer."""
        opened = self._reader.open()
        if opened is None:
            return None
        try:
            return _Asked(opened, search, search_query(search, opened))
        except CannotAnswerError:
            return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The index, and what it is asked."""

    opened: Opened
    search: Search
    query: tantivy.Query

    def matches(self) -> int:
        """How many there are."""
        known = self.opened.counted.get(self.search)
        return self.opened.counted.keep(self.search, count_matches(self.opened.searcher, self.query)) if known is None else known


def _hits(asked: _Asked, found: pages.Found, *, is_first: bool) -> Hits:
    if found.matches is not None:
        asked.opened.counted.keep(asked.search, found.matches)
    goes_on = found.after is not None or not is_first
    is_cut = asked.search.sort == Sort.RELEVANCE and goes_on and asked.matches() > pages.RANKED
    return Hits(
        found.ids,
        str(found.after) if found.after else None,
        asked.search,
        ranked_first=pages.RANKED if is_cut else None,
        as_of=asked.opened.lag.since(),
    )
