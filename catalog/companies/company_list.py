"""Companies by their matching jobs. The page of a list costs the same however many there are.

The companies with the newest matching jobs come first. Where more than `MOST_JOBS` jobs match, only the newest of them
are looked at: the order is right all the same, the list is only cut at its end, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count as SqlCount
from django.db.models import Max, Min, Q, QuerySet
from django.urls import reverse

from catalog.companies.company_filters import CompanySort
from catalog.companies.hiring_starts import CompanyStart, StartQuestion
from catalog.models import Company, Job
from catalog.querysets import JobQuerySet
from catalog.search.counts import Count
from catalog.search.keyset import KeysetPage, keyset_page
from catalog.search.statements import Statement

MOST_JOBS = 50_000


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """One company of a list: how many of its jobs match, and one of them as evidence.

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
    start: str = ""
    read_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompanyList:
    """A page of companies; `is_cut` when more than MOST_JOBS jobs match."""

    rows: Sequence[CompanyRow]
    next: str | None
    count: Count
    is_cut: bool


def company_list(jobs: JobQuerySet, *, sort: str, limit: int, cursor: str | None, question: StartQuestion | None = None) -> CompanyList:
    """The companies of these jobs. Evidence is a company's newest job, or the one it started with. Raises CursorError."""
    jobs = jobs.order_by()
    matching, companies = _counts(jobs)
    looked_at = jobs
    if is_cut := matching > MOST_JOBS:
        looked_at = _newest(jobs)
        companies = looked_at.values("company").distinct().count()
    page = _page(looked_at, sort, limit, cursor)
    rows = _rows(jobs.filter(company__in=[row["company"] for row in page.rows]), page.rows, question)
    return CompanyList(rows, page.next, Count(companies, is_exact=not is_cut), is_cut)


def _counts(jobs: JobQuerySet) -> tuple[int, int]:
    """How many jobs these are, looked at no further than one beyond MOST_JOBS, and of how many companies those are."""
    found = Statement.of(jobs.values_list("company"))
    # The limit outside of what is materialized, as in `capped_count`.
    counted = f"""
        WITH matching (company) AS MATERIALIZED ({found.sql})
        SELECT count(*), count(DISTINCT company) FROM (SELECT company FROM matching LIMIT {MOST_JOBS + 1}) AS looked_at
    """  # noqa: S608 - SQL made by Django
    ((matching, companies),) = Statement(counted, found.params).rows()
    return matching, companies


def _newest(jobs: JobQuerySet) -> JobQuerySet:
    """The newest MOST_JOBS of more jobs, by the last of them: their ids would be looked up again one by one."""
    for at, last in jobs.newest_first().values_list("listed_at", "pk")[MOST_JOBS - 1 : MOST_JOBS]:
        return jobs.filter(Q(listed_at__gt=at) | Q(pk__gte=last), listed_at__gte=at)
    return jobs  # some were closed since they were counted


def _page(jobs: JobQuerySet, sort: str, limit: int, cursor: str | None) -> KeysetPage:
    grouped: QuerySet[Any, Any] = jobs.values("company").annotate(newest=Max("listed_at"), matching=SqlCount("pk"))
    order = ("-matching", "-newest", "-company") if sort == CompanySort.JOBS else ("-newest", "-company")
    return keyset_page(grouped.order_by(*order), limit=limit, cursor=cursor)


def _rows(jobs: JobQuerySet, found: Sequence[dict[str, Any]], question: StartQuestion | None) -> list[CompanyRow]:
    """Counts are over all matching jobs of the companies shown, also where the list was cut."""
    summed: QuerySet[Any, Any] = jobs.values("company").annotate(jobs=SqlCount("pk"), first=Min("first_seen_at"), newest=Max("listed_at"))
    totals = {row["company"]: row for row in summed}
    order = ("company", "first_seen_at", "listed_at", "id") if question else ("company", "-listed_at", "-id")
    evidence = {job.company_id: job for job in jobs.order_by(*order).distinct("company").only("title", "company_id")}
    companies = Company.objects.in_bulk(totals)
    starts = question.starts if question else {}
    return [_row(companies[pk], totals[pk], evidence[pk], starts.get(pk)) for pk in (row["company"] for row in found) if pk in totals]


def _row(company: Company, total: dict[str, Any], evidence: Job, start: CompanyStart | None) -> CompanyRow:
    return CompanyRow(
        pk=company.pk,
        name=company.name,
        domain=company.domain or "",
        href=reverse("catalog:company", args=[company.pk]),
        jobs=total["jobs"],
        first_seen_at=total["first"],
        newest_at=total["newest"],
        evidence_id=evidence.pk,
        evidence_title=evidence.title,
        evidence_href=reverse("catalog:job", args=[evidence.pk]),
        start=start.kind if start else "",
        read_since=start.read_since if start else None,
    )
