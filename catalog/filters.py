"""The one set of job filters: pages and API alike, by the names of spec P1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.drainage import set_override

from catalog.choices import EmploymentType, JobFunction, JobState, RemoteType, Seniority
from catalog.models import Job
from catalog.querysets import JobQuerySet, companies_called, companies_of_domains
from catalog.search.fields import SeveralChoicesField, SeveralCountriesField, SeveralField, SeveralIdsField, SeveralSkillsField
from catalog.search.places import place_keys
from catalog.search.postgres import PostgresBackend
from catalog.search.query import Condition, Op, Search, Sort

MAX_USD = 100_000_000
MAX_DAYS = 3_650
MAX_QUERY_LENGTH = 200


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


class ConditionFilter(filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter that is a condition on a column: `stored` makes the column's values of what was asked."""

    def __init__(
        self, column: str, op: Op = Op.ANY, *, excluded: bool = False, stored: Callable[[Any], Sequence[Any]] | None = None, **kwargs: Any
    ) -> None:
        self.column, self.op, self.excluded, self.stored = column, op, excluded, stored or tuple
        super().__init__(column, **kwargs)

    def condition(self, name: str, value: Any) -> Condition:
        return Condition(name, self.column, self.op, tuple(self.stored(value)), self.excluded)

    def filter(self, qs: JobQuerySet, value: Any) -> JobQuerySet:
        """Nothing yet: all conditions are met at once, see `JobFilter.search`."""
        return qs


class SeveralFilter(ConditionFilter):
    """Several values of one parameter: the column has any of them, unless `op` says otherwise."""

    field_class = SeveralField

    def __init__(self, column: str, op: Op = Op.ANY, *, field_class: type[SeveralField] = SeveralField, **kwargs: Any) -> None:
        self.field_class = field_class
        super().__init__(column, op, **kwargs)
        taken = {name: value for name, value in kwargs.items() if name == "choices"}
        _document(self, {"type": "array", "items": field_class.item_schema(**taken)})


class MomentFilter(ConditionFilter):
    field_class = MomentField

    def __init__(self, column: str, op: Op, **kwargs: Any) -> None:
        super().__init__(column, op, stored=_alone, **kwargs)
        _document(self, {"type": "string", "example": "2026-08-01"})


class WholeNumberField(forms.IntegerField):
    def __init__(self, *, unit: str, min_value: int, max_value: int, **kwargs: Any) -> None:
        wanted = f"whole {unit}, from {min_value:,} to {max_value:,}"
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), wanted)
        super().__init__(min_value=min_value, max_value=max_value, error_messages=errors, **kwargs)


class WholeNumberFilter(filters.Filter):  # type: ignore[misc]
    field_class = WholeNumberField

    def __init__(self, *args: Any, unit: str, min_value: int, max_value: int, **kwargs: Any) -> None:
        super().__init__(*args, unit=unit, min_value=min_value, max_value=max_value, **kwargs)
        _document(self, {"type": "integer", "minimum": min_value, "maximum": max_value})


class AmountFilter(WholeNumberFilter, ConditionFilter):
    """US dollars a year."""

    def __init__(self, column: str, op: Op, *, label: str) -> None:
        super().__init__(column, op, stored=_alone, unit="US dollars a year", min_value=1, max_value=MAX_USD, label=label)


class AgeFilter(WholeNumberFilter, ConditionFilter):
    """So many days old, at most."""

    def __init__(self, column: str, *, label: str) -> None:
        super().__init__(column, Op.AT_LEAST, stored=_days_ago, unit="days", min_value=1, max_value=MAX_DAYS, label=label)


def _choices(column: str, choices: type[TextChoices], label: str) -> SeveralFilter:
    return SeveralFilter(column, field_class=SeveralChoicesField, choices=choices.choices, label=label)


def _alone(value: Any) -> Sequence[Any]:
    return (value,)


def _days_ago(days: int) -> Sequence[datetime]:
    return (timezone.now() - timedelta(days=days),)


def _keys_of(places: Sequence[str]) -> Sequence[str]:
    return sorted({key for place in places for key in place_keys(place)})


