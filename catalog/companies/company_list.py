"""Companies by their matching jobs. The page of a list costs the same however many there are.

Where more than `MOST_JOBS` jobs match, only the newest of them are looked at, and the list says so: with the newest jobs first
it is only cut at its end; “most jobs” then means most among the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count as SqlCount
from django.db.models import Max, QuerySet
from django.urls import reverse

from catalog.companies.company_filters import CompanySort
from catalog.companies.hiring_starts import CompanyStart, StartQuestion
from catalog.models import Company
from catalog.querysets import JobQuerySet
from catalog.search.counts import Count
from catalog.search.keyset import KeysetOrder, cursor_values
from catalog.search.postgres.statements import Statement

MOST_JOBS = 50_000
_GROUP = ("company", "newest", "matching")
# Which of a company's jobs is its evidence: of those at the moment that is known already, found in an index, the last or first.
_NEWEST = "found.listed_at = totals.newest ORDER BY found.pk DESC"
_STARTED_WITH = "found.first_seen_at = totals.first ORDER BY found.listed_at, found.pk"


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """One company of a list: how many of its jobs match, and one of them as evidence.

    `newest_at`: of the newest, when it was posted or, where its board does not state that, first seen. `newest_posted_at`: the last
    stated date of posting, None where no board states one.

    Where the question is who started: `start`, a value of `Start`, and since when its boards have been read.
    """

    pk: int
    name: str
    domain: str
    href: str
    jobs: int
    first_seen_at: datetime
    newest_at: datetime
    evidence_id: int
    evidence_title: str
    evidence_href: str
    newest_posted_at: datetime | None = None
    start: str = ""
    read_since: datetime | None = None

    @property
    def is_dated(self) -> bool:
        """Whether `newest_at` is a date of posting that its board states."""
        return self.newest_at == self.newest_posted_at


@dataclass(frozen=True, slots=True)
class CompanyList:
    """A page of companies; `is_cut` when more than MOST_JOBS jobs match."""

    rows: Sequence[CompanyRow]
    next: str | None
    count: Count
    is_cut: bool


class _Total(NamedTuple):
    """What all matching jobs of a company tell, and one of them."""

    jobs: int
    first: datetime
    newest: datetime
    posted: datetime | None
    evidence_id: int
    evidence_title: str


def company_list(jobs: JobQuerySet, *, sort: str, limit: int, cursor: str | None, question: StartQuestion | None = None) -> CompanyList:
    """The companies of these jobs. Evidence is a company's newest job, or the one it started with. Raises CursorError."""
    jobs = jobs.order_by()
    order = _order(jobs, sort)
    after = cursor_values(cursor, order.name, [column.field for column in order.columns]) if cursor else ()
    groups = _groups(_any(jobs), order, after, limit)
    if is_cut := groups.jobs > MOST_JOBS:
        groups = _groups(_newest(jobs), order, after, limit)
    page = order.page(groups.rows, limit)
    rows = _rows(jobs, [row["company"] for row in page.rows], question)
    return CompanyList(rows, page.next, Count(groups.companies, is_exact=not is_cut), is_cut)


def company_count(jobs: JobQuerySet) -> Count:
    """How many companies these jobs are of; at least, where more than MOST_JOBS match."""
    jobs = jobs.order_by()
    groups = _groups(_any(jobs), _order(jobs, CompanySort.NEWEST), (), limit=0)
    return Count(groups.companies, is_exact=groups.jobs <= MOST_JOBS)


class _Groups(NamedTuple):
    """How many jobs were looked at, of how many companies, and some of these: {company, newest, matching}."""

    jobs: int
    companies: int
    rows: list[dict[str, Any]]


def _order(jobs: JobQuerySet, sort: str) -> KeysetOrder:
    grouped: QuerySet[Any, Any] = jobs.values("company").annotate(newest=Max("listed_at"), matching=SqlCount("pk"))
    order = ("-matching", "-newest", "-company") if sort == CompanySort.JOBS else ("-newest", "-company")
    return KeysetOrder.of(grouped.order_by(*order))


