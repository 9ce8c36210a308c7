"""Signals of a company: simple rules over its jobs, each with its reason code and the posting that shows it. Pure.

Whatever is called a first needs a time without it: a company whose board has not been read for `QUIET` before the job
gives no signal, unless the postings' own dates tell that it began with a tool (`catalog.companies.hiring_starts`); nor does one with
more jobs than its history holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from catalog.choices import JobFunction, Seniority
from catalog.companies.company_history import History, PastJob
from catalog.companies.hiring_starts import Start, start_of

WINDOW = timedelta(days=90)
PAUSE = timedelta(days=30)
# What only posting dates tell is told for a shorter time: the older a posting, the likelier that one before it was closed unread.
LIKELY_WINDOW = timedelta(days=30)
_LEADERS = frozenset({Seniority.DIRECTOR, Seniority.VP, Seniority.CXO})
_NOT_A_FUNCTION = frozenset({JobFunction.OTHER, JobFunction.UNKNOWN})


class Reason(TextChoices):
    STARTED_SKILL = (
        "started_skill",
        "First job with the tool, and none while the board was read before; likely: none by the dates of its postings",
    )
    FIRST_LEADER = "first_leader", "First director, VP or C-level job of the function, and none while the board was read before"
    HIRING_AGAIN = "hiring_again", "First job after at least 30 days without any open job"


SIGNAL_NAMES = {
    Reason.STARTED_SKILL: "Started hiring for a tool",
    Reason.FIRST_LEADER: "First leader of a function",
    Reason.HIRING_AGAIN: "Hiring again",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """What happened, when, and the job that shows it; `skill_id` names the skill that the job's text mentions.

    `start` tells how sure a first is.
    """

    reason: Reason
    headline: str
    at: datetime
    job_id: int
    job_title: str
    skill_id: int | None = None
    start: Start = Start.CERTAIN


def hiring_signals(history: History, *, tools: Mapping[int, str], now: datetime) -> list[Signal]:
    """Signals of the last WINDOW, newest first. `tools`: names of the skills that are tools."""
    if history.is_cut:
        return []
    found = [*_started(history, tools), *_leaders(history), *_again(history)]
    windows = {Start.CERTAIN: WINDOW, Start.LIKELY: LIKELY_WINDOW}
    return sorted((signal for signal in found if signal.at >= now - windows[signal.start]), key=lambda s: (s.at, s.headline), reverse=True)


def _started(history: History, tools: Mapping[int, str]) -> Iterator[Signal]:
    for skill_id, name in tools.items():
        jobs = [job for job in history.jobs if skill_id in job.skill_ids]
        first, start = _first(history, jobs)
        dropped = history.dropped.get(skill_id)
        if first and start != Start.UNKNOWN and (dropped is None or dropped >= first.began_at):
            at = first.first_seen_at if start == Start.CERTAIN else first.listed_at
            yield Signal(Reason.STARTED_SKILL, f"Started hiring for {name}", at, first.pk, first.title, skill_id, start)


def _leaders(history: History) -> Iterator[Signal]:
    leaders = [job for job in history.jobs if job.seniority in _LEADERS and job.function not in _NOT_A_FUNCTION]
    for function in sorted({job.function for job in leaders}):
        first, start = _first(history, [job for job in leaders if job.function == function])
        if first and start == Start.CERTAIN:
            headline = f"First {JobFunction(function).label} leader"
            yield Signal(Reason.FIRST_LEADER, headline, first.first_seen_at, first.pk, first.title)


def _first(history: History, jobs: Collection[PastJob]) -> tuple[PastJob | None, Start]:
    """The first of these jobs, if one of them is open, and how sure it is that there was none before."""
    if all(job.ended_at for job in jobs):
        return None, Start.UNKNOWN
    return min(jobs, key=_began), start_of(history, jobs)


def _again(history: History) -> Iterator[Signal]:
    """The newest job that came after a pause, if it is open still."""
    ended: datetime | None = None  # when the last job so far ended; nothing is known before the first
    found: Signal | None = None
    for job in sorted(history.jobs, key=_seen):
        if ended and job.began_at - ended >= PAUSE:
            days = (job.began_at - ended).days
            headline = f"Hiring again after {days} days without an open job"
            found = Signal(Reason.HIRING_AGAIN, headline, job.first_seen_at, job.pk, job.title) if job.ended_at is None else None
        ended = max(ended or job.first_seen_at, job.ended_at or datetime.max.replace(tzinfo=job.first_seen_at.tzinfo))
    if found:
        yield found


def _seen(job: PastJob) -> tuple[datetime, int]:
    return job.first_seen_at, job.pk


def _began(job: PastJob) -> tuple[datetime, int]:
    return job.began_at, job.pk
