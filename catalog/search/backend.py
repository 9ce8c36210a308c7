"""The seam between searches and what answers them. Pages, API and exports ask `search_backend()`, never a table.

A backend gives ids and numbers; rows are read from PostgreSQL by id, whatever found them. A job may be gone by then:
readers leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.search.counts import CAP, Count
from catalog.search.query import Search

BACKENDS: Mapping[str, str] = {
    "postgres": "catalog.search.postgres.backend.PostgresBackend",
    "tantivy": "catalog.search.tantivy.backend.TantivyBackend",
}

# Values of a facet's column as text with the number of jobs that have it: largest number first, of equals by value.
FacetRows = Sequence[tuple[str, Count]]


@dataclass(frozen=True, slots=True)
class Hits:
    """One page: ids in order, and the cursor of the next page (None when this is the last).

    `search` is the one that was answered: as asked, or by resemblance where no job has its words. Count and divide that one.
    `ranked_among`: how many of the newest matches the order by relevance covers (of those with all words in their title, then of the
    others), the rest follow newest first; None: all.
    `ranked_first`: the same where it covers all matches, but comes to an end after so many of the best; None: it does not.
    `as_of`: what answered has not yet followed the rows beyond the changes of this moment, nor have count and facets; None: it had
    all, a second ago at the earliest.
    """

    ids: Sequence[int]
    next: str | None
    search: Search
    ranked_among: int | None = None
    ranked_first: int | None = None
    as_of: datetime | None = None

    def ranked_of(self, count: Count) -> int | None:
        """`ranked_among` where so many match that not all are ranked: a page of titles alone knows only how many were expected."""
        return None if self.ranked_among and count.is_exact and count.value <= self.ranked_among else self.ranked_among

    @property
    def rows(self) -> Sequence[int]:
        """What a pager calls them."""
        return self.ids


class SearchBackend(Protocol):
    """One contract for all: `catalog/tests/search` holds every backend to it."""

    def page(self, search: Search, *, limit: int, cursor: str | None = None) -> Hits:
        """The first `limit` jobs after the cursor: through all pages every job once, also while jobs are added.

        Where no job has the words of the text, the jobs that resemble it. Raises CursorError for a cursor that is not
        of this backend and order.
        """

    def count(self, search: Search, *, cap: int | None = CAP) -> Count:
        """How many match: exact up to `cap` at least, without one exact in any case; `is_exact` never lies."""

    def facets(self, search: Search, names: Sequence[str]) -> Mapping[str, FacetRows]:
        """How the matches divide by the columns of these `catalog.search.facets.FACETS`, at most LONGEST values each."""

    def index(self, job_ids: Collection[int]) -> None:
        """Bring what is searched in line with these jobs' rows as they are now; an id without a row is removed."""

    def rebuild(self, *, on_progress: Callable[[int], None] = lambda done: None) -> None:
        """Index every job anew, reporting how many are done. Searches are answered meanwhile."""


@lru_cache(maxsize=1)
def search_backend() -> SearchBackend:
    """The one that the setting SEARCH_BACKEND names."""
    backend: SearchBackend = import_string(BACKENDS[settings.SEARCH_BACKEND])()
    return backend
