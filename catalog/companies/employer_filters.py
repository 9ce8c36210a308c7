"""Filters by the employer, which lists of jobs and of signals share."""

from __future__ import annotations

from catalog.models import Company
from catalog.search.conditions import EitherFilter, SeveralFilter
from catalog.search.fields import SeveralIdsField
from catalog.search.query import Condition, Op


def by_id() -> SeveralFilter:
    return SeveralFilter("company_id", field_class=SeveralIdsField, label="company ids")


def by_name() -> SeveralFilter:
    return SeveralFilter("company_id", stored=lambda names: Company.objects.called(names).ids(), comma=False, label="company name contains")


def by_domain() -> SeveralFilter:
    return SeveralFilter("company_id", stored=lambda domains: Company.objects.of_domains(domains).ids(), label="company's web domain")


def by_trade() -> EitherFilter:
    """Recruiters and staffing agencies, or all others."""
    return EitherFilter(
        lambda: Condition("agencies", "company_id", Op.ANY, tuple(Company.objects.agencies().ids())),
        label="boards of recruiters and staffing agencies, by their names",
    )