def _document(parameter: filters.Filter, schema: dict[str, Any]) -> None:
    """Tell the OpenAPI document what the parameter takes."""
    set_override(parameter, "field", {**schema, "description": parameter.label})


class JobFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of jobs. Between parameters "and", between the values of one "or" (`skill` alone means all of them).

    `search` is what search backends are asked. `qs`, for lists of what belongs to jobs, are the jobs of the same search
    in PostgreSQL, in no order, and `answered` is the search that they answer: by resemblance where none has the words of `q`.
    """

    q = filters.CharFilter(method="unfiltered", max_length=MAX_QUERY_LENGTH, label='words, "phrases", OR, -minus')
    skill = SeveralFilter("skill_ids", Op.ALL, field_class=SeveralSkillsField, label="skills: all of these")
    skill_any = SeveralFilter("skill_ids", field_class=SeveralSkillsField, label="skills: at least one of these")
    skill_not = SeveralFilter("skill_ids", excluded=True, field_class=SeveralSkillsField, label="skills: none of these")
    company = SeveralFilter("company_id", field_class=SeveralIdsField, label="company ids")
    company_name = SeveralFilter("company_id", stored=companies_called, comma=False, label="company name contains")
    company_domain = SeveralFilter("company_id", stored=companies_of_domains, label="company's web domain")
    location = SeveralFilter("places", stored=_keys_of, comma=False, label="city, state, country, region or metro area")
    country = SeveralFilter("location_country", field_class=SeveralCountriesField, label="country code (ISO 3166-1 alpha-2)")
    seniority = _choices("seniority_level", Seniority, "seniority")
    function = _choices("job_function", JobFunction, "function")
    remote = _choices("remote_type", RemoteType, "remote policy")
    employment = _choices("employment_type", EmploymentType, "employment type")
    min_comp = AmountFilter("comp_usd", Op.AT_LEAST, label="pays at least, USD a year")
    state = _choices("state", JobState, "state (open, unless given)")
    posted_after = MomentFilter("listed_at", Op.AT_LEAST, label="posted at or after")
    posted_before = MomentFilter("listed_at", Op.BELOW, label="posted before")
    posted_within_days = AgeFilter("listed_at", label="posted in the last days")
    first_seen_after = MomentFilter("first_seen_at", Op.AT_LEAST, label="first seen at or after")
    first_seen_before = MomentFilter("first_seen_at", Op.BELOW, label="first seen before")
    first_seen_within_days = AgeFilter("first_seen_at", label="first seen in the last days")
    sort = filters.ChoiceFilter(
        method="unfiltered", choices=Sort.choices, label="order (relevance with q, else newest)", error_messages=_SORT_ERRORS
    )

    class Meta:
        model = Job
        fields: list[str] = []

    @cached_property
    def search(self) -> Search:
        """What is asked, of the values that are valid."""
        values = dict(self.form.cleaned_data)
        values["state"] = values.get("state") or [JobState.OPEN.value]
        conditions = tuple(
            item.condition(name, values[name])
            for name, item in self.filters.items()
            if isinstance(item, ConditionFilter) and values.get(name) not in EMPTY_VALUES
        )
        return Search(values.get("q") or "", conditions, _order(values))

    @cached_property
    def backend(self) -> PostgresBackend:
        """PostgreSQL, over the jobs that filters of a subclass leave which are no conditions on columns."""
        return PostgresBackend(super().filter_queryset(self.queryset.all()))

    @cached_property
    def answered(self) -> Search:
        return self.backend.answerable(self.search)

    def filter_queryset(self, queryset: JobQuerySet) -> JobQuerySet:
        return self.backend.jobs(self.answered)

    def unfiltered(self, queryset: JobQuerySet, name: str, value: str) -> JobQuerySet:
        return queryset


def _order(values: Mapping[str, Any]) -> Sort:
    if values.get("sort") in (Sort.NEWEST, Sort.SALARY):
        return Sort(values["sort"])
    return Sort.RELEVANCE if values.get("q") else Sort.NEWEST