def _any(jobs: JobQuerySet) -> Statement:
    """No more than one beyond MOST_JOBS, whichever. The limit outside of what is materialized, as in `capped_count`."""
    found = Statement.of(jobs.values_list("company", "listed_at"))
    sql = f"WITH matching AS MATERIALIZED ({found.sql}) SELECT * FROM matching LIMIT {MOST_JOBS + 1}"  # noqa: S608 - SQL made by Django
    return found._replace(sql=sql)


def _newest(jobs: JobQuerySet) -> Statement:
    return Statement.of(jobs.newest_first().values_list("company", "listed_at")[:MOST_JOBS])


def _groups(looked_at: Statement, order: KeysetOrder, after: Sequence[Any], limit: int) -> _Groups:
    """Their companies, each job read once; of those after a place in the order, one more than `limit`."""
    columns = [column.name for column in order.columns]
    beyond = f"WHERE ({', '.join(columns)}) < ({', '.join(['%s'] * len(after))})" if after else ""
    descending = ", ".join(f"{column} DESC" for column in columns)
    sql = f"""
        WITH looked_at (company, listed_at) AS MATERIALIZED ({looked_at.sql}),
        grouped AS MATERIALIZED (SELECT company, max(listed_at) AS newest, count(*) AS matching FROM looked_at GROUP BY company)
        SELECT total.*, page.* FROM (SELECT coalesce(sum(matching), 0)::bigint, count(*) FROM grouped) AS total
        LEFT JOIN (SELECT * FROM grouped {beyond} ORDER BY {descending} LIMIT {limit + 1}) AS page ON true ORDER BY {descending}
    """  # noqa: S608 - SQL made by Django and by constants
    found = Statement(sql, (*looked_at.params, *after)).rows()
    matching, companies = found[0][:2]
    return _Groups(matching, companies, [dict(zip(_GROUP, row[2:], strict=True)) for row in found if row[2]])


def _rows(jobs: JobQuerySet, ids: Sequence[int], question: StartQuestion | None) -> list[CompanyRow]:
    totals = _totals(jobs, ids, _STARTED_WITH if question else _NEWEST)
    companies = Company.objects.in_bulk(totals)
    starts = question.starts if question else {}
    return [_row(companies[pk], totals[pk], starts.get(pk)) for pk in ids if pk in totals]


def _totals(jobs: JobQuerySet, ids: Sequence[int], evidence: str) -> dict[int, _Total]:
    """Over all matching jobs of these companies, also where the list was cut; evidence is looked up by its moment, not sorted for."""
    found = Statement.of(jobs.values_list("company", "listed_at", "first_seen_at", "posted_at", "pk", "title"))
    sql = f"""
        WITH totals AS MATERIALIZED (
            SELECT company, count(*) AS jobs, min(first_seen_at) AS first, max(listed_at) AS newest, max(posted_at) AS posted
            FROM ({found.sql}) AS found WHERE company = ANY(%s::bigint[]) GROUP BY company
        )
        SELECT totals.*, evidence.* FROM totals CROSS JOIN LATERAL (
            SELECT pk, title FROM ({found.sql}) AS found WHERE found.company = totals.company AND {evidence} LIMIT 1
        ) AS evidence
    """  # noqa: S608 - SQL made by Django and by constants
    totals = Statement(sql, (*found.params, list(ids), *found.params)).rows()
    return {row[0]: _Total(*row[1:]) for row in totals}


def _row(company: Company, total: _Total, start: CompanyStart | None) -> CompanyRow:
    return CompanyRow(
        pk=company.pk,
        name=company.name,
        domain=company.domain or "",
        href=reverse("catalog:company", args=[company.pk]),
        jobs=total.jobs,
        first_seen_at=total.first,
        newest_at=total.newest,
        evidence_id=total.evidence_id,
        evidence_title=total.evidence_title,
        evidence_href=reverse("catalog:job", args=[total.evidence_id]),
        newest_posted_at=total.posted,
        start=start.kind if start else "",
        read_since=start.read_since if start else None,
    )
