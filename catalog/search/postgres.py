"""The search backend that is always there: PostgreSQL, over the tables themselves, so that it is never behind them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from django.db.models import Q

from catalog.errors import CursorError
from catalog.models import Job
from catalog.querysets import JobQuerySet
from catalog.search.backend import FacetRows, Hits
from catalog.search.counts import CAP, Count, capped_count
from catalog.search.facets import grouped_counts
from catalog.search.keyset import keyset_page
from catalog.search.query import Condition, Op, Search, Sort

_SEVERAL = frozenset({"skill_ids", "places"})
_STREAMED_AT_ONCE = 2_000


class PostgresBackend:
    """See `catalog.search.backend.SearchBackend`. `among`: searches only these jobs."""

    def __init__(self, among: JobQuerySet | None = None) -> None:
        self._among = among

    def jobs(self, search: Search) -> JobQuerySet:
        """All matches, in no order; with a text they carry `rank`."""
        jobs = (Job.objects.all() if self._among is None else self._among).filter(*map(_met, search.conditions))
        if not search.text:
            return jobs
        return jobs.resembling(search.text) if search.resembling else jobs.matching(search.text)

    def answerable(self, search: Search) -> Search:
        """The search itself, or by resemblance where no job has its words."""
        fuzzy = bool(search.text) and not self.jobs(search).exists()
        return replace(search, resembling=True) if fuzzy else search

    def page(self, search: Search, *, limit: int, cursor: str | None = None) -> Hits:
        try:
            found = self._page(search, limit, cursor)
        except CursorError:
            if not search.text:
                raise
            return self._page(replace(search, resembling=True), limit, cursor)
        if found.ids or cursor or not search.text:
            return found
        return self._page(replace(search, resembling=True), limit, None)

    def _page(self, search: Search, limit: int, cursor: str | None) -> Hits:
        jobs = self._ordered(search)
        ranked = ("rank",) if "rank" in jobs.query.annotations else ()
        rows = jobs.values("id", "listed_at", "comp_usd", *ranked)
        page = keyset_page(rows, limit=limit, cursor=cursor, kind="resembling" if search.resembling else "")
        return Hits([row["id"] for row in page.rows], page.next, search)

    def count(self, search: Search, *, cap: int | None = CAP) -> Count:
        jobs = self.jobs(search)
        return Count(jobs.count(), is_exact=True) if cap is None else capped_count(jobs, cap)

    def facets(self, search: Search, names: Sequence[str]) -> Mapping[str, FacetRows]:
        return grouped_counts(self.jobs(search), names)

    def stream(self, search: Search) -> Iterator[int]:
        jobs = self.jobs(search)
        ordered = jobs.best_paid_first() if search.sort == Sort.SALARY else jobs.newest_first()
        return ordered.values_list("pk", flat=True).iterator(chunk_size=_STREAMED_AT_ONCE)

    def index(self, job_ids: Collection[int]) -> None:
        """Nothing to do: what is searched is columns of the rows, written with them."""

    def rebuild(self, *, on_progress: Callable[[int], None] = lambda done: None) -> None:
        """Nothing to do, as for `index`."""

    def _ordered(self, search: Search) -> JobQuerySet:
        jobs = self.jobs(search)
        match search.sort:
            case Sort.SALARY:
                return (jobs.fenced() if search.text else jobs).best_paid_first()
            case Sort.RELEVANCE if search.text:
                return jobs.most_relevant_first()
            case _:
                return (jobs.fenced() if search.text else jobs).newest_first()


def _met(condition: Condition) -> Q:
    return ~_has(condition) if condition.excluded else _has(condition)


def _has(condition: Condition) -> Q:
    column, values = condition.column, list(condition.values)
    match condition.op:
        case Op.ANY if column in _SEVERAL:
            return Q(**{f"{column}__overlap": values})
        case Op.ANY:
            # One value as plain equality: the planner then reads the (state, date) index in order.
            return Q(**{column: values[0]} if len(values) == 1 else {f"{column}__in": values})
        case Op.ALL:
            return Q(**{f"{column}__contains": values})
        case Op.AT_LEAST:
            return Q(**{f"{column}__gte": values[0]})
        case Op.BELOW:
            return Q(**{f"{column}__lt": values[0]})
        case Op.PRESENT if column in _SEVERAL:
            return ~Q(**{column: []})
        case Op.PRESENT:
            return Q(**{f"{column}__isnull": False})
