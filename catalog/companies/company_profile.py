"""What a company's jobs tell about it: openings over time, stack, places, seniority. Pure, over a `History`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from catalog import formats
from catalog.choices import JobFunction, Seniority
from catalog.columns_chart import ColumnsChart, Series, chart_moments, columns_chart
from catalog.companies.company_history import History, PastJob
from catalog.place_names import place_name

MOST_SERIES = 6
MOST_PLACES = 10
_REST = "All other functions"


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a bar list: how many of the open jobs, and how that compares with the longest line, 0 to 100.

    `query`: the filter that finds them, as in an address; "" where none does.
    """

    label: str
    jobs: int
    percent: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class StackLine:
    """A skill of a company. `last_seen_at` is None while an open job has it."""

    skill_id: int
    first_seen_at: datetime
    last_seen_at: datetime | None
    open_jobs: int
    jobs: int


def openings_chart(history: History, now: datetime) -> ColumnsChart | None:
    """Open jobs by function since the company's board was first read, largest function first; None without any job."""
    since = history.watched_since
    if since is None:
        return None
    moments = chart_moments(since, now)
    named = [label for label, _ in Counter(_function(job) for job in history.jobs).most_common()]
    shown = named if len(named) <= MOST_SERIES else named[: MOST_SERIES - 1]
    counted = {label: [0] * len(moments) for label in (*shown, *([_REST] if len(shown) < len(named) else []))}
    for job in history.jobs:
        values = counted.get(_function(job)) or counted[_REST]
        for n, moment in enumerate(moments):
            values[n] += job.first_seen_at <= moment and (job.ended_at is None or job.ended_at > moment)
    return columns_chart(moments, [Series(label, values) for label, values in counted.items()])


def stack(history: History) -> list[StackLine]:
    """Skills of all its jobs; those of most open jobs first."""
    having: dict[int, list[PastJob]] = defaultdict(list)
    for job in history.jobs:
        for skill_id in job.skill_ids:
            having[skill_id].append(job)
    lines = [_stack_line(skill_id, jobs) for skill_id, jobs in having.items()]
    return sorted(lines, key=lambda line: (-line.open_jobs, -line.jobs, line.skill_id))


def seniority_mix(history: History) -> list[Share]:
    """Open jobs by seniority, junior to senior."""
    counts = Counter(job.seniority for job in history.open_jobs)
    return _shares((str(level.label), urlencode({"seniority": level.value}), counts[level]) for level in Seniority if counts[level])


def places(history: History) -> list[Share]:
    """Open jobs by their first place, largest first, at most MOST_PLACES."""
    counts = Counter((job.city, job.state, job.country) for job in history.open_jobs)
    return _shares((formats.place(*place) or "Not stated", _place_query(*place), jobs) for place, jobs in counts.most_common(MOST_PLACES))


def _place_query(city: str | None, state: str | None, country: str | None) -> str:
    name = place_name(city, state, country)
    return urlencode({"location": name}) if name else ""


def _function(job: PastJob) -> str:
    return str(JobFunction(job.function).label)


def _stack_line(skill_id: int, jobs: Sequence[PastJob]) -> StackLine:
    ends = [job.ended_at for job in jobs if job.ended_at is not None]
    is_open = len(ends) < len(jobs)
    return StackLine(
        skill_id=skill_id,
        first_seen_at=min(job.first_seen_at for job in jobs),
        last_seen_at=None if is_open else max(ends),
        open_jobs=len(jobs) - len(ends),
        jobs=len(jobs),
    )


def _shares(counted: Iterable[tuple[str, str, int]]) -> list[Share]:
    """Of (label, query, jobs)."""
    lines = list(counted)
    longest = max((jobs for _, _, jobs in lines), default=1)
    return [Share(label, jobs, round(100 * jobs / longest), query) for label, query, jobs in lines]
