"""Order by relevance in bounded time: the newest `RANKED` matches the best first, then all others the newest first.

Jobs with all words in their title are better than any others, and far fewer. Where more match than are ranked, the newest
`RANKED` of those come first, whatever is newer, and then the newest `RANKED` of all that match.

The first page of each part fixes which jobs are in it, by the points of the newest and the oldest of them, and its cursor
carries both: jobs that are added meanwhile can neither push one out nor come twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, FloatField

from catalog.errors import CursorError
from catalog.search.keyset import cursor_of, cursor_values
from catalog.search.postgres.newest import (
    ALL,
    Best,
    Match,
    Matching,
    Point,
    best_between,
    best_of_newest,
    newest_matches,
    with_bound,
    with_expected,
)
from catalog.search.postgres.statements import Statement
from catalog.search.postgres.text_rank import TITLED

RANKED = 300
_POINT = (DateTimeField(), BigIntegerField())
_FIXED = (*_POINT, *_POINT, FloatField(), *_POINT)
# Newer than any job: where titles end of which none has the words.
_AHEAD = Point(datetime.max.replace(tzinfo=UTC), 0)
# Better than any job.
_BEFORE_ALL = Match(1e9, _AHEAD)


@dataclass(frozen=True, slots=True)
class RankedPage:
    """Ids, the cursor of the next page, and whether there are matches that were not ranked."""

    ids: Sequence[int]
    next: str | None
    is_bounded: bool


@dataclass(frozen=True, slots=True)
class Titled:
    """The matches whose title has all words, and what is true of `seen` of these alone."""

    found: Matching
    test: Statement


@dataclass(frozen=True, slots=True)
class Relevance:
    """The order of all `found`. `titled`: None where titles are not told apart. `kind` tells cursors apart. `number` are ranked."""

    found: Matching
    titled: Titled | None
    kind: str
    number: int

    def page(self, *, limit: int, cursor: str | None) -> RankedPage:
        """Raises CursorError."""
        if cursor is None:
            return self._first(limit)
        for follow in (self._follow_titles, self._follow_others):
            with suppress(CursorError):
                return follow(cursor, limit)
        *before, listed_at, pk = cursor_values(cursor, f"beyond {self.kind}", (*_POINT, *_POINT))
        return self._beyond([], limit, Point(listed_at, pk), Point(*before))

    def _first(self, limit: int) -> RankedPage:
        """Of few matches all are ranked at once, wherever they have the words."""
        found, others = with_expected(self.found), None
        is_rare = found.is_rare or (found.expected or 0) <= self.number
        if self.titled is None or is_rare:
            titled = self.titled.found if self.titled else None
            others = best_of_newest(found, number=self.number, limit=limit + 1, titled=titled)
            if others is None or self.titled is None or not others.has_titles:
                return self._others([], others, limit, _AHEAD)
        titles = best_of_newest(with_bound(self.titled.found, found, self.number), number=self.number, limit=limit + 1)
        return replace(self, found=found)._titles(titles, limit, others)

    def _follow_titles(self, cursor: str, limit: int) -> RankedPage:
        newest, oldest, last = _fixed(cursor_values(cursor, f"titled {self.kind}", _FIXED))
        if self.titled is None:
            raise CursorError("cursor: made for another order")
        best = best_between(self.titled.found, newest=newest, oldest=oldest, after=last, limit=limit + 1)
        # Its ends may have gone since, so those of the first page count.
        return self._titles(Best(best.matches if best else [], 0, newest, oldest), limit)

    def _titles(self, titles: Best | None, limit: int, others: Best | None = None) -> RankedPage:
        """A page that begins with titles. `others`: the best of all matches, where they have been asked for."""
        if titles is None:
            return self._others([], others or self._best_others(limit + 1, _AHEAD), limit, _AHEAD)
        if len(titles.matches) > limit:
            return RankedPage(_ids(titles.matches[:limit]), self._cursor("titled", titles, titles.matches[limit - 1]), is_bounded=True)
        left = limit + 1 - len(titles.matches)
        kept = replace(others, matches=[match for match in others.matches if _is_other(match, titles.oldest)]) if others else None
        if kept is None or len(kept.matches) < left:
            kept = self._best_others(left, titles.oldest)
        return self._others(titles.matches, kept, limit, titles.oldest)

    def _best_others(self, limit: int, titles_end: Point) -> Best | None:
        return best_of_newest(self.found, number=self.number, limit=limit, wanted=_others(titles_end))

    def _follow_others(self, cursor: str, limit: int) -> RankedPage:
        is_bounded, listed_at, pk, *values = cursor_values(cursor, f"ranked {self.kind}", (BigIntegerField(), *_POINT, *_FIXED))
        titles_end, (newest, oldest, last) = Point(listed_at, pk), _fixed(values)
        best = best_between(self.found, newest=newest, oldest=oldest, after=last, limit=limit + 1, wanted=_others(titles_end))
        size = self.number + (is_bounded == 1)
        return self._others([], Best(best.matches if best else [], size, newest, oldest), limit, titles_end)

    def _others(self, titles: Sequence[Match], others: Best | None, limit: int, titles_end: Point) -> RankedPage:
        """A page that begins with the last titles, if any are left, and goes on with the best others."""
        if others is None:
            return RankedPage(_ids(titles), None, is_bounded=False)
        shown, is_bounded = [*titles, *others.matches], others.size > self.number
        if len(shown) > limit:
            last = shown[limit - 1] if len(titles) < limit else _BEFORE_ALL
            return RankedPage(_ids(shown[:limit]), self._cursor("ranked", others, last, int(is_bounded), *titles_end), is_bounded)
        if not is_bounded:
            return RankedPage(_ids(shown), None, is_bounded=False)
        return self._beyond(shown, limit, titles_end, others.oldest)

    def _beyond(self, shown: Sequence[Match], limit: int, titles_end: Point, before: Point) -> RankedPage:
        """A page that begins with the last that were ranked, and goes on with those that were not, newest first."""
        room = limit - len(shown)
        points = newest_matches(self._without_titles(titles_end), number=room + 1, before=before)
        end = [before, *points][min(room, len(points))]
        cursor = cursor_of(f"beyond {self.kind}", (*end, *titles_end)) if len(points) > room else None
        return RankedPage([*_ids(shown), *(point.id for point in points[:room])], cursor, bool(points))

    def _without_titles(self, titles_end: Point) -> Matching:
        if self.titled is None or titles_end == _AHEAD:
            return self.found
        tests = [Statement(f"((listed_at, id) < (%s, %s) OR NOT {self.titled.test.sql})", (*titles_end, *self.titled.test.params))]
        tests += [self.found.test] if self.found.test else []
        return replace(self.found, test=Statement(" AND ".join(t.sql for t in tests), tuple(p for t in tests for p in t.params)))

    def _cursor(self, part: str, best: Best, last: Match, *more: Any) -> str:
        """Says from which to which job a part of the order goes, and which of them was shown last."""
        return cursor_of(f"{part} {self.kind}", (*more, *best.newest, *best.oldest, last.rank, *last.at))


def newest_page(found: Matching, *, limit: int, before: Point | None, order: str) -> RankedPage:
    """The matches before a point, newest first."""
    points = newest_matches(found, number=limit + 1, before=before)
    shown = points[:limit]
    return RankedPage([point.id for point in shown], cursor_of(order, shown[-1]) if len(points) > limit else None, is_bounded=False)


def newest_point(cursor: str | None, order: str) -> Point | None:
    """Where the page before ended, by a cursor of `newest_page`. Raises CursorError."""
    return Point(*cursor_values(cursor, order, _POINT)) if cursor else None


def _ids(matches: Sequence[Match]) -> list[int]:
    return [match.at.id for match in matches]


def _fixed(values: Sequence[Any]) -> tuple[Point, Point, Match]:
    return Point(*values[:2]), Point(*values[2:4]), Match(values[4], Point(*values[5:]))


def _others(titles_end: Point) -> Statement:
    """What is true of a ranked job that was not among the titles, see `_is_other`."""
    return ALL if titles_end == _AHEAD else Statement("(rank < %s OR (listed_at, id) < (%s, %s))", (TITLED, *titles_end))


def _is_other(match: Match, titles_end: Point) -> bool:
    return match.rank < TITLED or match.at < titles_end
