"""What PostgreSQL expects before it looks: how many jobs match, and since when a share of all jobs was listed.

Nothing here decides what is found, only how: a wrong expectation costs time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod
from time import monotonic

from django.db import connection

from catalog.models import Job
from catalog.search.postgres.statements import Statement

_KEPT_S = 300.0
_STATISTICS = """
    SELECT dates.histogram_bounds::text::timestamptz[], (SELECT reltuples FROM pg_class WHERE oid = %s::regclass),
        words.most_common_elems::text::text[], words.most_common_elem_freqs, states.most_common_vals::text::text[], states.most_common_freqs
    FROM pg_stats AS dates
    LEFT JOIN pg_stats AS words
        ON words.schemaname = dates.schemaname AND words.tablename = dates.tablename AND words.attname = 'search_vector'
    LEFT JOIN pg_stats AS states
        ON states.schemaname = dates.schemaname AND states.tablename = dates.tablename AND states.attname = 'state'
    WHERE dates.schemaname = current_schema() AND dates.tablename = %s AND dates.attname = 'listed_at'
"""
_WORD = re.compile("[a-z]+")
# How all words end that English stemming changes: any other word is its own stem. Of 105,251 words of postings this was wrong of none.
_SUFFIX = re.compile("(?:s|e|y|i|ed|ing|al|ic|er|able|ment|ent|ant|ism|iti|ous|ion|ful|ness|ator|ll)$")
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
    """The commonest words by their stems with their shares of all `jobs`, how they begin, and how many jobs have any other word at most."""

    shares: Mapping[str, float]
    beginnings: Collection[str]
    rare: float
    jobs: float

    @classmethod
    def of(cls, stems: Sequence[str], shares: Sequence[float], jobs: float) -> Words:
        """Of statistics on `jobs` jobs: the stems of the commonest words, their shares of the jobs, the lowest share and the highest."""
        # A stem is how its words begin but for the last letter: "compani" of "company". Of 42,831 words this was wrong of two.
        beginnings = {stem[:length] for stem in stems for length in (len(stem) - 1, len(stem)) if length}
        return cls(dict(zip(stems, shares, strict=False)), beginnings, min(_RARE_SHARE, shares[-2] / 2) * jobs, jobs)

    def expected_of_rare(self, text: str) -> float | None:
        """How many jobs are expected to match a text that is a single rare word; None for any other text."""
        word = text.strip().lower()
        return self.rare if _WORD.fullmatch(word) and not self._may_be_common(word) else None

    def expected_of_common(self, words: Sequence[str]) -> float | None:
        """How many jobs of any state are expected to have all of these; None where one may be none of the commonest."""
        stems = [word.lower() for word in words]
        if not stems or any(stem not in self.shares or _SUFFIX.search(stem) for stem in stems):
            return None
        return self.jobs * prod(self.shares[stem] for stem in stems)

    def _may_be_common(self, word: str) -> bool:
        if not _SUFFIX.search(word):
            return word in self.shares
        return any(word[:length] in self.beginnings for length in range(1, len(word) + 1))


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
    states: Mapping[str, float] = {}


def listing_dates() -> Dates | None:
    """When jobs were listed, by the table's statistics of some minutes ago; None before it was analyzed.

    A table that was emptied has no number of jobs (-1) until it is analyzed, though the moments from before still stand.
    """
    _keep()
    return _Kept.dates


def expected_of_rare_word(text: str) -> float | None:
    """How many jobs the planner expects to match, where that can be told without asking it: of one word that is rare."""
    _keep()
    return _Kept.words.expected_of_rare(text) if _Kept.words else None


def expected_of_common_words(words: Sequence[str], states: Collection[str]) -> float | None:
    """How many jobs the planner expects to have all of these and any of the states (none given: whatever their state).

    None where that cannot be told without asking it: of rare words, of words with an ending, and of a state that no job had.
    """
    _keep()
    expected = _Kept.words.expected_of_common(words) if _Kept.words else None
    if expected is None or not _Kept.states.keys() >= set(states):
        return None
    return expected * sum(_Kept.states[state] for state in set(states)) if states else expected


def _keep() -> None:
    if monotonic() < _Kept.until:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS, [Job._meta.db_table, Job._meta.db_table])
        bounds, jobs, stems, shares, states, state_shares = cursor.fetchone() or (None, 0.0, None, None, None, None)
    moments = sorted(set(bounds or ()))
    _Kept.dates = Dates(moments, jobs) if len(moments) > 1 and jobs > 0 else None
    _Kept.words = Words.of(stems, shares, jobs) if stems and shares and jobs > 0 else None
    _Kept.states = dict(zip(states or (), state_shares or (), strict=True))
    _Kept.until = monotonic() + _KEPT_S
