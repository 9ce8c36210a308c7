"""The newest jobs that match a text, at a price that does not grow with the number of matches.

An index finds all jobs with a word, another one walks the jobs by date and looks into each. The first is dear for common
words, the second for rare ones, and PostgreSQL, asked for the newest matches, often takes the wrong one. Here it is told:
very common words are walked to; of less common ones all matches since a moment are asked for, chosen so that about as many
as are wanted are expected, and both indexes are intersected; where that was too few, since an earlier moment; of rare ones
all. Measured at a million jobs, see docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from catalog.search.postgres.frequency import Dates, expected_matches, listing_dates
from catalog.search.postgres.statements import Statement

# Matches are expected where all jobs are, which is not so; a little more room is cheaper than a second attempt.
_ROOM = 1.5
_WIDER = 8
# Expecting E matches of J jobs and wanting N of them, all are read where E^2 is less than this times N * J (reading one costs
# as much as several entries of an index), and walked to where it is more than that (looking into each job that comes by
# costs much more).
_ALL = 0.15
_WALK = 30
# The planner multiplies the shares of a phrase's words, which stand together more often than that: twice as many are expected, and
# up to five times as many jobs have both words.
_TOGETHER = 2
_ALL_OF_PHRASE = 0.08


T = TypeVar("T")


class Point(NamedTuple):
    """A place in the order newest first."""

    listed_at: datetime
    id: int

    @classmethod
    def read(cls, listed_at: str, pk: int) -> Point:
        """Of a time as PostgreSQL writes it: the driver takes twenty times as long to read one."""
        return cls(datetime.fromisoformat(listed_at), pk)


@dataclass(frozen=True, slots=True)
class Matching:
    """Jobs that match, in no order.

    `jobs`: their columns listed_at, id, title and one that is called `seen` by all other SQL here. `rank`: how well one matches, by
    the last two. `test`: what else must be true of one; not asked of more of them than needed, since it opens what is seen.
    `copied`: what is seen as a value in memory; a rank looks at it several times, and might fetch it each time from where long
    values are kept. `expected`: how many match at most, where that is known; else the planner is asked. `looked_up`: the same jobs,
    for when all are read: every one is found by its words. `is_rare`: probably far fewer match than are expected at most.
    """

    jobs: Statement
    rank: Statement
    test: Statement | None = None
    copied: str = "seen"
    expected: float | None = None
    looked_up: Statement | None = None
    is_rare: bool = False


class Match(NamedTuple):
    """A job that matches, and how well: the more, the better."""

    rank: float
    at: Point


@dataclass(frozen=True, slots=True)
class Best:
    """The best of the newest matches; how many of these there are, and from which to which they go.

    `has_titles`: where there are more, and it was asked for, whether any match has all words in its title.
    """

    matches: Sequence[Match]
    size: int
    newest: Point
    oldest: Point
    has_titles: bool | None = None


ALL = Statement("true")
_NOTHING = Statement("NULL::boolean", is_kept=True)


def newest_matches(found: Matching, *, number: int, before: Point | None = None) -> list[Point]:
    """The newest `number` of them (before a point), newest first."""

    def find(candidates: Statement) -> tuple[int, list[Point]]:
        newest = _newest(found, candidates, number)
        rows = newest._replace(sql=_POINTS.replace("{newest}", newest.sql)).rows()
        return len(rows), [Point.read(*row) for row in rows]

    if before is not None:
        found = replace(found, jobs=found.jobs.where(_OLDER, before.listed_at, before.listed_at, before.id), looked_up=None)
    return _among_enough(found, number, before, find)


def best_of_newest(found: Matching, *, number: int, limit: int, wanted: Statement = ALL, titled: Matching | None = None) -> Best | None:
    """The best `limit` of the newest `number`, of which one may want only some; `size` is one more when there are more. None for none.

    `titled`: those for `has_titles`, which are few.
    """
    told = _are_any(titled, number) if titled else _NOTHING

    def find(candidates: Statement) -> tuple[int, Best | None]:
        best = _best(found, _newest(found, candidates, number + 1), among=number, wanted=wanted, limit=limit, told=told)
        return best.size if best else 0, best

    return _among_enough(found, number + 1, None, find)


def best_between(found: Matching, *, newest: Point, oldest: Point, after: Match, limit: int, wanted: Statement = ALL) -> Best | None:
    """The best `limit` after a match of those from one point to another, both of them included."""
    within = found.jobs.where(_WITHIN, oldest.listed_at, newest.listed_at, *oldest, *newest)
    following = Statement(f"{_AFTER} AND {wanted.sql}", (after.rank, *after.at, *wanted.params))
    return _best(found, _newest(found, within, None), wanted=following, limit=limit)


def with_expected(found: Matching) -> Matching:
    """With how many are expected, 0 where nothing is known of the table."""
    if listing_dates() is None:
        return replace(found, expected=0.0)
    return found if found.expected is not None else replace(found, expected=float(expected_matches(found.jobs)))


def with_bound(found: Matching, among: Matching, number: int) -> Matching:
    """Expecting as many of them as of the matches they are among, where these are few enough to be all read: nobody need be asked."""
    dates = listing_dates()
    return replace(found, expected=among.expected) if dates and _are_few(among, number, dates) else found


# The bare bounds first: an index can use them.
_OLDER = "listed_at <= %s AND (listed_at < %s OR id < %s)"
_WITHIN = "listed_at >= %s AND listed_at <= %s AND (listed_at, id) >= (%s, %s) AND (listed_at, id) <= (%s, %s)"
_SINCE = "listed_at >= %s"
_AFTER = "(rank, listed_at, id) < (%s, %s, %s)"
# The offsets are fences that the planner does not look through. This one: the order has no say in how the matches are found.
_MATCHING = "({candidates} OFFSET 0) AS matching (listed_at, id, title, seen)"
# Ordered before they are copied and tested, one after the other until there are enough.
_TESTED = """(
        SELECT listed_at, id, title, {copied} AS seen
        FROM (SELECT * FROM {matching} ORDER BY listed_at DESC, id DESC OFFSET 0) AS ordered ORDER BY listed_at DESC, id DESC OFFSET 0
    ) AS candidates WHERE {test}"""
_NEWEST = "WITH newest AS MATERIALIZED (SELECT * FROM {tested} ORDER BY listed_at DESC, id DESC LIMIT %s)"
_POINTS = "{newest} SELECT listed_at::text, id FROM newest ORDER BY newest.listed_at DESC, id DESC"
_BEST = """
    {newest},
    among AS (SELECT listed_at, id, title, {copied} AS seen FROM newest ORDER BY listed_at DESC, id DESC LIMIT %s),
    ranked AS MATERIALIZED (SELECT listed_at, id, ({rank})::float8 AS rank FROM among)
    SELECT best.rank, best.listed_at::text, best.id, (SELECT count(*) FROM newest), first.*, last.*, {told} FROM
        (SELECT listed_at::text, id FROM ranked ORDER BY ranked.listed_at DESC, 2 DESC LIMIT 1) AS first,
        (SELECT listed_at::text, id FROM ranked ORDER BY ranked.listed_at, 2 LIMIT 1) AS last
        LEFT JOIN (SELECT * FROM ranked WHERE {wanted} ORDER BY rank DESC, listed_at DESC, id DESC LIMIT %s) AS best ON true
    ORDER BY best.rank DESC, best.listed_at DESC, best.id DESC
