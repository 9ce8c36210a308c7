"""The filters of the list of companies: those of jobs, and what only a company can do."""

from __future__ import annotations

from datetime import timedelta

import django_filters as filters
from django.db.models import TextChoices
from django.utils import timezone

from catalog.filters import JobFilter
from catalog.hiring_starts import first_with_skills, watched_before
from catalog.models import Job
from catalog.querysets import JobQuerySet
from catalog.search.conditions import MAX_DAYS, WholeNumberFilter


class CompanySort(TextChoices):
    NEWEST = "newest", "Newest job"
    JOBS = "jobs", "Most jobs"


_SORT_ERRORS = {"invalid_choice": f"one of {', '.join(CompanySort.values)}"}


class CompanyFilter(JobFilter):
    """Companies by their jobs: `qs` are the jobs that match, and a company matches when one of its jobs does."""

    started_within_days = WholeNumberFilter(
        method="started", unit="days", min_value=1, max_value=MAX_DAYS, label="started hiring for `skill` in the last days"
    )
    sort = filters.ChoiceFilter(
        method="unfiltered", choices=CompanySort.choices, label="order (newest job first, unless given)", error_messages=_SORT_ERRORS
    )

    @property
    def lacks_skill(self) -> bool:
        """Whether it asks who started, but not with which skill; the question is then left out."""
        return bool(self.form.cleaned_data.get("started_within_days")) and not self.form.cleaned_data.get("skill")

    @property
    def asks_for_starts(self) -> bool:
        return bool(self.form.cleaned_data.get("started_within_days")) and not self.lacks_skill

    def started(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        skills = self.form.cleaned_data.get("skill")
        if not skills:
            return queryset
        since = timezone.now() - timedelta(days=value)
        return watched_before(first_with_skills(queryset, skill_ids=skills, since=since), since=since)


class NewcomerFilter(CompanyFilter):
    """The same question where it has no answer: jobs of companies that have not been read for long enough."""

    def started(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        since = timezone.now() - timedelta(days=value)
        new = first_with_skills(queryset, skill_ids=self.form.cleaned_data["skill"], since=since)
        return new.exclude(pk__in=watched_before(new, since=since).values("pk"))


def companies_too_new(found: CompanyFilter) -> int:
    """How many companies have such a job in the window, but have not been read long enough to say that they started."""
    newcomers = NewcomerFilter(data=found.data, queryset=Job.objects.all()).qs
    count: int = newcomers.order_by().values("company").distinct().count()
    return count
