"""When a company posts several times its usual number of jobs. Pure.

Counted are jobs that say when they were posted: a board that is read for the first time brings all its jobs at one moment, and
only their dates tell that they did not come at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.companies.company_history import History, PastJob, by_begin

SURGE_DAYS = 14
USUAL_DAYS = 56
SURGE_TIMES = 3
# Fewer are chance: three jobs are three times one.
SURGE_JOBS = 5
_SPAN = timedelta(days=SURGE_DAYS)
_BEFORE = timedelta(days=USUAL_DAYS)


@dataclass(frozen=True, slots=True)
class Surge:
    """The job with which the openings of SURGE_DAYS became a surge; `usual`: openings in as many days, over the USUAL_DAYS before."""

    job: PastJob
    openings: int
    closings: int
    usual: float


def surges(history: History) -> Iterator[Surge]:
    """Surges since the board has been read for long enough to know what is usual, at most one in SURGE_DAYS."""
    since = history.watched_since
    if since is None:
        return
    jobs = sorted((job for job in history.jobs if job.is_dated), key=by_begin)
    opened, closed = [job.began_at for job in jobs], sorted(job.ended_at for job in jobs if job.ended_at)
    known_from, last = since + _BEFORE + _SPAN, since
    for job in jobs[bisect_left(opened, known_from) :]:
        found = _counted(job, opened, closed)
        if job.began_at - last >= _SPAN and _is_surge(found):
            last = job.began_at
            yield found


def _counted(job: PastJob, opened: Sequence[datetime], closed: Sequence[datetime]) -> Surge:
    at = job.began_at
    usual = _between(opened, at - _SPAN - _BEFORE, at - _SPAN) * SURGE_DAYS / USUAL_DAYS
    return Surge(job, openings=_between(opened, at - _SPAN, at), closings=_between(closed, at - _SPAN, at), usual=round(usual, 2))


def _between(moments: Sequence[datetime], after: datetime, until: datetime) -> int:
    return bisect_right(moments, until) - bisect_right(moments, after)


def _is_surge(found: Surge) -> bool:
    """Jobs that are taken down and posted anew are no surge, so that closings count against them."""
    return found.openings >= SURGE_TIMES * found.usual and found.openings - found.closings >= SURGE_JOBS
