"""How the jobs of a search divide by a column: honest counts, over at most CAP + 1 jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import TextChoices

from catalog.choices import EmploymentType, JobFunction, RemoteType, Seniority
from catalog.querysets import JobQuerySet
from catalog.search.backend import FacetRows, SearchBackend
from catalog.search.counts import CAP, Count
from catalog.search.postgres.statements import Statement
from catalog.search.query import Search
from catalog.search.remembered import search_facet_values

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
# Of facets whose values are ids: what the filter takes, what people read, and where both stand.
_NAMED: Mapping[str, str] = {"company": "id::text, name FROM catalog_company", "skill": "name, name FROM catalog_skill"}
# What the filter takes and what people read, by the column's value.
_Names = Mapping[str, tuple[str, str]]


def search_facets(
    search: Search, names: Sequence[str] = tuple(FACETS), backend: SearchBackend | None = None
) -> dict[str, list[FacetValue]]:
    """All facets of a search (or those named), largest value first, at most LONGEST values each.

    A facet whose choices add up by "or" is counted without its own choice, so that its other values show what they
    would add; `skill`, which narrows, is counted with it.
    """
    chosen = [name for name in names if name != "skill" and search.chooses(name)]
    together = [name for name in names if name not in chosen]
    shown = _divided(search, together, backend) if together else {}
    for name in chosen:
        shown = {**shown, **_divided(search.without(name), [name], backend)}
    return {name: shown[name] for name in names}


def _divided(search: Search, names: Sequence[str], backend: SearchBackend | None) -> Mapping[str, list[FacetValue]]:
    return _read(backend.facets(search, names)) if backend else search_facet_values(search, names, _read)


def facet_counts(jobs: JobQuerySet, names: Sequence[str]) -> dict[str, list[FacetValue]]:
    """The values of these facets over these jobs, in one query; lower bounds when there are more than CAP jobs."""
    return _read(grouped_counts(jobs, names))


def grouped_counts(jobs: JobQuerySet, names: Sequence[str]) -> dict[str, FacetRows]:
    """The same as values of the facets' columns."""
    rows, is_exact = _grouped(jobs, names)
    return {name: [(value, Count(count, is_exact)) for value, count in rows[name]] for name in names}


def _grouped(jobs: JobQuerySet, names: Sequence[str]) -> tuple[dict[str, list[tuple[str, int]]], bool]:
    """Value and number of jobs by facet, and whether these are all jobs."""
    rows: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    columns = [FACETS[name].column for name in names]
    try:
        matching, params = jobs.order_by().values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return rows, True
    parts = " UNION ALL ".join(_part(name) for name in names)
    # As in `capped_count`: planned as a whole, read no further than needed.
    statement = f"""
        WITH matching ({", ".join(columns)}) AS MATERIALIZED ({matching}),
        found AS MATERIALIZED (SELECT * FROM matching LIMIT {CAP + 1})
        {parts} UNION ALL SELECT '', '', count(*) FROM found
    """  # noqa: S608 - SQL made by Django and by constants
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        *counted, (_, _, total) = cursor.fetchall()
    for name, value, count in counted:
        rows[name].append((value, count))
    return rows, total <= CAP


def _part(name: str) -> str:
    facet = FACETS[name]
    source = f"found, unnest({facet.column}) AS u(value)" if facet.is_array else f"(SELECT {facet.column} AS value FROM found) AS u"  # noqa: S608
    grouped = (
        f"SELECT value::text, count(*) AS jobs FROM {source} WHERE value IS NOT NULL GROUP BY value "  # noqa: S608
        # By bytes: what comes first of equals must not depend on the database's language.
        f'ORDER BY 2 DESC, value::text COLLATE "C" LIMIT {LONGEST}'
    )
    return f"(SELECT '{name}', value, jobs FROM ({grouped}) AS {name}_values)"  # noqa: S608


def _read(facets: Mapping[str, FacetRows]) -> dict[str, list[FacetValue]]:
    named = _named({name: [value for value, _ in rows] for name, rows in facets.items() if name in _NAMED})
    return {name: _values(rows, named[name] if name in named else _labels(name, rows)) for name, rows in facets.items()}


def _values(rows: FacetRows, names: _Names) -> list[FacetValue]:
    return [FacetValue(*names[value], count) for value, count in rows if value in names]


def _labels(name: str, rows: FacetRows) -> _Names:
    labels = FACETS[name].labels
    return {value: (value, value) for value, _ in rows} if labels is None else _of_choices(labels)


@lru_cache(maxsize=len(FACETS))
def _of_choices(choices: type[TextChoices]) -> _Names:
    return {value: (value, label) for value, label in choices.choices}


def _named(ids: Mapping[str, Sequence[str]]) -> Mapping[str, _Names]:
    """Names by facet and id, in one query, which Django would take longer to write than PostgreSQL to answer."""
    found: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in ids}
    if not ids:
        return found
    statement = " UNION ALL ".join(f"SELECT '{name}', id::text, {_NAMED[name]} WHERE id = ANY(%s::bigint[])" for name in ids)
    # As PostgreSQL writes arrays: the driver would look at each number.
    arrays = tuple(f"{{{','.join(each)}}}" for each in ids.values())
    for name, pk, taken, label in Statement(statement, arrays, is_kept=True).rows():
        found[name][pk] = taken, label
    return found
