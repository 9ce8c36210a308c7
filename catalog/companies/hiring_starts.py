"""What "started hiring for a skill" means, in one place: for lists of companies, their files and the API, and for signals.

A company started within a window when its first job with the skill was both first seen and posted inside of the
window, and no posting of it that was edited since had named the skill before. How sure that is depends on what is
known of the time before (`Start`):

- certain: the company was read before the window, so that the skill would have been seen.
- likely: it was first read inside of the window, but a job of it was posted before the window, so that it was hiring
  then, and all its jobs with the skill say that they were posted later. A job that was closed before the first
  reading may have asked for the skill.
- unknown: nothing is known of the time before; the company may have been hiring for years.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import BooleanField, F, Func, Min, OuterRef, Q, QuerySet, Subquery, TextChoices, Value

from catalog.companies.company_history import History, PastJob
from catalog.models import Company, DroppedSkill, Job
from catalog.querysets import JobQuerySet

# For one company's history, which has no window: so long before the first sign of a skill there must have been none.
QUIET = timedelta(days=14)


class Start(TextChoices):
    CERTAIN = "certain", "Certain: the board was read before"
    LIKELY = "likely", "Likely, by posting dates"
    UNKNOWN = "unknown", "Cannot be told yet"


TOLD = (Start.CERTAIN, Start.LIKELY)


class OneOf(Func):
    """A column's value is one of thousands, written as one text: one by one they take longer to write than to look up."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, ids: Sequence[int]) -> None:
        super().__init__(F(column), Value(f"{{{','.join(map(str, ids))}}}"))


@dataclass(frozen=True, slots=True)
class CompanyStart:
    """A company with nothing but jobs of the window for the skills: these jobs, and since when its boards have been read."""

    kind: Start
    read_since: datetime
    job_ids: Sequence[int]


@dataclass(frozen=True)
class StartQuestion:
    """Who started hiring for all of these skills since then, as sure as one of `kinds`."""

    skill_ids: Sequence[int]
    since: datetime
    kinds: Sequence[Start] = TOLD

    def jobs(self, jobs: JobQuerySet, kinds: Sequence[Start] = ()) -> JobQuerySet:
        """Those of `jobs` that are the first with the skills of a company that started; of other kinds, where some are named."""
        wanted = kinds or self.kinds
        ids = [pk for start in self.starts.values() if start.kind in wanted for pk in start.job_ids]
        return jobs.filter(OneOf("pk", ids))

    @cached_property
    def starts(self) -> Mapping[int, CompanyStart]:
        """By company, of all kinds. All jobs with the skills are read once for it, whatever else is asked of these companies."""
        found = {company: (undated, ids) for company, undated, ids in self._first_jobs()}
        jobs = Job.objects.filter(company=OuterRef("pk"))
        read, listed = (Subquery(jobs.order_by(date).values(date)[:1]) for date in ("first_seen_at", "listed_at"))
        known = Company.objects.filter(OneOf("pk", list(found))).values_list("pk", read, listed)
        # No dates: a company that has lost its jobs to another one since.
        return {pk: CompanyStart(self._kind(read, listed, found[pk][0]), read, found[pk][1]) for pk, read, listed in known if read}

    def _first_jobs(self) -> QuerySet[Any, Any]:
        """Company, whether a job does not say when it was posted, and ids of its jobs with the skills: all are of the window."""
        asked = Job.objects.with_skills(self.skill_ids).exclude(company__in=self._edited())
        grouped = asked.values("company").annotate(
            seen=Min("first_seen_at"), listed=Min("listed_at"), undated=BoolOr(Q(posted_at=None)), ids=ArrayAgg("pk")
        )
        first: QuerySet[Any, Any] = grouped.filter(seen__gte=self.since, listed__gte=self.since)
        return first.values_list("company", "undated", "ids")

    def _edited(self) -> Collection[int] | QuerySet[Any, Any]:
        """Companies that asked for all the skills before, for one of them at least in a posting that was edited since."""
        dropped = DroppedSkill.objects.filter(skill__in=self.skill_ids, seen_at__lt=self.since)
        if len(self.skill_ids) == 1:
            return dropped.values("company")
        asked: defaultdict[int, set[int]] = defaultdict(set)
        for company, skill in dropped.values_list("company", "skill"):
            asked[company].add(skill)
        before = Job.objects.filter(Q(first_seen_at__lt=self.since) | Q(listed_at__lt=self.since), company__in=list(asked))
        for company, skills in before.values_list("company", "skill_ids"):
            asked[company].update(skills)
        return [company for company, skills in asked.items() if skills.issuperset(self.skill_ids)]

    def _kind(self, read: datetime, listed: datetime, is_undated: bool) -> Start:
        """Of a company whose first job was first seen, and the earliest posted, at these times."""
        if read < self.since:
            return Start.CERTAIN
        return Start.LIKELY if listed < self.since and not is_undated else Start.UNKNOWN


def start_of(history: History, jobs: Collection[PastJob]) -> Start:
    """The same of one company and what these of its jobs have in common, with QUIET before the first sign of them as the window's begin."""
    since = min(job.began_at for job in jobs) - QUIET
    if history.watched_since and history.watched_since <= since:
        return Start.CERTAIN
    was_hiring = history.hiring_since is not None and history.hiring_since <= since
    return Start.LIKELY if was_hiring and all(job.is_dated for job in jobs) else Start.UNKNOWN
