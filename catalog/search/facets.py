"""How the jobs of a search divide by a column: honest counts, each facet one query over at most CAP + 1 jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import TextChoices
from django.http import QueryDict

from catalog.choices import EmploymentType, JobFunction, RemoteType, Seniority
from catalog.filters import JobFilter
from catalog.models import Company, Job, Skill
from catalog.querysets import JobQuerySet
from catalog.search.counts import CAP, Count

LONGEST = 20


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: what the filter takes, what people read, and how many jobs of the search have it."""

    value: str
    label: str
    count: Count


@dataclass(frozen=True, slots=True)
class _Facet:
    column: str
    labels: type[TextChoices] | None = None
    is_array: bool = False


# By the name of the filter that a choice of the facet sets.
FACETS: Mapping[str, _Facet] = {
    "seniority": _Facet("seniority_level", Seniority),
    "function": _Facet("job_function", JobFunction),
    "remote": _Facet("remote_type", RemoteType),
    "employment": _Facet("employment_type", EmploymentType),
    "country": _Facet("location_country"),
    "company": _Facet("company_id"),
    "skill": _Facet("skill_ids", is_array=True),
}


def search_facets(data: QueryDict) -> dict[str, list[FacetValue]]:
    """All facets of a search, largest value first, at most LONGEST values each.

    A facet whose choices add up by "or" is counted without its own choice, so that its other values show what they
    would add; `skill`, which narrows, is counted with it. Invalid parameters must have been refused before.
    """
    whole = _search(data)
    return {name: facet_counts(_search(data, without=name) if name in data and name != "skill" else whole, name) for name in FACETS}


def facet_counts(jobs: JobQuerySet, name: str) -> list[FacetValue]:
    """The values of one facet over these jobs; lower bounds when there are more than CAP jobs."""
    facet = FACETS[name]
    rows, is_exact = _grouped(jobs, facet)
    names = _names(name, facet, [value for value, _ in rows])
    return [FacetValue(*names[value], Count(count, is_exact)) for value, count in rows if value in names]


def _search(data: QueryDict, without: str = "") -> JobQuerySet:
    chosen = data.copy()
    chosen.pop(without, None)
    jobs: JobQuerySet = JobFilter(data=chosen, queryset=Job.objects.all()).qs
    return jobs


def _grouped(jobs: JobQuerySet, facet: _Facet) -> tuple[list[tuple[Any, int]], bool]:
    try:
        found, params = jobs.order_by().values(facet.column)[: CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return [], True
    source = "found, unnest(v) AS u(w)" if facet.is_array else "(SELECT v AS w FROM found) AS u"
    statement = f"""
        WITH found (v) AS MATERIALIZED ({found})
        SELECT w, count(*), (SELECT count(*) FROM found) FROM {source} WHERE w IS NOT NULL GROUP BY w ORDER BY 2 DESC, 1 LIMIT {LONGEST}
    """  # noqa: S608 - SQL made by Django and by constants
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    return [(value, count) for value, count, _ in rows], not rows or rows[0][2] <= CAP


def _names(name: str, facet: _Facet, values: Sequence[Any]) -> Mapping[Any, tuple[str, str]]:
    """What the filter takes and what people read, by the column's value."""
    if facet.labels is not None:
        return {value: (value, label) for value, label in facet.labels.choices}
    if name == "company":
        return {pk: (str(pk), label) for pk, label in Company.objects.filter(pk__in=values).values_list("pk", "name")}
    if name == "skill":
        return {pk: (label, label) for pk, label in Skill.objects.filter(pk__in=values).values_list("pk", "name")}
    return {value: (value, value) for value in values}
