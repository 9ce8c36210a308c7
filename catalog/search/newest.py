"""The newest jobs that match a text, at a price that does not grow with the number of matches.

An index finds all jobs with a word, another one walks the jobs by date and looks into each. The first is dear for common
words, the second for rare ones, and PostgreSQL, asked for the newest matches, often takes the wrong one. Here it is asked
for all matches since a moment, chosen so that about as many as are wanted are expected, and intersects both indexes; where
that was too few, since an earlier moment, and in the end for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from catalog.querysets import JobQuerySet
from catalog.search.frequency import expected_matches, listing_dates

# So many matches are read for less than it costs to narrow them down.
FEW = 2_000
# Matches are expected where all jobs are, which is not so; a little more room is cheaper than a second attempt.
_ROOM = 1.5
_WIDER = 8


class Point(NamedTuple):
    """A place in the order newest first."""

    listed_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Match:
    """A job that matches, and how well: the more, the better."""

    at: Point
    rank: float


@dataclass(frozen=True, slots=True)
class Matching:
    """Jobs that match, in no order, and SQL with its parameters that ranks one by its column `seen` (there called so)."""

    jobs: JobQuerySet
    seen: str
    rank: str
    params: tuple[Any, ...]


def newest_matches(found: Matching, *, number: int, ranked: bool, before: Point | None = None) -> list[Match]:
    """The newest `number` of them (before a point), newest first; ranks are 0 unless asked for."""
    jobs = found.jobs if before is None else found.jobs.filter(_older(before))
    for since in (*_moments(jobs, number, before), None):
        rows = _read(found, jobs if since is None else jobs.filter(listed_at__gte=since), number, ranked=ranked)
        if len(rows) == number or since is None:
            return rows
    raise AssertionError("the last moment is None")


def matches_between(found: Matching, *, newest: Point, oldest: Point) -> list[Match]:
    """Those from one point to another, both of them included, ranked."""
    within = found.jobs.filter(listed_at__gte=oldest.listed_at, listed_at__lte=newest.listed_at)
    within = within.exclude(listed_at=oldest.listed_at, id__lt=oldest.id).exclude(listed_at=newest.listed_at, id__gt=newest.id)
    return _read(found, within, None, ranked=True)


def _moments(jobs: JobQuerySet, number: int, before: Point | None) -> Iterator[datetime]:
    """Since when to look, later moments first; none where all matches are few."""
    expected, dates = expected_matches(jobs), listing_dates()
    if expected <= FEW or dates is None:
        return
    top, share = dates.share_before(before.listed_at) if before else 1.0, _ROOM * number / expected
    for width in (share, share * _WIDER):
        if 0 < top - width < 1:
            yield dates.moment(top - width)


def _older(point: Point) -> Q:
    # The bare bound first: an index can use it.
    return Q(listed_at__lte=point.listed_at) & (Q(listed_at__lt=point.listed_at) | Q(id__lt=point.id))


def _read(found: Matching, jobs: JobQuerySet, number: int | None, *, ranked: bool) -> list[Match]:
    try:
        matching, params = jobs.order_by().values_list("id", "listed_at", found.seen).query.sql_with_params()
    except EmptyResultSet:
        return []
    limit = "" if number is None else f"LIMIT {number}"
    # Materialized, so that the order has no say in how the matches are found.
    statement = f"""
        WITH matching (id, listed_at, seen) AS MATERIALIZED ({matching}),
        newest AS (SELECT * FROM matching ORDER BY listed_at DESC, id DESC {limit})
        SELECT listed_at, id, ({found.rank if ranked else "0"})::float8 FROM newest
    """  # noqa: S608 - SQL made by Django and by constants
    with connection.cursor() as cursor:
        cursor.execute(statement, (*params, *(found.params if ranked else ())))
        return [Match(Point(listed_at, job_id), rank) for listed_at, job_id, rank in cursor]
