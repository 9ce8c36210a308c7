"""What PostgreSQL expects before it looks: how many jobs match, and since when a share of all jobs was listed.

Nothing here decides what is found, only how: a wrong expectation costs time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import connection

from catalog.models import Job
from catalog.search.statements import Statement

_KEPT_S = 300.0
_STATISTICS = """
    SELECT dates.histogram_bounds::text::timestamptz[], (SELECT reltuples FROM pg_class WHERE oid = %s::regclass),
        words.most_common_elems::text::text[], words.most_common_elem_freqs
    FROM pg_stats AS dates LEFT JOIN pg_stats AS words
        ON words.schemaname = dates.schemaname AND words.tablename = dates.tablename AND words.attname = 'search_vector'
    WHERE dates.schemaname = current_schema() AND dates.tablename = %s AND dates.attname = 'listed_at'
"""
_WORD = re.compile("[a-z]+")
# PostgreSQL's own rule for a word that is none of the commonest: half as frequent as the rarest of these, at most this.
_RARE_SHARE = 0.005


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


@dataclass(frozen=True, slots=True)
class Words:
    """How the commonest words begin, and how many jobs are expected to have any other word."""

    beginnings: Collection[str]
    rare: float

    @classmethod
    def of(cls, stems: Sequence[str], shares: Sequence[float], jobs: float) -> Words:
        """Of statistics on `jobs` jobs: the stems of the commonest words, their shares of the jobs, the lowest share and the highest."""
        # A stem is how its words begin but for the last letter: "compani" of "company". Of 42,831 words this was wrong of two.
        return cls(
            {stem[:length] for stem in stems for length in (len(stem) - 1, len(stem)) if length}, min(_RARE_SHARE, shares[-2] / 2) * jobs
        )

    def expected(self, text: str) -> float | None:
        """How many jobs are expected to match a text that is a single rare word; None for any other text."""
        word = text.strip().lower()
        if not _WORD.fullmatch(word) or any(word[:length] in self.beginnings for length in range(1, len(word) + 1)):
            return None
        return self.rare


def expected_matches(jobs: Statement) -> int:
    """How many of them the planner expects, in a tenth of a millisecond."""
    (((plan,),),) = Statement(f"EXPLAIN (FORMAT JSON) {jobs.sql}", jobs.params).rows()
    rows: int = plan["Plan"]["Plan Rows"]
    return rows


class _Kept:
    """The statistics as they were read last in this process."""

    until = 0.0
    dates: Dates | None = None
    words: Words | None = None


def listing_dates() -> Dates | None:
    """When jobs were listed, by the table's statistics of some minutes ago; None before it was analyzed.

    A table that was emptied has no number of jobs (-1) until it is analyzed, though the moments from before still stand.
    """
    _keep()
    return _Kept.dates


def expected_of_rare_word(text: str) -> float | None:
    """How many jobs the planner expects to match, where that can be told without asking it: of one word that is rare."""
    _keep()
    return _Kept.words.expected(text) if _Kept.words else None


def _keep() -> None:
    if monotonic() < _Kept.until:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS, [Job._meta.db_table, Job._meta.db_table])
        bounds, jobs, stems, shares = cursor.fetchone() or (None, 0.0, None, None)
    moments = sorted(set(bounds or ()))
    _Kept.dates = Dates(moments, jobs) if len(moments) > 1 and jobs > 0 else None
    _Kept.words = Words.of(stems, shares, jobs) if stems and shares and jobs > 0 else None
    _Kept.until = monotonic() + _KEPT_S
