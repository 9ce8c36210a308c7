"""What the filters make of parameters; what they then find is told in `catalog.tests.search`."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from catalog.facts import JobFacts
from catalog.filters import JobFilter
from catalog.models import Job, Skill
from catalog.search.conditions import narrowed
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention, place

pytestmark = pytest.mark.django_db


def found(query: str):
    """Posting ids of a query string's jobs."""
    filters = JobFilter(data=QueryDict(query), queryset=Job.objects.all())
    assert filters.is_valid(), filters.errors
    return set(filters.qs.values_list("posting_id", flat=True))


def six_jobs() -> list[JobFacts]:
    """1 to 6: open, but 4 closed and 5 missing; each is special in something."""
    return [
        job_facts(1, skills=(mention("Salesforce"), mention("Gong")), seniority_level="senior"),
        job_facts(
            2,
            skills=(mention("Salesforce"),),
            job_function="marketing",
            title="Marketing Manager",
            salary_min_usd=None,
            salary_max_usd=None,
        ),
        job_facts(
            3, skills=(mention("HubSpot"),), remote_type="remote", salary_min_usd=150_000, salary_max_usd=None, title="Data Engineer"
        ),
        job_facts(4, closed_at=NOW, missing_since=NOW),
        job_facts(
            5,
            missing_since=NOW,
            location_text="Remote - Germany",
            location_country="DE",
            location_city=None,
            location_state=None,
            locations=[place(None, None, "DE")],
        ),
        job_facts(
            6,
            source_key="globex",
            company_name="Globex Corporation",
            company_domain="globex.example",
            employment_type="contract",
            location_text="Munich, Germany; Portland, OR",
            location_city="München",
            location_state=None,
            location_country="DE",
            locations=[place("München", None, "DE"), place("Portland", "OR", "US")],
            first_seen_at=NOW - timedelta(days=30),
            posted_at=None,
        ),
    ]


def three_skills() -> None:
    for name in ("Salesforce", "HubSpot", "Gong"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    Skill.objects.get(name="Salesforce").aliases.create(form="SFDC", folded="sfdc")


@pytest.fixture
def jobs():
    three_skills()
    jobs_publish(facts=six_jobs())


def test_ages_count_from_now():
    now = timezone.now()
    jobs_publish(
        facts=[job_facts(n, posted_at=now - timedelta(days=n), first_seen_at=now - timedelta(days=n, hours=-1)) for n in (1, 5, 20)]
    )
    assert found("posted_within_days=7") == found("first_seen_within_days=7") == {1, 5}


def test_a_job_without_a_date_was_posted_nobody_knows_when():
    now = timezone.now()
    jobs_publish(facts=[job_facts(1, posted_at=None, first_seen_at=now), job_facts(2, posted_at=now - timedelta(hours=1))])
    assert found("posted_within_days=1") == {2}
    assert found("first_seen_within_days=1") == {1}


JUNK = [
    "",
    " ",
    "\0",
    "a\0b",
    "'; DROP TABLE catalog_job; --",
    "-1",
    "0",
    "1e400",
    "9" * 23,
    "9" * 18,
    "NaN",
    "٣",
    "true",
    "[]",
    "{}",
    "%",
    "_",
    "\\",
    "(((",
    '"',
]
JUNK += [
    "a" * 5000,
    ",,,,",
    "😀",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-13-45",
    "null",
    "<script>",
    ":*",
    "& | !",
    "x," * 200,
]


def test_junk_is_an_error_that_helps_or_a_search():
    for name, junk in product(JobFilter.base_filters, JUNK):
        filters = narrowed(JobFilter, [name])(data=MultiValueDict({name: [junk, junk]}), queryset=Job.objects.all())
        assert filters.is_valid() or 0 < len(filters.errors[name][0]) < 400, (name, junk)
