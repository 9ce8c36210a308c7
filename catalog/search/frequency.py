"""What PostgreSQL expects before it looks: how many jobs match, and since when a share of all jobs was listed.

Nothing here decides what is found, only how: a wrong expectation costs time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import connection

from catalog.models import Job
from catalog.search.statements import Statement

_KEPT_S = 300.0
_STATISTICS = """
    SELECT histogram_bounds::text::timestamptz[], (SELECT reltuples FROM pg_class WHERE oid = %s::regclass) FROM pg_stats
    WHERE schemaname = current_schema() AND tablename = %s AND attname = 'listed_at'
"""


@dataclass(frozen=True, slots=True)
class Dates:
    """Moments between which equally many of `jobs` jobs were listed, oldest first; at least two."""

    bounds: Sequence[datetime]
    jobs: float

    def share_before(self, moment: datetime) -> float:
        """The share of all jobs that were listed before, 0 to 1."""
        after = bisect_left(self.bounds, moment)
        if after in (0, len(self.bounds)):
            return 0.0 if after == 0 else 1.0
        low, high = self.bounds[after - 1], self.bounds[after]
        return (after - 1 + (moment - low) / (high - low)) / (len(self.bounds) - 1)

    def moment(self, share: float) -> datetime:
        """The moment before which this share of all jobs was listed. 0 < share < 1."""
        steps = share * (len(self.bounds) - 1)
        low, high = self.bounds[int(steps)], self.bounds[int(steps) + 1]
        return low + (high - low) * (steps - int(steps))


def expected_matches(jobs: Statement) -> int:
    """How many of them the planner expects, in a tenth of a millisecond."""
    (((plan,),),) = Statement(f"EXPLAIN (FORMAT JSON) {jobs.sql}", jobs.params).rows()
    rows: int = plan["Plan"]["Plan Rows"]
    return rows


class _Kept:
    """The dates as they were read last in this process."""

    until = 0.0
    dates: Dates | None = None


def listing_dates() -> Dates | None:
    """When jobs were listed, by the table's statistics of some minutes ago; None before it was analyzed.

    A table that was emptied has no number of jobs (-1) until it is analyzed, though the moments from before still stand.
    """
    if monotonic() >= _Kept.until:
        with connection.cursor() as cursor:
            cursor.execute(_STATISTICS, [Job._meta.db_table, Job._meta.db_table])
            bounds, jobs = cursor.fetchone() or (None, 0.0)
        moments = sorted(set(bounds or ()))
        _Kept.dates, _Kept.until = Dates(moments, jobs) if len(moments) > 1 and jobs > 0 else None, monotonic() + _KEPT_S
    return _Kept.dates
