"""Pages of a tantivy index: by relevance as far as anybody looks, and by a column with the newest id first of equals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import tantivy

from catalog.search.query import Sort
from catalog.search.tantivy.cursor import Cursor
from catalog.search.tantivy.folder import Opened
from catalog.search.tantivy.query import any_of, between, both

# By relevance come so many of the best, then the others, newest first.
RANKED = 200
# So many more of the best are looked at than are shown, because of equals the newest come first.
_EQUALS = 64


class Found(NamedTuple):
    """Ids of a page, and the cursor of the next one. `matches`: how many there are in all, where that was counted by the way."""

    ids: Sequence[int]
    after: Cursor | None
    matches: int | None = None


def page(opened: Opened, query: tantivy.Query, sort: Sort, *, limit: int, cursor: Cursor) -> Found:
    if sort == Sort.RELEVANCE:
        return _by_relevance(opened, query, limit, cursor)
    column = "comp_usd" if sort == Sort.SALARY else "listed_at"
    return _by_column(opened, query, column, limit, cursor)


def _by_relevance(opened: Opened, query: tantivy.Query, limit: int, cursor: Cursor) -> Found:
    room = RANKED - len(cursor.shown)
    if cursor.after is not None or room <= 0:
        return _by_column(opened, query, "listed_at", limit, cursor)
    looked_at = len(cursor.shown) + min(limit, room) + _EQUALS
    best, matches = _best(opened, query, looked_at)
    fresh = [job_id for job_id in best if job_id not in cursor.shown]
    ids = fresh[: min(limit, room)]
    shown = Cursor(cursor.order, cursor.shown | set(ids))
    if len(best) < looked_at and len(fresh) <= limit and len(ids) == len(fresh):
        return Found(ids, None, matches)
    if len(ids) == limit:
        return Found(ids, shown, matches)
    others, after, _ = _by_column(opened, query, "listed_at", limit - len(ids), shown)
    return Found([*ids, *others], after, matches)


def _best(opened: Opened, query: tantivy.Query, number: int) -> tuple[list[int], int]:
    """Ids by score, of equals the newest first; and how many match. Asked for both at once, every match is looked at once."""
    result = opened.searcher.search(query, number, count=True)
    places = [place for _, place in result.hits]
    rows = zip((score for score, _ in result.hits), opened.numbers("listed_at", places), opened.numbers("id", places), strict=True)
    return [pk for _, _, pk in sorted(rows, reverse=True)], result.count  # type: ignore[attr-defined]


def _by_column(opened: Opened, query: tantivy.Query, column: str, limit: int, cursor: Cursor) -> Found:
    schema = opened.schema
    left = both([query], [any_of(schema, "id", sorted(cursor.shown))]) if cursor.shown else query
    rows = _highest(opened, left, column, limit + 1, cursor.after)
    ids = [pk for _, pk in rows[:limit]]
    return Found(ids, Cursor(cursor.order, cursor.shown, rows[limit - 1]) if len(rows) > limit else None)


def _highest(opened: Opened, query: tantivy.Query, column: str, number: int, after: tuple[int, int] | None) -> list[tuple[int, int]]:
    """Values and ids, highest first, of equal values the highest id first.

    Tantivy orders by one column only and cuts equals anywhere: those of the first and of the last value are asked for by id.
    """
    rows: list[tuple[int, int]] = []
    if after is not None:
        value, last_id = after
        rows = _equals(opened, query, column, value, number, below=last_id)
        query = both([query, between(opened.schema, column, highest=value - 1)])
    if len(rows) >= number:
        return rows
    found = sorted(_ordered(opened, query, column, number - len(rows)), reverse=True)
    if len(found) == number - len(rows):
        lowest = found[-1][0]
        whole = [row for row in found if row[0] > lowest]
        found = whole + _equals(opened, query, column, lowest, number - len(rows) - len(whole))
    return rows + found


def _equals(
    opened: Opened, query: tantivy.Query, column: str, value: int, number: int, *, below: int | None = None
) -> list[tuple[int, int]]:
    wanted = [query, between(opened.schema, column, value, value)]
    wanted += [between(opened.schema, "id", highest=below - 1)] if below is not None else []
    return [(value, pk) for pk, _ in _ordered(opened, both(wanted), "id", number)]


def _ordered(opened: Opened, query: tantivy.Query, column: str, number: int) -> list[tuple[int, int]]:
    hits = opened.searcher.search(query, number, count=False, order_by_field=column).hits
    ids = opened.numbers("id", [place for _, place in hits])
    return [(value, pk) for (value, _), pk in zip(hits, ids, strict=True)]
