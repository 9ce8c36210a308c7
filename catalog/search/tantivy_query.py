"""A search -> a tantivy query. Filters have no part in the order by score. Imports tantivy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tantivy

from catalog.errors import CannotAnswerError
from catalog.search.query import Condition, Op, Search
from catalog.search.tantivy_schema import COLUMNS, SEVERAL, Kind, stored
from catalog.search.tantivy_words import tsquery, words_query

# More companies than this are a question for a join.
MAX_VALUES = 10_000
_MIN, _MAX = -(2**63), 2**63 - 1


def search_query(search: Search, schema: tantivy.Schema) -> tantivy.Query:
    """What matches, scored by the text. Raises CannotAnswerError."""
    if search.resembling:
        raise CannotAnswerError("resemblance")
    wanted = [words_query(tsquery(search.text), schema)] if search.text else []
    wanted += [_filter(condition, schema) for condition in search.conditions if not condition.excluded]
    unwanted = [_has(condition, schema) for condition in search.conditions if condition.excluded]
    return both(wanted, unwanted)


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
