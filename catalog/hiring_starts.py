"""What "started hiring for a skill" means, in one place: for the list of companies and for a company's signals.

A company started within a window when its first job with the skill was both first seen and posted inside of the
window. Absence can only be told of a company that was read before: one whose first job of any kind was first seen
inside of the window may have been hiring for years, and does not count (`watched_before` leaves it out).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from catalog.models import Job
from catalog.querysets import JobQuerySet


def first_with_skills(jobs: JobQuerySet, *, skill_ids: Collection[int], since: datetime) -> JobQuerySet:
    """Those of `jobs` that have all the skills, were first seen since then, and whose company had no such job before."""
    before = Q(first_seen_at__lt=since) | Q(listed_at__lt=since)
    earlier = Job.objects.with_skills(skill_ids).filter(before, company=OuterRef("company"))
    return jobs.with_skills(skill_ids).filter(~Exists(earlier), first_seen_at__gte=since)


def watched_before(jobs: JobQuerySet, *, since: datetime) -> JobQuerySet:
    """Those of `jobs` whose company had a job, with any skill, that was first seen before."""
    return jobs.filter(Exists(Job.objects.filter(company=OuterRef("company"), first_seen_at__lt=since)))
