"""The one set of job filters: pages and API alike, by the names of spec P1."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.drainage import set_override

from catalog.choices import EmploymentType, JobFunction, JobState, RemoteType, Seniority
from catalog.models import Job
from catalog.querysets import JobQuerySet
from catalog.search.fields import SeveralChoicesField, SeveralCountriesField, SeveralField, SeveralIdsField, SeveralSkillsField

MAX_USD = 100_000_000
MAX_DAYS = 3_650
MAX_QUERY_LENGTH = 200


class Sort(TextChoices):
    RELEVANCE = "relevance", "Most relevant"
    NEWEST = "newest", "Newest"
    SALARY = "salary", "Highest salary"


_SORT_ERRORS = {"invalid_choice": f"one of {', '.join(Sort.values)}"}


class MomentField(forms.CharField):
    """A date (`2026-08-01`: its beginning, UTC) or a time (`2026-08-01T12:00:00Z`)."""

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            if day := parse_date(text):
                return datetime.combine(day, time.min, tzinfo=UTC)
            moment = parse_datetime(text)
            if moment:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):  # no such day; outside of the calendar
            pass
        raise ValidationError("write it as 2026-08-01 or 2026-08-01T12:00:00Z")


class SeveralFilter(filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """Several values of one parameter: the column has any of them, or `method` says otherwise."""

    field_class = SeveralField

    def __init__(self, field_name: str | None = None, *, field_class: type[SeveralField] = SeveralField, **kwargs: Any) -> None:
        self.field_class = field_class
        super().__init__(field_name, **kwargs)
        _document(self, {"type": "array", "items": field_class.item_schema(**kwargs)})

    def filter(self, qs: JobQuerySet, value: list[Any]) -> JobQuerySet:
        if not value:
            return qs
        # One value as plain equality: the planner then reads the (state, date) index in order.
        return qs.filter(**({self.field_name: value[0]} if len(value) == 1 else {f"{self.field_name}__in": value}))


class MomentFilter(filters.Filter):  # type: ignore[misc]
    field_class = MomentField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _document(self, {"type": "string", "example": "2026-08-01"})


def _choices(field_name: str, choices: type[TextChoices], label: str) -> SeveralFilter:
    return SeveralFilter(field_name, field_class=SeveralChoicesField, choices=choices.choices, label=label)


class WholeNumberFilter(filters.Filter):  # type: ignore[misc]
    field_class = forms.IntegerField

    def __init__(self, *args: Any, unit: str, min_value: int, max_value: int, **kwargs: Any) -> None:
        wanted = f"whole {unit}, from {min_value:,} to {max_value:,}"
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), wanted)
        super().__init__(*args, min_value=min_value, max_value=max_value, error_messages=errors, **kwargs)
        _document(self, {"type": "integer", "minimum": min_value, "maximum": max_value})


def _document(parameter: filters.Filter, schema: dict[str, Any]) -> None:
    """Tell the OpenAPI document what the parameter takes."""
    set_override(parameter, "field", {**schema, "description": parameter.label})


class JobFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of jobs. Between parameters "and", between the values of one "or" (`skill` alone means all of them).

    `qs` is filtered and ordered, ready for `keyset_page`, `capped_count` and `facet_counts`. `is_fuzzy` tells, after
    `qs`, that no job has the words of `q`, so that jobs are shown whose title or company resembles it.
    """

    q = filters.CharFilter(method="search", max_length=MAX_QUERY_LENGTH, label='words, "phrases", OR, -minus')
    skill = SeveralFilter(method="skills_all", field_class=SeveralSkillsField, label="skills: all of these")
    skill_any = SeveralFilter(method="skills_any", field_class=SeveralSkillsField, label="skills: at least one of these")
    skill_not = SeveralFilter(method="skills_none", field_class=SeveralSkillsField, label="skills: none of these")
    company = SeveralFilter("company_id", field_class=SeveralIdsField, label="company ids")
    company_name = SeveralFilter(method="company_names", comma=False, label="company name contains")
    company_domain = SeveralFilter("company__domain", label="company's web domain")
    location = SeveralFilter(method="locations", comma=False, label="city, state, country, region or metro area")
    country = SeveralFilter("location_country", field_class=SeveralCountriesField, label="country code (ISO 3166-1 alpha-2)")
    seniority = _choices("seniority_level", Seniority, "seniority")
    function = _choices("job_function", JobFunction, "function")
    remote = _choices("remote_type", RemoteType, "remote policy")
    employment = _choices("employment_type", EmploymentType, "employment type")
    min_comp = WholeNumberFilter(
        "comp_usd", lookup_expr="gte", unit="US dollars a year", min_value=1, max_value=MAX_USD, label="pays at least, USD a year"
    )
    state = _choices("state", JobState, "state (open, unless given)")
    posted_after = MomentFilter("listed_at", lookup_expr="gte", label="posted at or after")
    posted_before = MomentFilter("listed_at", lookup_expr="lt", label="posted before")
    posted_within_days = WholeNumberFilter(
        method="posted_within", unit="days", min_value=1, max_value=MAX_DAYS, label="posted in the last days"
    )
    first_seen_after = MomentFilter("first_seen_at", lookup_expr="gte", label="first seen at or after")
    first_seen_before = MomentFilter("first_seen_at", lookup_expr="lt", label="first seen before")
    first_seen_within_days = WholeNumberFilter(
        method="seen_within", unit="days", min_value=1, max_value=MAX_DAYS, label="first seen in the last days"
    )
    sort = filters.ChoiceFilter(
        method="unfiltered", choices=Sort.choices, label="order (relevance with q, else newest)", error_messages=_SORT_ERRORS
    )

    class Meta:
        model = Job
        fields: list[str] = []

    is_fuzzy = False

    def filter_queryset(self, queryset: JobQuerySet) -> JobQuerySet:
        values = self.form.cleaned_data  # without those that are not valid
        jobs: JobQuerySet = super().filter_queryset(queryset if values.get("state") else queryset.filter(state=JobState.OPEN))
        jobs, ranked = self._searched(jobs, values.get("q", ""))
        match values.get("sort"):
            case Sort.SALARY:
                return (jobs.fenced() if ranked else jobs).best_paid_first()
            case Sort.NEWEST:
                return (jobs.fenced() if ranked else jobs).newest_first()
            case _:
                return jobs.most_relevant_first() if ranked else jobs.newest_first()

    def _searched(self, jobs: JobQuerySet, text: str) -> tuple[JobQuerySet, bool]:
        """The jobs that match the text, after all other filters, and whether there was a text."""
        if not text:
            return jobs, False
        matching = jobs.matching(text)
        self.is_fuzzy = not matching.exists()
        return (jobs.resembling(text) if self.is_fuzzy else matching), True

    def search(self, queryset: JobQuerySet, name: str, value: str) -> JobQuerySet:
        """`q` acts last, on what the other filters leave (see `_searched`)."""
        return queryset

    def unfiltered(self, queryset: JobQuerySet, name: str, value: str) -> JobQuerySet:
        return queryset

    def skills_all(self, queryset: JobQuerySet, name: str, value: list[int]) -> JobQuerySet:
        return queryset.with_skills(value)

    def skills_any(self, queryset: JobQuerySet, name: str, value: list[int]) -> JobQuerySet:
        return queryset.with_any_skill(value)

    def skills_none(self, queryset: JobQuerySet, name: str, value: list[int]) -> JobQuerySet:
        return queryset.without_skills(value)

    def company_names(self, queryset: JobQuerySet, name: str, value: list[str]) -> JobQuerySet:
        return queryset.at_companies(value)

    def locations(self, queryset: JobQuerySet, name: str, value: list[str]) -> JobQuerySet:
        return queryset.in_places(value)

    def posted_within(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        return queryset.filter(listed_at__gte=timezone.now() - timedelta(days=value))

    def seen_within(self, queryset: JobQuerySet, name: str, value: int) -> JobQuerySet:
        return queryset.filter(first_seen_at__gte=timezone.now() - timedelta(days=value))
