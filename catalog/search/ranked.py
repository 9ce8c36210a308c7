"""Order by relevance in bounded time: the newest `RANKED` matches the best first, then all others the newest first.

The first page fixes which those are, by the points of the newest and the oldest of them, and its cursor carries both: jobs
that are added meanwhile can neither push one out nor come twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, FloatField

from catalog.errors import CursorError
from catalog.search.keyset import cursor_of, cursor_values
from catalog.search.newest import Match, Matching, Point, matches_between, newest_matches

RANKED = 500
_POINT = (DateTimeField(), BigIntegerField())
_AMONG = (BigIntegerField(), *_POINT, *_POINT, FloatField(), *_POINT)


@dataclass(frozen=True, slots=True)
class RankedPage:
    """Ids, the cursor of the next page, and whether there are matches that were not ranked."""

    ids: Sequence[int]
    next: str | None
    is_bounded: bool


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The matches that are ranked: best first, those after the cursor."""

    matches: Sequence[Match]
    newest: Point
    oldest: Point
    is_bounded: bool


def relevance_page(found: Matching, *, limit: int, cursor: str | None, kind: str) -> RankedPage:
    """`kind` tells apart what cursors are for. Raises CursorError."""
    if cursor is None:
        ranked = _first(found)
        return _page(found, ranked, limit, kind) if ranked else RankedPage([], None, is_bounded=False)
    try:
        values = cursor_values(cursor, f"ranked {kind}", _AMONG)
    except CursorError:
        beyond = Point(*cursor_values(cursor, f"beyond {kind}", _POINT))
        page = newest_page(found, limit=limit, before=beyond, order=f"beyond {kind}")
        return RankedPage(page.ids, page.next, is_bounded=True)
    return _page(found, _again(found, values), limit, kind)


def newest_page(found: Matching, *, limit: int, before: Point | None, order: str) -> RankedPage:
    """The matches before a point, newest first."""
    rows = newest_matches(found, number=limit + 1, ranked=False, before=before)
    shown = [match.at for match in rows[:limit]]
    end = shown[-1] if shown else before
    return RankedPage([at.id for at in shown], cursor_of(order, end) if end and len(rows) > limit else None, is_bounded=False)


def newest_point(cursor: str | None, order: str) -> Point | None:
    """Where the page before ended, by a cursor of `newest_page`. Raises CursorError."""
    return Point(*cursor_values(cursor, order, _POINT)) if cursor else None


def _first(found: Matching) -> _Ranked | None:
    rows = newest_matches(found, number=RANKED + 1, ranked=True)
    if not rows:
        return None
    among = rows[:RANKED]
    return _Ranked(sorted(among, key=_worth, reverse=True), among[0].at, among[-1].at, is_bounded=len(rows) > RANKED)


def _again(found: Matching, values: Sequence[Any]) -> _Ranked:
    """What comes after the cursor that has these values, as `_page` puts them together."""
    is_bounded, newest, oldest, rank, last = values[0] == 1, Point(*values[1:3]), Point(*values[3:5]), values[5], Point(*values[6:8])
    rows = matches_between(found, newest=newest, oldest=oldest)
    after = [match for match in rows if _worth(match) < (rank, last)]
    return _Ranked(sorted(after, key=_worth, reverse=True), newest, oldest, is_bounded)


def _page(found: Matching, ranked: _Ranked, limit: int, kind: str) -> RankedPage:
    shown = ranked.matches[:limit]
    ids = [match.at.id for match in shown]
    if len(ranked.matches) > limit:
        last = shown[-1]
        values = (int(ranked.is_bounded), *ranked.newest, *ranked.oldest, last.rank, *last.at)
        return RankedPage(ids, cursor_of(f"ranked {kind}", values), ranked.is_bounded)
    if not ranked.is_bounded:
        return RankedPage(ids, None, is_bounded=False)
    beyond = newest_page(found, limit=limit - len(ids), before=ranked.oldest, order=f"beyond {kind}")
    return RankedPage([*ids, *beyond.ids], beyond.next, is_bounded=True)


def _worth(match: Match) -> tuple[float, Point]:
    return match.rank, match.at
