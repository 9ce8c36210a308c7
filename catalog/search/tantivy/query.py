"""A search -> a tantivy query. Filters have no part in the order by score. Imports tantivy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import tantivy

from catalog.choices import JobState
from catalog.errors import CannotAnswerError
from catalog.search.query import Condition, Op, Search
from catalog.search.tantivy.folder import Opened
from catalog.search.tantivy.schema import COLUMNS, SEVERAL, Kind, stored
from catalog.search.tantivy.words import tsquery, words_query

# More companies than this are a question for a join.
MAX_VALUES = 10_000
# All values of columns in which every job has one.
_VALUES: Mapping[str, Sequence[str]] = {"state": JobState.values}


def search_query(search: Search, opened: Opened) -> tantivy.Query:
    """What matches, scored by the text. Raises CannotAnswerError."""
    if search.resembling:
        raise CannotAnswerError("resemblance")
    known = opened.queries.get(search)
    return opened.queries.keep(search, _made(search, opened)) if known is None else known


def count_matches(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """Every job has one id. Several times cheaper than a search for one hit with the number of all, which orders or scores them."""
    answer = searcher.aggregate(query, {"jobs": {"value_count": {"field": "id"}}})
    return int(answer["jobs"]["value"])


def _made(search: Search, opened: Opened) -> tantivy.Query:
    schema, conditions = opened.schema, _quickest(search, opened.searcher)
    wanted = [words_query(tsquery(search.text), schema)] if search.text else []
    wanted += [_filter(condition, schema) for condition in conditions if not condition.excluded]
    unwanted = [_has(condition, schema) for condition in conditions if condition.excluded]
    return both(wanted, unwanted)


def _quickest(search: Search, searcher: tantivy.Searcher) -> Sequence[Condition]:
    """The conditions, those that most jobs meet turned round: tantivy leaves few jobs out in less time than it finds many.

    Not where nothing else is left to be found: then it would walk through all jobs.
    """
    turned = [each for condition in search.conditions for each in _turned(condition, searcher)]
    return turned if search.text or not all(condition.excluded for condition in turned) else search.conditions


def _turned(condition: Condition, searcher: tantivy.Searcher) -> Sequence[Condition]:
    """What a job must not have where that are fewer jobs, one condition a value: for several at once tantivy walks all jobs."""
    column = condition.column
    if column not in _VALUES or condition.op is not Op.ANY or condition.excluded:
        return [condition]
    jobs = {value: searcher.doc_freq(column, value) for value in _VALUES[column]}
    others = sorted(jobs.keys() - condition.values)
    if 2 * sum(jobs[value] for value in others) >= sum(jobs.values()):
        return [condition]
    return [replace(condition, values=(value,), excluded=True) for value in others]


def both(wanted: Sequence[tantivy.Query], unwanted: Sequence[tantivy.Query] = ()) -> tantivy.Query:
    """All of the one and none of the other."""
    if len(wanted) == 1 and not unwanted:
        return wanted[0]
    must = [(tantivy.Occur.Must, query) for query in wanted or [tantivy.Query.all_query()]]
    return tantivy.Query.boolean_query(must + [(tantivy.Occur.MustNot, query) for query in unwanted])


def between(schema: tantivy.Schema, column: str, lowest: int | None = None, highest: int | None = None) -> tantivy.Query:
    """A number within bounds, both included."""
    return _unscored(tantivy.Query.range_query(schema, column, _field_type(column), lowest, highest))


def any_of(schema: tantivy.Schema, column: str, values: Sequence[Any]) -> tantivy.Query:
    if not values:
        return tantivy.Query.empty_query()
    if len(values) == 1:
        return tantivy.Query.term_query(schema, column, values[0], "basic")
    if len(values) > MAX_VALUES:
        raise CannotAnswerError(f"{len(values):,} values of {column}")
    return tantivy.Query.term_set_query(schema, column, list(values))


def _filter(condition: Condition, schema: tantivy.Schema) -> tantivy.Query:
    """One value of a column adds the same to the score of every match, and tantivy is faster with plain terms; of several it may not."""
    query = _has(condition, schema)
    return _unscored(query) if condition.column in SEVERAL else query


def _has(condition: Condition, schema: tantivy.Schema) -> tantivy.Query:
    column = condition.column
    if column not in COLUMNS:
        raise CannotAnswerError(f"{column} is not in the index")
    values = [stored(COLUMNS[column], value) for value in condition.values]
    match condition.op:
        case Op.ANY:
            return any_of(schema, column, values)
        case Op.ALL:
            return both([any_of(schema, column, [value]) for value in values])
        case Op.AT_LEAST:
            return tantivy.Query.range_query(schema, column, _field_type(column), values[0], None)
        case Op.BELOW:
            return tantivy.Query.range_query(schema, column, _field_type(column), None, values[0], True, False)
        case Op.PRESENT:
            return tantivy.Query.exists_query(column)


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _field_type(column: str) -> tantivy.FieldType:
    kind = COLUMNS[column]
    return tantivy.FieldType.Integer if kind is Kind.MOMENT else kind.value
