"""Companies side by side: what their open jobs ask for, and how many do. Pure, over a `History` of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from catalog import formats
from catalog.choices import JobFunction, Seniority
from catalog.companies.company_history import History, PastJob

MOST_LINES = 15
RECENT_DAYS = 30

_Key = tuple[str, str]
"""What a job is counted under, and the filter that finds it, as in an address."""

_EVERY: _Key = ("Open jobs", "")


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """How many open jobs of each company; `query`: the filter that finds them, as in an address."""

    label: str
    query: str
    counts: tuple[int, ...]

    @property
    def is_of_all(self) -> bool:
        return all(self.counts)


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """The first lines of one subject; `total`: how many there are."""

    title: str
    lines: Sequence[ComparedLine]
    total: int


def comparison(histories: Sequence[History], *, tools: Mapping[int, str], skills: Mapping[int, str], now: datetime) -> list[ComparedPart]:
    """By subject. `tools`, `skills`: names, by id."""
    since = now - timedelta(days=RECENT_DAYS)
    recent = f"First seen in the last {RECENT_DAYS} days", urlencode({"first_seen_within_days": RECENT_DAYS})
    every = _lines(histories, lambda job: [_EVERY, *([recent] if job.first_seen_at >= since else [])])
    levels = {str(level.label): place for place, level in enumerate(Seniority)}
    parts = [
        _part("All", sorted(every, key=lambda line: line.query != _EVERY[1])),
        _part("Function", _lines(histories, _function)),
        _part("Seniority", sorted(_lines(histories, _seniority), key=lambda line: levels[line.label])),
        _part("Country", _lines(histories, _country)),
        *_shared_and_others("Tools", _lines(histories, lambda job: _named(job, tools))),
        *_shared_and_others("Skills", _lines(histories, lambda job: _named(job, skills))),
    ]
    return [part for part in parts if part.lines]


def _shared_and_others(what: str, lines: Sequence[ComparedLine]) -> list[ComparedPart]:
    shared, others = [line for line in lines if line.is_of_all], [line for line in lines if not line.is_of_all]
    return [_part(f"{what} that all name", shared), _part(f"{what} that not all name", others)]


def _part(title: str, lines: Sequence[ComparedLine]) -> ComparedPart:
    return ComparedPart(title, lines[:MOST_LINES], len(lines))


def _lines(histories: Sequence[History], keys_of: Callable[[PastJob], Iterable[_Key]]) -> list[ComparedLine]:
    """Those of most jobs first."""
    counted = [Counter(key for job in history.open_jobs for key in keys_of(job)) for history in histories]
    lines = [ComparedLine(*key, tuple(counts[key] for counts in counted)) for key in set().union(*counted)]
    return sorted(lines, key=lambda line: (-sum(line.counts), line.label))


def _function(job: PastJob) -> list[_Key]:
    return [(str(JobFunction(job.function).label), urlencode({"function": job.function}))]


def _seniority(job: PastJob) -> list[_Key]:
    return [(str(Seniority(job.seniority).label), urlencode({"seniority": job.seniority}))]


def _country(job: PastJob) -> list[_Key]:
    """Of its first place alone, as the filter finds it."""
    return [(formats.country_name(job.country), urlencode({"country": job.country}))] if job.country else []


def _named(job: PastJob, names: Mapping[int, str]) -> list[_Key]:
    return [(names[pk], urlencode({"skill": names[pk]})) for pk in job.skill_ids if pk in names]
