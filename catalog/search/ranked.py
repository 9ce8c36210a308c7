"""Order by relevance in bounded time: the newest `RANKED` matches the best first, then all others the newest first.

The first page fixes which those are, by the points of the newest and the oldest of them, and its cursor carries both: jobs
that are added meanwhile can neither push one out nor come twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, DateTimeField, FloatField

from catalog.errors import CursorError
from catalog.search.keyset import cursor_of, cursor_values
from catalog.search.newest import Best, Match, Matching, Point, best_between, best_of_newest, newest_matches

RANKED = 300
_POINT = (DateTimeField(), BigIntegerField())
_AMONG = (BigIntegerField(), *_POINT, *_POINT, FloatField(), *_POINT)


@dataclass(frozen=True, slots=True)
class RankedPage:
    """Ids, the cursor of the next page, and whether there are matches that were not ranked."""

    ids: Sequence[int]
    next: str | None
    is_bounded: bool


def relevance_page(found: Matching, *, limit: int, cursor: str | None, kind: str) -> RankedPage:
    """`kind` tells apart what cursors are for. Raises CursorError."""
    if cursor is None:
        best = best_of_newest(found, number=RANKED, limit=limit + 1)
        return _page(found, best, limit, kind, is_bounded=best.size > RANKED) if best else RankedPage([], None, is_bounded=False)
    try:
        values = cursor_values(cursor, f"ranked {kind}", _AMONG)
    except CursorError:
        beyond = Point(*cursor_values(cursor, f"beyond {kind}", _POINT))
        page = newest_page(found, limit=limit, before=beyond, order=f"beyond {kind}")
        return RankedPage(page.ids, page.next, is_bounded=True)
    is_bounded, newest, oldest, last = values[0] == 1, Point(*values[1:3]), Point(*values[3:5]), Match(values[5], Point(*values[6:8]))
    best = best_between(found, newest=newest, oldest=oldest, after=last, limit=limit + 1)
    # Its ends may have gone since, so those of the first page count.
    return _page(found, Best(best.matches if best else [], 0, newest, oldest), limit, kind, is_bounded=is_bounded)


def newest_page(found: Matching, *, limit: int, before: Point | None, order: str) -> RankedPage:
    """The matches before a point, newest first."""
    points = newest_matches(found, number=limit + 1, before=before)
    shown = points[:limit]
    end = shown[-1] if shown else before
    return RankedPage([point.id for point in shown], cursor_of(order, end) if end and len(points) > limit else None, is_bounded=False)


def newest_point(cursor: str | None, order: str) -> Point | None:
    """Where the page before ended, by a cursor of `newest_page`. Raises CursorError."""
    return Point(*cursor_values(cursor, order, _POINT)) if cursor else None


def _page(found: Matching, best: Best, limit: int, kind: str, *, is_bounded: bool) -> RankedPage:
    shown = best.matches[:limit]
    ids = [match.at.id for match in shown]
    if len(best.matches) > limit:
        values = (int(is_bounded), *best.newest, *best.oldest, shown[-1].rank, *shown[-1].at)
        return RankedPage(ids, cursor_of(f"ranked {kind}", values), is_bounded)
    if not is_bounded:
        return RankedPage(ids, None, is_bounded=False)
    beyond = newest_page(found, limit=limit - len(ids), before=best.oldest, order=f"beyond {kind}")
    return RankedPage([*ids, *beyond.ids], beyond.next, is_bounded=True)
