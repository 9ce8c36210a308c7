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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, TextChoices, Value, When

from catalog.company_history import History, PastJob
from catalog.models import Company, DroppedSkill, Job
from catalog.querysets import JobQuerySet

# For one company's history, which has no window: so long before the first sign of a skill there must have been none.
QUIET = timedelta(days=14)


class Start(TextChoices):
    CERTAIN = "certain", "Certain: the board was read before"
    LIKELY = "likely", "Likely, by posting dates"
    UNKNOWN = "unknown", "Cannot be told yet"


TOLD = (Start.CERTAIN, Start.LIKELY)


@dataclass(frozen=True, slots=True)
class StartQuestion:
    """Who started hiring for all of these skills since then, as sure as one of `kinds`."""

    skill_ids: Sequence[int]
    since: datetime
    kinds: Sequence[Start] = TOLD

    def jobs(self, jobs: JobQuerySet) -> JobQuerySet:
        """Those of `jobs` that are the first with the skills of a company that started."""
        conditions = self._conditions("company")
        return self._first(jobs).filter(reduce(or_, (conditions[kind] for kind in self.kinds)))

    def companies(self, companies: QuerySet[Company]) -> QuerySet[Company]:
        """Companies that started, each with `start`, a value of Start, and `read_since`, when its first job was first seen."""
        kinds = [When(condition, then=Value(kind.value)) for kind, condition in self._conditions("pk").items()]
        seen = Job.objects.filter(company=OuterRef("pk")).order_by("first_seen_at").values("first_seen_at")
        return companies.annotate(start=Case(*kinds), read_since=Subquery(seen[:1]))

    def _first(self, jobs: JobQuerySet) -> JobQuerySet:
        before = Q(first_seen_at__lt=self.since) | Q(listed_at__lt=self.since)
        earlier = Job.objects.with_skills(self.skill_ids).filter(before, company=OuterRef("company"))
        dropped = DroppedSkill.objects.filter(company=OuterRef("company"), skill__in=self.skill_ids, seen_at__lt=self.since)
        return jobs.with_skills(self.skill_ids).filter(~Exists(earlier), ~Exists(dropped), first_seen_at__gte=self.since)

    def _conditions(self, company: str) -> Mapping[Start, Q]:
        """Of whatever has the company in this column; each excludes the others."""
        jobs = Job.objects.filter(company=OuterRef(company))
        read = Q(Exists(jobs.filter(first_seen_at__lt=self.since)))
        dated = Q(Exists(jobs.filter(listed_at__lt=self.since))) & ~Q(Exists(jobs.with_skills(self.skill_ids).filter(posted_at=None)))
        return {Start.CERTAIN: read, Start.LIKELY: ~read & dated, Start.UNKNOWN: ~read & ~dated}


def start_of(history: History, jobs: Collection[PastJob]) -> Start:
    """The same of one company and what these of its jobs have in common, with QUIET before the first sign of them as the window's begin."""
    since = min(job.began_at for job in jobs) - QUIET
    if any(job.first_seen_at <= since for job in history.jobs):
        return Start.CERTAIN
    was_hiring = any(job.began_at <= since for job in history.jobs)
    return Start.LIKELY if was_hiring and all(job.is_dated for job in jobs) else Start.UNKNOWN
