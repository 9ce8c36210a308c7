"""The newest jobs that match a text, at a price that does not grow with the number of matches.

An index finds all jobs with a word, another one walks the jobs by date and looks into each. The first is dear for common
words, the second for rare ones, and PostgreSQL, asked for the newest matches, often takes the wrong one. Here it is told:
very common words are walked to; of less common ones all matches since a moment are asked for, chosen so that about as many
as are wanted are expected, and both indexes are intersected; where that was too few, since an earlier moment; of rare ones
all. Measured at a million jobs, see docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from catalog.querysets import JobQuerySet
from catalog.search.frequency import expected_matches, listing_dates

# Matches are expected where all jobs are, which is not so; a little more room is cheaper than a second attempt.
_ROOM = 1.5
_WIDER = 8
# Expecting E matches of J jobs and wanting N of them, all are read where E^2 is less than this times N * J (reading one costs
# as much as several entries of an index), and walked to where it is more than that (looking into each job that comes by
# costs much more).
_ALL = 0.15
_WALK = 30


class Point(NamedTuple):
    """A place in the order newest first."""

    listed_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Matching:
    """Jobs that match, in no order, and SQL with its parameters that ranks one by its column `seen` (there called so)."""

    jobs: JobQuerySet
    seen: str
    rank: str
    params: tuple[Any, ...]


class Match(NamedTuple):
    """A job that matches, and how well: the more, the better."""

    rank: float
    at: Point


@dataclass(frozen=True, slots=True)
class Best:
    """The best of the newest matches; how many of these there are, and from which to which they go."""

    matches: Sequence[Match]
    size: int
    newest: Point
    oldest: Point


def newest_matches(found: Matching, *, number: int, before: Point | None = None) -> list[Point]:
    """The newest `number` of them (before a point), newest first."""
    jobs = found.jobs if before is None else found.jobs.filter(_older(before))
    points: list[Point] = []
    for candidates in _candidates(jobs, number, before):
        points = [Point(*row) for row in _rows(candidates, ("listed_at", "id"), _NEWEST, [number])]
        if len(points) == number:
            break
    return points


def best_of_newest(found: Matching, *, number: int, limit: int) -> Best | None:
    """The best `limit` of the newest `number`; `size` is one more when there are more. None when nothing matches."""
    best = None
    for candidates in _candidates(found.jobs, number + 1, None):
        best = _best(found, candidates, number, [number + 1, *found.params, limit])
        if best is not None and best.size > number:
            break
    return best


def best_between(found: Matching, *, newest: Point, oldest: Point, after: Match, limit: int) -> Best | None:
    """The best `limit` after a match of those from one point to another, both of them included."""
    within = found.jobs.filter(listed_at__gte=oldest.listed_at, listed_at__lte=newest.listed_at)
    within = within.exclude(listed_at=oldest.listed_at, id__lt=oldest.id).exclude(listed_at=newest.listed_at, id__gt=newest.id)
    return _best(found, within, None, [None, *found.params, after.rank, *after.at, limit])


# Materialized, so that the order has no say in how the matches are found. With '' behind it a vector is a copy in memory: a rank looks
# at it several times, and each time would fetch it from where long values are kept.
_NEWEST = "WITH matching (listed_at, id) AS MATERIALIZED ({matching}) SELECT * FROM matching ORDER BY 1 DESC, 2 DESC LIMIT %s"
_BEST = """
    WITH matching (listed_at, id, seen) AS MATERIALIZED ({matching}),
    newest AS MATERIALIZED (SELECT * FROM matching ORDER BY listed_at DESC, id DESC LIMIT %s),
    among AS MATERIALIZED (SELECT listed_at, id, seen || '' AS seen FROM newest ORDER BY listed_at DESC, id DESC {limit}),
    ranked AS MATERIALIZED (SELECT listed_at, id, ({rank})::float8 AS rank FROM among)
    SELECT rank, ranked.listed_at, ranked.id, (SELECT count(*) FROM newest), first.*, last.* FROM ranked,
        (SELECT listed_at, id FROM among ORDER BY 1 DESC, 2 DESC LIMIT 1) AS first,
        (SELECT listed_at, id FROM among ORDER BY 1, 2 LIMIT 1) AS last
    {after} ORDER BY rank DESC, ranked.listed_at DESC, ranked.id DESC LIMIT %s
"""


def _best(found: Matching, candidates: JobQuerySet, number: int | None, params: Sequence[Any]) -> Best | None:
    limit, after = ("", "WHERE (rank, ranked.listed_at, ranked.id) < (%s, %s, %s)") if number is None else (f"LIMIT {number}", "")
    statement = _BEST.replace("{limit}", limit).replace("{rank}", found.rank).replace("{after}", after)
    rows = _rows(candidates, ("listed_at", "id", found.seen), statement, params)
    if not rows:
        return None
    size, newest, oldest = rows[0][3], Point(*rows[0][4:6]), Point(*rows[0][6:8])
    return Best([Match(row[0], Point(*row[1:3])) for row in rows], size, newest, oldest)


def _candidates(jobs: JobQuerySet, number: int, before: Point | None) -> Iterator[JobQuerySet]:
    """Jobs among which the newest `number` are, if these have so many; the last ones have them in any case."""
    expected, dates = expected_matches(jobs), listing_dates()
    if dates is None or expected**2 <= _ALL * number * dates.jobs:
        yield jobs
    elif expected**2 > _WALK * number * dates.jobs:
        yield jobs.newest_first()[:number]
    else:
        top, share = dates.share_before(before.listed_at) if before else 1.0, _ROOM * number / expected
        for width in (share, share * _WIDER):
            if 0 < top - width < 1:
                yield jobs.filter(listed_at__gte=dates.moment(top - width))
        yield jobs


def _older(point: Point) -> Q:
    # The bare bound first: an index can use it.
    return Q(listed_at__lte=point.listed_at) & (Q(listed_at__lt=point.listed_at) | Q(id__lt=point.id))


def _rows(candidates: JobQuerySet, columns: Sequence[str], statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    try:
        matching, values = candidates.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{matching}", matching), [*values, *params])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
