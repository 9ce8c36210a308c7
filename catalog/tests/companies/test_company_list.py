"""Lists of companies beside what a full scan in Python says, on random jobs."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.choices import JobFunction, JobState
from catalog.companies import company_list as module
from catalog.companies.company_list import company_list
from catalog.models import Company, Job

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def jobs():
    """300 jobs of 40 companies, many of them of one moment."""
    chosen = random.Random(7)
    companies = Company.objects.bulk_create(Company(name=f"Company {n}") for n in range(40))
    made = [job(n, companies[min(int(chosen.expovariate(0.1)), 39)], chosen) for n in range(300)]
    Job.objects.bulk_create(made)
    return Job.objects.filter(state=JobState.OPEN, job_function=JobFunction.SALES)


def job(number, company, chosen):
    seen, posted = (BEGIN + timedelta(days=chosen.randrange(20)) for _ in range(2))
    return Job(
        posting_id=number,
        extraction_id=number,
        publication=number,
        company=company,
        company_name=company.name,
        title=f"Job {number}",
        job_function=chosen.choice([JobFunction.SALES, JobFunction.SALES, JobFunction.DATA]),
        confidence=1,
        first_seen_at=seen,
        last_seen_at=seen,
        posted_at=chosen.choice([posted, posted, None]),
        closed_at=chosen.choice([None, None, seen]),
    )


def scanned(jobs, sort, looked_at):
    """(company, jobs, first seen, newest, posted, evidence) of the companies of the newest jobs, in their order."""
    newest = sorted(jobs, key=lambda job: (job.listed_at, job.pk), reverse=True)
    grouped, everything = defaultdict(list), defaultdict(list)
    for each in newest[:looked_at]:
        grouped[each.company_id].append(each)
    for each in newest:
        everything[each.company_id].append(each)
    orders = {"newest": lambda pk: (grouped[pk][0].listed_at, pk), "jobs": lambda pk: (len(grouped[pk]), grouped[pk][0].listed_at, pk)}
    found = sorted(grouped, key=orders[sort], reverse=True)
    return [(pk, len(jobs := everything[pk]), *moments(jobs), jobs[0].pk) for pk in found]


def moments(newest):
    """When the first was seen, the newest listed, and the last posted of which that is stated."""
    stated = [job.posted_at for job in newest if job.posted_at]
    return min(job.first_seen_at for job in newest), newest[0].listed_at, max(stated, default=None)


def paged(jobs, sort, limit):
    """All rows, page by page, and the last page."""
    rows, cursor = [], None
    while True:
        page = company_list(jobs, sort=sort, limit=limit, cursor=cursor)
        rows += [(row.pk, row.jobs, row.first_seen_at, row.newest_at, row.newest_posted_at, row.evidence_id) for row in page.rows]
        if (cursor := page.next) is None:
            return rows, page


@pytest.mark.parametrize("sort", ["newest", "jobs"])
@pytest.mark.parametrize("most", [1_000, 60])
def test_all_pages_are_what_a_full_scan_finds(jobs, monkeypatch, sort, most):
    monkeypatch.setattr(module, "MOST_JOBS", most)
    rows, last = paged(jobs, sort, limit=7)
    assert rows == scanned(jobs, sort, most)
    assert last.is_cut == (jobs.count() > most) == (not last.count.is_exact)
    assert last.count.value == len(rows)


def test_a_page_asks_three_times_and_once_more_where_it_is_cut(jobs, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(3):
        company_list(jobs, sort="newest", limit=7, cursor=None)
    monkeypatch.setattr(module, "MOST_JOBS", 5)
    with django_assert_num_queries(4):
        company_list(jobs, sort="newest", limit=7, cursor=None)


def test_evidence_is_looked_up_by_its_moment(jobs):
    """One look into an index for each company: sorting all jobs of large companies took most of the page."""
    with CaptureQueriesContext(connection) as asked:
        company_list(jobs, sort="newest", limit=7, cursor=None)
    (statement,) = [query["sql"] for query in asked if "LATERAL" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are read as they lie
        cursor.execute(f"EXPLAIN {statement}")
        plan = [line for (line,) in cursor.fetchall()]
    beside = plan[next(n for n, line in enumerate(plan) if "->  Limit" in line) :]
    assert any("listed_at = totals.newest" in line and "Index Cond" in line for line in beside), "\n".join(plan)


def test_of_no_jobs_there_is_no_company():
    page = company_list(Job.objects.all(), sort="jobs", limit=7, cursor=None)
    assert (page.rows, page.next, page.count.value, page.is_cut) == ([], None, 0, False)
