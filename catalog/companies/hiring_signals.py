"""Signals of a company: simple rules over its jobs, each with its reason code and the posting that shows it. Pure.

Whatever is called a first needs a time without it: a company whose board has not been read for `QUIET` before the job
gives no signal, unless the postings' own dates tell that it began with a tool (`catalog.companies.hiring_starts`); nor does one with
more jobs than its history holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import TextChoices

from catalog.choices import JobFunction, Seniority
from catalog.companies.company_history import History, PastJob, by_begin
from catalog.companies.hiring_starts import Start, start_of
from catalog.companies.hiring_surges import SURGE_DAYS, SURGE_JOBS, SURGE_TIMES, USUAL_DAYS, surges
from catalog.formats import country_name

WINDOW = timedelta(days=90)
PAUSE = timedelta(days=30)
# What only posting dates tell is told for a shorter time: the older a posting, the likelier that one before it was closed unread.
LIKELY_WINDOW = timedelta(days=30)
WINDOWS = {Start.CERTAIN: WINDOW, Start.LIKELY: LIKELY_WINDOW}
_LEADERS = frozenset({Seniority.DIRECTOR, Seniority.VP, Seniority.CXO})
_NOT_A_FUNCTION = frozenset({JobFunction.OTHER, JobFunction.UNKNOWN})
Key = TypeVar("Key")


class Reason(TextChoices):
    STARTED_SKILL = (
        "started_skill",
        "First job with the tool, and none while the board was read before; likely: none by the dates of its postings",
    )
    FIRST_LEADER = "first_leader", "First director, VP or C-level job of the function, and none while the board was read before"
    FIRST_FUNCTION = "first_function", "First job of the function, and none while the board was read before"
    FIRST_COUNTRY = "first_country", "First job in the country, and none while the board was read before"
    SURGE = (
        "surge",
        f"At least {SURGE_TIMES} times as many jobs posted in {SURGE_DAYS} days as in the {USUAL_DAYS} days before on average,"
        f" and {SURGE_JOBS} more than were closed",
    )
    HIRING_AGAIN = "hiring_again", "First job after at least 30 days without any open job"


SIGNAL_NAMES = {
    Reason.STARTED_SKILL: "Started hiring for a tool",
    Reason.FIRST_LEADER: "First leader of a function",
    Reason.FIRST_FUNCTION: "First job of a function",
    Reason.FIRST_COUNTRY: "First job in a country",
    Reason.SURGE: "Surge of openings",
    Reason.HIRING_AGAIN: "Hiring again",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """What happened, when, and the job that shows it; `skill_id` names the skill that the job's text mentions.

    `start` tells how sure a first is; `subject` what is new (a skill's id, a function, a country; "" otherwise), `figures` what was
    counted; `is_over` that no job which shows it is open any more.
    """

    reason: Reason
    headline: str
    at: datetime
    job: PastJob
    skill_id: int | None = None
    start: Start = Start.CERTAIN
    subject: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    is_over: bool = False

    @property
    def job_id(self) -> int:
        return self.job.pk

    @property
    def job_title(self) -> str:
        return self.job.title


def hiring_signals(history: History, *, tools: Mapping[int, str], now: datetime) -> list[Signal]:
    """Signals of the last WINDOW that an open job shows, newest first. `tools`: names of the skills that are tools."""
    told = (signal for signal in all_signals(history, tools=tools) if not signal.is_over and signal.at >= now - WINDOWS[signal.start])
    return sorted(told, key=lambda s: (s.at, s.headline), reverse=True)


def all_signals(history: History, *, tools: Mapping[int, str]) -> Iterator[Signal]:
    """Those of all times, also what is over. The history alone decides, not the time at which it is asked."""
    if not history.is_cut:
        yield from _started(history, tools)
        yield from _leaders(history)
        yield from _functions(history)
        yield from _countries(history)
        yield from _surges(history)
        yield from _again(history)


def _started(history: History, tools: Mapping[int, str]) -> Iterator[Signal]:
    for skill_id, jobs in _grouped(history.jobs, lambda job: job.skill_ids).items():
        if skill_id in tools:
            yield from _started_with(history, skill_id, tools[skill_id], jobs)


def _started_with(history: History, skill_id: int, name: str, jobs: Collection[PastJob]) -> Iterator[Signal]:
    first, start = min(jobs, key=by_begin), start_of(history, jobs)
    dropped = history.dropped.get(skill_id)
    if start == Start.UNKNOWN or (dropped is not None and dropped < first.began_at) or (start == Start.LIKELY and not _was_new(first)):
        return
    at = first.first_seen_at if start == Start.CERTAIN else first.began_at
    yield Signal(Reason.STARTED_SKILL, started_headline(name), at, first, skill_id, start, str(skill_id), is_over=_all_ended(jobs))


def started_headline(tool: str) -> str:
    return f"Started hiring for {tool}"


def _was_new(job: PastJob) -> bool:
    """Whether it was read while its date could still tell something."""
    return job.first_seen_at - job.listed_at <= LIKELY_WINDOW


def _leaders(history: History) -> Iterator[Signal]:
    leaders = [job for job in history.jobs if job.seniority in _LEADERS]
    for function, jobs in _grouped(leaders, _functions_of).items():
        yield from _first(history, Reason.FIRST_LEADER, function, jobs, f"First {JobFunction(function).label} leader")


def _functions(history: History) -> Iterator[Signal]:
    for function, jobs in _grouped(history.jobs, _functions_of).items():
        yield from _first(history, Reason.FIRST_FUNCTION, function, jobs, f"First {JobFunction(function).label} job")


def _countries(history: History) -> Iterator[Signal]:
    for country, jobs in _grouped(history.jobs, lambda job: job.countries).items():
        yield from _first(history, Reason.FIRST_COUNTRY, country, jobs, f"First job in {country_name(country)}")


def _first(history: History, reason: Reason, subject: str, jobs: Collection[PastJob], headline: str) -> Iterator[Signal]:
    if start_of(history, jobs) == Start.CERTAIN:
        first = min(jobs, key=by_begin)
        yield Signal(reason, headline, first.first_seen_at, first, subject=subject, is_over=_all_ended(jobs))


def _surges(history: History) -> Iterator[Signal]:
    for surge in surges(history):
        headline = f"{surge.openings} jobs posted in {SURGE_DAYS} days, usually {surge.usual:g}"
        figures = {"openings": surge.openings, "usual": surge.usual, "closings": surge.closings, "days": SURGE_DAYS}
        yield Signal(Reason.SURGE, headline, surge.job.first_seen_at, surge.job, figures=figures, is_over=_all_ended([surge.job]))


def _again(history: History) -> Iterator[Signal]:
    """Jobs that came after a pause."""
    ended: datetime | None = None  # when the last job so far ended; nothing is known before the first
    for job in sorted(history.jobs, key=_seen):
        if ended and job.began_at - ended >= PAUSE:
            days = (job.began_at - ended).days
            headline = f"Hiring again after {days} days without an open job"
            yield Signal(Reason.HIRING_AGAIN, headline, job.first_seen_at, job, figures={"days": days}, is_over=_all_ended([job]))
        ended = max(ended or job.first_seen_at, job.ended_at or datetime.max.replace(tzinfo=job.first_seen_at.tzinfo))


def _grouped(jobs: Iterable[PastJob], keys_of: Callable[[PastJob], Iterable[Key]]) -> Mapping[Key, list[PastJob]]:
    groups: defaultdict[Key, list[PastJob]] = defaultdict(list)
    for job in jobs:
        for key in keys_of(job):
            groups[key].append(job)
    return groups


def _functions_of(job: PastJob) -> list[str]:
    return [] if job.function in _NOT_A_FUNCTION else [job.function]


def _all_ended(jobs: Iterable[PastJob]) -> bool:
    return all(job.ended_at for job in jobs)


def _seen(job: PastJob) -> tuple[datetime, int]:
    return job.first_seen_at, job.pk
