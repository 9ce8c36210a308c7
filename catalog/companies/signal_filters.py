"""The filters of the list of signals; of jobs' filters those that say something of a signal, by their names."""

from __future__ import annotations

from typing import Any, Self

import django_filters as filters
from django.core.validators import EMPTY_VALUES
from django.db.models import Q, QuerySet
from django.http import QueryDict

from catalog.choices import JobFunction
from catalog.companies import employer_filters
from catalog.companies.hiring_signals import Reason
from catalog.companies.hiring_starts import TOLD
from catalog.filters import understood
from catalog.models import CompanySignal
from catalog.search.conditions import AgeFilter, SeveralFilter, choices_filter
from catalog.search.fields import SeveralChoicesField, SeveralCountriesField, SeveralSkillsField
from catalog.search.query import Condition, Op

_LOOKUPS = {Op.ANY: "in", Op.AT_LEAST: "gte"}


class SignalFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Signals of companies. Between parameters "and", between the values of one "or"; function and country are those of the job."""

    reason = choices_filter("reason", Reason, "reason code")
    skill = SeveralFilter("skill_id", field_class=SeveralSkillsField, label="skills: the signal names one of these")
    function = choices_filter("job_function", JobFunction, "function of the job that shows it")
    country = SeveralFilter(
        "location_country", field_class=SeveralCountriesField, label="country code (ISO 3166-1 alpha-2) of the job that shows it"
    )
    function_not = function.opposite()
    country_not = country.opposite()
    company = employer_filters.by_id()
    company_not = company.opposite()
    company_name = employer_filters.by_name()
    company_name_not = company_name.opposite()
    company_domain = employer_filters.by_domain()
    company_domain_not = company_domain.opposite()
    agencies = employer_filters.by_trade()
    start = SeveralFilter(
        "start",
        field_class=SeveralChoicesField,
        choices=[(kind.value, kind.label) for kind in TOLD],
        label="how sure it is that there was none before",
    )
    within_days = AgeFilter("at", label="of the last days")
    found_within_days = AgeFilter("found_at", label="found in the last days, of any day")

    class Meta:
        model = CompanySignal
        fields: list[str] = []

    @classmethod
    def understood(cls, asked: QueryDict) -> tuple[Self, QueryDict, list[str]]:
        """The filters over the parameters that are valid, those parameters, and what was wrong with the others."""
        return understood(cls, asked, newest_signals())

    def filter_queryset(self, queryset: QuerySet[CompanySignal]) -> QuerySet[CompanySignal]:
        for name, item in self.filters.items():
            value = self.form.cleaned_data.get(name)
            if value not in EMPTY_VALUES:
                queryset = queryset.filter(*map(_met, item.conditions(name, value)))
        return queryset


def newest_signals() -> QuerySet[CompanySignal]:
    return CompanySignal.objects.order_by("-at", "-id")


def shown_signals(found: QuerySet[CompanySignal]) -> QuerySet[CompanySignal]:
    """The same with what a list shows of their companies, jobs and skills."""
    return found.select_related("company", "job", "skill").only(*_SHOWN)


_OWN = ("reason", "headline", "at", "start", "figures", "is_over", "found_at", "job_function", "location_country", "subject")
_SHOWN = (*_OWN, "company__name", "company__domain", "job__title", "job__company_name", "skill__name")


def _met(condition: Condition) -> Q:
    met = Q(**{f"{condition.column}__{_LOOKUPS[condition.op]}": _value(condition)})
    return ~met if condition.excluded else met


def _value(condition: Condition) -> Any:
    return condition.values if condition.op is Op.ANY else condition.values[0]
