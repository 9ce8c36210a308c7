"""The search backend that is always there: PostgreSQL, over the tables themselves, so that it is never behind them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from django.db.models import Q
from django.db.models.functions import Upper

from catalog.errors import CursorError
from catalog.models import Job
from catalog.querysets import JobQuerySet
from catalog.search.backend import FacetRows, Hits
from catalog.search.counts import CAP, Count, capped_count
from catalog.search.facets import grouped_counts
from catalog.search.keyset import KeysetPage, keyset_page
from catalog.search.postgres.first_page import COLUMNS, first_page
from catalog.search.postgres.frequency import expected_matches, expected_of_common_words, expected_of_rare_word
from catalog.search.postgres.newest import Matching
from catalog.search.postgres.ranked import RANKED, Relevance, Titled, newest_page, newest_point
from catalog.search.postgres.statements import Statement
from catalog.search.postgres.text_rank import COPIED_VECTOR, TITLE_WORDS, compiled_query, in_title, text_rank, words_anywhere
from catalog.search.query import Condition, Op, Search, Sort
from catalog.search.words import as_typed

_SEVERAL = frozenset({"skill_ids", "places"})
_STREAMED_AT_ONCE = 2_000
# So many matches are sorted for less than it costs to walk to the best paid of them.
_FEW = 5_000


class PostgresBackend:
    """See `catalog.search.backend.SearchBackend`. `among`: searches only these jobs. `ranked`: ranks so many instead of RANKED."""

    def __init__(self, among: JobQuerySet | None = None, ranked: int | None = None) -> None:
        self._among = among
        self._ranked = ranked

    def jobs(self, search: Search) -> JobQuerySet:
        """All matches, in no order."""
        jobs = (Job.objects.all() if self._among is None else self._among).filter(*map(_met, search.conditions))
        if not search.text:
            return jobs
        return jobs.resembling(search.text) if search.resembling else jobs.matching(search.text)

    def answerable(self, search: Search) -> Search:
        """The search itself, or by resemblance where no job has its words."""
        # Counted: asked whether there is any, PostgreSQL expects to meet one soon and opens the vectors of the whole table.
        fuzzy = bool(search.text) and not capped_count(self.jobs(search), 1).value
        return replace(search, resembling=True) if fuzzy else search

    def page(self, search: Search, *, limit: int, cursor: str | None = None) -> Hits:
        if not search.text:
            page = self._list_page(search, limit, cursor)
            return Hits([row["id"] for row in page.rows], page.next, search)
        resembling = replace(search, resembling=True)
        try:
            found = self._text_page(search, limit, cursor)
        except CursorError:
            return self._text_page(resembling, limit, cursor)
        return found if found.ids or cursor else self._text_page(resembling, limit, None)

    def _list_page(self, search: Search, limit: int, cursor: str | None) -> KeysetPage:
        if cursor is None and self._among is None:
            return first_page(search, limit, _all_ordered)
        return keyset_page(_ordered(self.jobs(search), search.sort).values(*COLUMNS), limit=limit, cursor=cursor)

    def _text_page(self, search: Search, limit: int, cursor: str | None) -> Hits:
        kind = "resembling" if search.resembling else "matching"
        if search.sort == Sort.SALARY:
            page = keyset_page(self._best_paid(search).values("id", "comp_usd"), limit=limit, cursor=cursor, kind=kind)
            return Hits([row["id"] for row in page.rows], page.next, search)
        found = self._matching(search)
        if search.sort == Sort.NEWEST:
            order = f"newest {kind}"
            newest = newest_page(found, limit=limit, before=newest_point(cursor, order), order=order)
            return Hits(newest.ids, newest.next, search)
        number = self._ranked or RANKED
        ranked = Relevance(found, self._titled(search, found), kind, number).page(limit=limit, cursor=cursor)
        return Hits(ranked.ids, ranked.next, search, number if ranked.is_bounded else None)

    def _matching(self, search: Search) -> Matching:
        if search.resembling:
            jobs = Statement.of(self.jobs(search).values_list("listed_at", "id", "title", Upper("title")))
            return Matching(jobs, Statement("word_similarity(%s, seen)", (search.text.upper(),)))
        asked, anywhere = compiled_query(search.text), words_anywhere(search.text)
        query = anywhere or asked
        candidates = self._with_vectors(search)
        jobs = candidates.where(f"search_vector @@ {query.sql}", *query.params)
        test = Statement(f"seen @@ (SELECT {asked.sql})", asked.params) if anywhere else None
        looked_up, rare = None, expected_of_rare_word(search.text)
        expected = rare
        if self._among is None and _is_by_words(search):
            # Of a query that is not a constant the planner expects the same whatever it is, so that it can keep the plan.
            looked_up = candidates.where(f"search_vector @@ (SELECT {query.sql})", *query.params)._replace(is_kept=True)
            expected = expected_of_common_words(as_typed(search.text).split(), _states(search)) if rare is None else rare
        return Matching(jobs, text_rank(search.text), test, COPIED_VECTOR, expected, looked_up, is_rare=rare is not None)

    def _titled(self, search: Search, found: Matching) -> Titled | None:
        if search.resembling:
            return None
        asked = compiled_query(search.text)
        jobs = looked_up = self._with_vectors(search)
        # What is not in the title may be elsewhere.
        for words in (TITLE_WORDS, "search_vector") if "-" in search.text else (TITLE_WORDS,):
            jobs = jobs.where(f"{words} @@ {asked.sql}", *asked.params)
            looked_up = looked_up.where(f"{words} @@ (SELECT {asked.sql})", *asked.params)
        kept = looked_up._replace(is_kept=True) if self._among is None and _is_by_words(search) else None
        return Titled(Matching(jobs, found.rank, copied=found.copied, looked_up=kept), in_title(search.text))

    def _with_vectors(self, search: Search) -> Statement:
        """All that meet the conditions, whatever their words."""
        wordless = Search(conditions=search.conditions)
        return _kept_with_vectors(wordless) if self._among is None and not wordless.is_long else _with_vectors(self.jobs(wordless))

    def _best_paid(self, search: Search) -> JobQuerySet:
        """Rare words behind a fence: walking all jobs by their pay, PostgreSQL would look into each one's vector."""
        jobs = self.jobs(search)
        return (jobs.fenced() if expected_matches(Statement.of(jobs)) <= _FEW else jobs).best_paid_first()

    def count(self, search: Search, *, cap: int | None = CAP) -> Count:
        jobs = self.jobs(search)
        return Count(jobs.count(), is_exact=True) if cap is None else capped_count(jobs, cap)

    def facets(self, search: Search, names: Sequence[str]) -> Mapping[str, FacetRows]:
        return grouped_counts(self.jobs(search), names)

    def stream(self, search: Search) -> Iterator[int]:
        """The ids of all matches, best paid first if the search is sorted so, else newest first, in bounded memory.

        For exports: it is read inside of a transaction.
        """
        jobs = self.jobs(search)
        return _ordered(jobs, search.sort).values_list("pk", flat=True).iterator(chunk_size=_STREAMED_AT_ONCE)

    def index(self, job_ids: Collection[int]) -> None:
        """Nothing to do: what is searched is columns of the rows, written with them."""

    def rebuild(self, *, on_progress: Callable[[int], None] = lambda done: None) -> None:
        """Nothing to do, as for `index`."""


def _is_by_words(search: Search) -> bool:
    """Whether there is no condition by which jobs are found better than by their words."""
    return all(condition.column == "state" for condition in search.conditions)


def _states(search: Search) -> Collection[str]:
    """Those that jobs may have, none for any, where `_is_by_words`: no parameter leaves out a state."""
    return {value for condition in search.conditions for value in condition.values}


def _with_vectors(jobs: JobQuerySet) -> Statement:
    return Statement.of(jobs.values_list("listed_at", "id", "title", "search_vector"))


@lru_cache(maxsize=500)
def _kept_with_vectors(search: Search) -> Statement:
    return _with_vectors(PostgresBackend().jobs(search))


def _all_ordered(search: Search) -> JobQuerySet:
    return _ordered(PostgresBackend().jobs(search), search.sort)


def _ordered(jobs: JobQuerySet, sort: Sort) -> JobQuerySet:
    return jobs.best_paid_first() if sort == Sort.SALARY else jobs.newest_first()


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
