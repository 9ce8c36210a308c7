"""The filters of the list of companies: those of jobs, and what only a company can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

import django_filters as filters
from django.db.models import TextChoices
from django.utils import timezone

from catalog.choices import JobState
from catalog.companies.hiring_starts import TOLD, OneOf, Start, StartQuestion
from catalog.filters import JobFilter
from catalog.models import Company, Job
from catalog.querysets import JobQuerySet
from catalog.search.conditions import MAX_DAYS, SeveralFilter, WholeNumberFilter
from catalog.search.fields import SeveralChoicesField, SeveralSkillsField
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Condition


class CompanySort(TextChoices):
    NEWEST = "newest", "Newest job"
    JOBS = "jobs", "Most jobs"


MOST_OPEN_JOBS = 1_000_000
_SORT_ERRORS = {"invalid_choice": f"one of {', '.join(CompanySort.values)}"}


class StartKindFilter(SeveralFilter):
    """How sure a start is; it belongs to the question who started and is no condition on jobs."""

    def __init__(self, *, label: str) -> None:
        super().__init__("id", field_class=SeveralChoicesField, choices=Start.choices, label=label)

    def conditions(self, name: str, value: Any) -> Sequence[Condition]:
        return []


class UsesFilter(SeveralFilter):
    """Skills of a company: each is named by an open job of it, not all by the same one. No condition on the jobs that are listed."""

    def __init__(self, *, label: str) -> None:
        super().__init__("company_id", field_class=SeveralSkillsField, label=label)

    def conditions(self, name: str, value: Any) -> Sequence[Condition]:
        return []

    def filter(self, qs: JobQuerySet, value: Sequence[int] | None) -> JobQuerySet:
        return _naming_together(qs, value or ())


class CompanyFilter(JobFilter):
    """Companies by their jobs: `qs` are the jobs that match, and a company matches when one of its jobs does."""

    started_within_days = WholeNumberFilter(
        method="started", unit="days", min_value=1, max_value=MAX_DAYS, label="started hiring for `skill` in the last days"
    )
    started_as = StartKindFilter(label="how sure it is that they started (certain or likely, unless given)")
    uses = UsesFilter(label="skills: each named by an open job of the company, not necessarily the same one")
    min_open_jobs = WholeNumberFilter(
        method="of_size", unit="jobs", min_value=1, max_value=MOST_OPEN_JOBS, label="open jobs of the company in all, as last counted"
    )
    sort = filters.ChoiceFilter(
        method="unfiltered", choices=CompanySort.choices, label="order (newest job first, unless given)", error_messages=_SORT_ERRORS
    )

    @property
    def skill_ids(self) -> list[int]:
        """The skills that are asked for: all of these, then at least one of those."""
        asked = self.form.cleaned_data
        return [*(asked.get("skill") or []), *(asked.get("skill_any") or [])]

    @property
    def lacks_skill(self) -> bool:
        """Whether it asks who started, but not with which skill; the question is then left out."""
        return bool(self.form.cleaned_data.get("started_within_days")) and not self.form.cleaned_data.get("skill")

    @cached_property
    def question(self) -> StartQuestion | None:
        """Who started, where that is asked."""
        asked = self.form.cleaned_data
        days, skills = asked.get("started_within_days"), asked.get("skill")
        if not days or not skills:
            return None
        return StartQuestion(skills, timezone.now() - timedelta(days=days), asked.get("started_as") or TOLD)

    def started(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        return self.question.jobs(queryset) if self.question else queryset

    def of_size(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        return _of_companies_with(queryset, value)

    def of_such_companies(self, jobs: JobQuerySet) -> JobQuerySet:
        """Those whose company meets what is asked of all its jobs together."""
        asked = self.form.cleaned_data
        return _of_companies_with(_naming_together(jobs, asked.get("uses") or ()), asked.get("min_open_jobs") or 0)


def _naming_together(jobs: JobQuerySet, skill_ids: Sequence[int]) -> JobQuerySet:
    """A query for each skill, here: as parts of the statements of a page they would be asked by each of these anew."""
    naming = [Job.objects.filter(state=JobState.OPEN).with_skills([pk]).order_by().values_list("company", flat=True) for pk in skill_ids]
    if not naming:
        return jobs
    companies = set.intersection(*(set(of_one.distinct()) for of_one in naming))
    return jobs.filter(OneOf("company", sorted(companies)))


def _of_companies_with(jobs: JobQuerySet, least: int) -> JobQuerySet:
    return jobs.filter(company__in=Company.objects.filter(job_count__gte=least).order_by().values("pk")) if least else jobs


def companies_unknown(found: CompanyFilter) -> int:
    """How many more companies have such a job in the window, of which nobody can say whether they started; 0 where they are shown."""
    if found.question is None or Start.UNKNOWN in found.question.kinds:
        return 0
    among = PostgresBackend(found.of_such_companies(found.question.jobs(Job.objects.all(), (Start.UNKNOWN,))))
    count: int = among.jobs(among.answerable(found.search)).values("company").distinct().count()
    return count
