"""The one set of job filters: pages and API alike, by the names of spec P1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import django_filters as filters
from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from django.http import QueryDict

from catalog.choices import EmploymentType, JobFunction, JobState, RemoteType, Seniority
from catalog.companies import employer_filters
from catalog.models import Job
from catalog.querysets import JobQuerySet
from catalog.search.conditions import (
    AgeFilter,
    AmountFilter,
    ConditionFilter,
    EitherFilter,
    MomentFilter,
    PresentFilter,
    SeveralFilter,
    choices_filter,
    narrowed,
)  # fmt: skip
from catalog.search.fields import SeveralCountriesField, SeveralSkillsField
from catalog.search.places import place_keys, remote_keys, state_keys, town_keys
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import MAX_TEXT_LENGTH, Condition, Op, Search, Sort

_SORT_ERRORS = {"invalid_choice": f"one of {', '.join(Sort.values)}"}
_TEXT_ERRORS = {"max_length": f"a text may have {MAX_TEXT_LENGTH} characters at most"}
_NO_JOB = Condition("q", "id", Op.ANY)
# Unless another state is asked for.
_OPEN = (Condition("state", "state", Op.ANY, (JobState.OPEN.value,)),)
# What `has` asks of the columns: most are null without a value, some have a value that says so.
_PRESENT: Mapping[str, Condition] = {
    "salary": Condition("has", "comp_usd", Op.AT_LEAST, (1,)),
    "skill": Condition("has", "skill_ids", Op.PRESENT),
    "location_city": Condition("has", "location_city", Op.PRESENT),
    "location_state": Condition("has", "location_state", Op.PRESENT),
    "country": Condition("has", "location_country", Op.PRESENT),
    "company_domain": Condition("has", "company_domain", Op.PRESENT),
    "language": Condition("has", "language", Op.PRESENT),
    "posted": Condition("has", "posted_at", Op.PRESENT),
    "seniority": Condition("has", "seniority_level", Op.ANY, (Seniority.UNKNOWN.value,), excluded=True),
    "function": Condition("has", "job_function", Op.ANY, (JobFunction.UNKNOWN.value,), excluded=True),
    "remote": Condition("has", "remote_type", Op.ANY, (RemoteType.UNKNOWN.value,), excluded=True),
    "employment": Condition("has", "employment_type", Op.ANY, (EmploymentType.UNKNOWN.value,), excluded=True),
}


def _keys(keys_of: Callable[[str], Sequence[str]]) -> Callable[[Sequence[str]], Sequence[str]]:
    return lambda places: sorted({key for place in places for key in keys_of(place)})


def _lower(values: Sequence[str]) -> Sequence[str]:
    return [value.lower() for value in values]


class RemoteFromFilter(SeveralFilter):
    """Remote jobs that are offered in a country, in a region that it belongs to, or everywhere."""

    def conditions(self, name: str, value: Sequence[str]) -> Sequence[Condition]:
        return [*super().conditions(name, value), Condition(name, "remote_type", Op.ANY, (RemoteType.REMOTE.value,))]


class _Stated(ConditionFilter):
    """By the date of posting that a board states. `listed_at` is that date where there is one, and has the indexes."""

    def conditions(self, name: str, value: Any) -> Sequence[Condition]:
        return [*super().conditions(name, value), Condition(name, "posted_at", Op.PRESENT)]


class PostedFilter(_Stated, MomentFilter):
    """Posted before or since a moment."""


class PostedAgeFilter(_Stated, AgeFilter):
    """Posted so many days ago, at most."""


class JobFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of jobs. Between parameters "and", between the values of one "or" (`skill` alone means all of them).

    `search` is what search backends are asked. `qs`, for lists of what belongs to jobs, are the jobs of the same search
    in PostgreSQL, in no order, and `answered` is the search that they answer: by resemblance where none has the words of `q`.
    """

    q = filters.CharFilter(
        method="unfiltered", max_length=MAX_TEXT_LENGTH, label='words, "phrases", OR, -minus, begin*', error_messages=_TEXT_ERRORS
    )
    skill = SeveralFilter("skill_ids", Op.ALL, field_class=SeveralSkillsField, label="skills: all of these")
    skill_any = SeveralFilter("skill_ids", field_class=SeveralSkillsField, label="skills: at least one of these")
    skill_not = SeveralFilter("skill_ids", excluded=True, field_class=SeveralSkillsField, label="skills: none of these")
    company = employer_filters.by_id()
    company_not = company.opposite()
    company_name = employer_filters.by_name()
    company_name_not = company_name.opposite()
    company_domain = employer_filters.by_domain()
    company_domain_not = company_domain.opposite()
    agencies = employer_filters.by_trade()
    location = SeveralFilter("places", stored=_keys(place_keys), comma=False, label="city, state, country, region or metro area")
    location_not = location.opposite()
    location_city = SeveralFilter("places", stored=_keys(town_keys), comma=False, label="city or metro area: Austin; Portland, OR")
    location_city_not = location_city.opposite()
    location_state = SeveralFilter("places", stored=_keys(state_keys), label="state by code or name: NY, Texas, US-CA")
    location_state_not = location_state.opposite()
    country = SeveralFilter("location_country", field_class=SeveralCountriesField, label="country code (ISO 3166-1 alpha-2)")
    country_not = country.opposite()
    remote_from = RemoteFromFilter(
        "places",
        stored=_keys(remote_keys),
        field_class=SeveralCountriesField,
        label="country code: remote jobs offered there",
    )
    seniority = choices_filter("seniority_level", Seniority, "seniority")
    seniority_not = seniority.opposite()
    function = choices_filter("job_function", JobFunction, "function")
    function_not = function.opposite()
    remote = choices_filter("remote_type", RemoteType, "remote policy")
    remote_not = remote.opposite()
    employment = choices_filter("employment_type", EmploymentType, "employment type")
    employment_not = employment.opposite()
    min_comp = AmountFilter("comp_usd", Op.AT_LEAST, label="pays at least, USD a year")
    max_comp = AmountFilter("comp_usd", Op.BELOW, label="states its pay, and pays at most, USD a year")
    state = choices_filter("state", JobState, "state (open, unless given)")
    language = SeveralFilter("language", stored=_lower, label="language of the posting: en, de, fr ...")
    language_not = language.opposite()
    source_type = SeveralFilter("source_type", stored=_lower, label="ATS that the posting is from: greenhouse, lever ...")
    source_type_not = source_type.opposite()
    prospects = EitherFilter(
        lambda: Condition("prospects", "is_prospect", Op.ANY, (True,)), label="calls for applications in general, which are no vacancies"
    )
    has = PresentFilter(_PRESENT, label="has a value for all of these fields")
    has_not = PresentFilter(_PRESENT, excluded=True, label="has a value for none of these fields")
    posted_after = PostedFilter("listed_at", Op.AT_LEAST, label="posted at or after, as the board states")
    posted_before = PostedFilter("listed_at", Op.BELOW, label="posted before, as the board states")
    posted_within_days = PostedAgeFilter("listed_at", label="posted in the last days, as the board states")
    first_seen_after = MomentFilter("first_seen_at", Op.AT_LEAST, label="first seen at or after")
    first_seen_before = MomentFilter("first_seen_at", Op.BELOW, label="first seen before")
    first_seen_within_days = AgeFilter("first_seen_at", label="first seen in the last days")
    published_after = MomentFilter("published_at", Op.AT_LEAST, label="came into the catalogue at or after")
    sort = filters.ChoiceFilter(
        method="unfiltered", choices=Sort.choices, label="order (relevance with q, else newest)", error_messages=_SORT_ERRORS
    )

    refuses_text = False

    class Meta:
        model = Job
        fields: list[str] = []

    @classmethod
    def understood(cls, asked: QueryDict) -> tuple[Self, QueryDict, list[str]]:
        """The filters over the parameters that are valid, those parameters, and what was wrong with the others.

        Of a text that is not valid no job is found: without it the others would find jobs that nobody asked for.
        """
        found, valid, problems = understood(cls, asked, Job.objects.all())
        found.refuses_text = "q" in asked and "q" not in valid
        return found, valid, problems

    @cached_property
    def search(self) -> Search:
        """What is asked, of the values that are valid."""
        self.is_valid()  # cleans
        values = self.form.cleaned_data
        standing = () if values.get("state") else _OPEN
        conditions = tuple(
            condition
            for name, item in self.filters.items()
            if isinstance(item, ConditionFilter) and values.get(name) not in EMPTY_VALUES
            for condition in item.conditions(name, values[name])
        )
        nothing = (_NO_JOB,) if self.refuses_text else ()
        return Search(values.get("q") or "", standing + conditions + nothing, _order(values))

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


def understood(filterset_class: Any, asked: QueryDict, rows: QuerySet[Any]) -> tuple[Any, QueryDict, list[str]]:
    """Filters over those parameters that they take, these parameters, and what was wrong with the others."""
    found = narrowed(filterset_class, asked)(data=asked, queryset=rows)
    if found.is_valid():
        return found, asked, []
    problems = [_left_out(name, text) for name, errors in found.form.errors.items() for text in errors]
    valid = asked.copy()
    for name in found.form.errors:
        valid.pop(name, None)
    return *understood(filterset_class, valid, rows)[:2], problems


def _left_out(name: str, problem: str) -> str:
    return f"Nothing was looked for: {problem.rstrip('.')}." if name == "q" else f"Left out “{name}”: {problem}"


def _order(values: Mapping[str, Any]) -> Sort:
    if values.get("sort") in (Sort.NEWEST, Sort.SALARY):
        return Sort(values["sort"])
    return Sort.RELEVANCE if values.get("q") else Sort.NEWEST