"""
_ARE_ANY = "CASE WHEN (SELECT count(*) FROM newest) > %s THEN (SELECT count(*) FROM ({jobs}) AS titled) > 0 END"


def _newest(found: Matching, candidates: Statement, number: int | None) -> Statement:
    """The part of a statement that names the newest `number` candidates that pass the test, or all of these."""
    matching, test = _MATCHING.replace("{candidates}", candidates.sql), found.test or Statement("")
    tested = _TESTED.replace("{copied}", found.copied).replace("{matching}", matching).replace("{test}", test.sql) if test.sql else matching
    return Statement(_NEWEST.replace("{tested}", tested), (*candidates.params, *test.params, number), candidates.is_kept)


def _are_any(titled: Matching, number: int) -> Statement:
    """Whether there are any, where there are more matches than `number`.

    Counted: asked whether there is any, PostgreSQL expects to meet one soon and walks the table.
    """
    jobs = titled.looked_up or titled.jobs
    return Statement(_ARE_ANY.replace("{jobs}", jobs.sql), (number, *jobs.params), jobs.is_kept)


def _best(
    found: Matching, newest: Statement, *, limit: int, wanted: Statement, among: int | None = None, told: Statement = _NOTHING
) -> Best | None:
    """`among`: ranks only so many of them. `wanted`: a condition on rank, listed_at and id. `told`: what is told as `has_titles`."""
    sql = _BEST.replace("{newest}", newest.sql).replace("{copied}", "seen" if found.test else found.copied)
    sql = sql.replace("{rank}", found.rank.sql).replace("{wanted}", wanted.sql).replace("{told}", told.sql)
    params = (*newest.params, among, *found.rank.params, *told.params, *wanted.params, limit)
    rows = Statement(sql, params, newest.is_kept and told.is_kept).rows()
    if not rows:
        return None
    size, *ends, has_titles = rows[0][3:]
    best = [Match(row[0], Point.read(*row[1:3])) for row in rows if row[0] is not None]
    return Best(best, size, Point.read(*ends[:2]), Point.read(*ends[2:]), has_titles)


def _among_enough(found: Matching, number: int, before: Point | None, find: Callable[[Statement], tuple[int, T]]) -> T:
    """What `find` makes of jobs among which the newest `number` matches are (before a point, as all of `found` are).

    It is told jobs, and says how many matches there are, at most `number`: told others then where these were too few.
    """
    jobs, everything, dates = found.jobs, found.looked_up or found.jobs, listing_dates()
    if dates is None:
        return find(everything)[1]
    found = with_expected(found)
    if _are_few(found, number, dates):
        return find(everything)[1]
    expected = _expected(found)
    if expected**2 > _WALK * number * dates.jobs and not found.test:
        return find(Statement(f"{jobs.sql} ORDER BY listed_at DESC, id DESC LIMIT %s", (*jobs.params, number)))[1]
    top, width = dates.share_before(before.listed_at) if before else 1.0, _ROOM * number / expected
    while width < top / 2:
        size, made = find(jobs.where(_SINCE, dates.moment(top - width)))
        if size == number:
            return made
        width *= min(_WIDER, _ROOM * number / max(size, 1))
    return find(everything)[1]


def _are_few(found: Matching, number: int, dates: Dates) -> bool:
    """Whether it is cheaper to read all of them than to look for the newest ones by their dates."""
    return _expected(found) ** 2 <= (_ALL_OF_PHRASE if found.test else _ALL) * number * dates.jobs


def _expected(found: Matching) -> float:
    return (found.expected or 0.0) * (_TOGETHER if found.test else 1)
