from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from catalog.filters import JobFilter
from catalog.models import Company, Job, Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention, place

pytestmark = pytest.mark.django_db


def found(query: str):
    """Posting ids of a query string's jobs."""
    filters = JobFilter(data=QueryDict(query), queryset=Job.objects.all())
    assert filters.is_valid(), filters.errors
    return set(filters.qs.values_list("posting_id", flat=True))


@pytest.fixture
def jobs():
    for name in ("Salesforce", "HubSpot", "Gong"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    Skill.objects.get(name="Salesforce").aliases.create(form="SFDC", folded="sfdc")
    jobs_publish(
        facts=[
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
    )


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", {1, 2, 3, 6}),
        ("state=open&state=missing", {1, 2, 3, 5, 6}),
        ("state=CLOSED", {4}),
        ("state=open,missing,closed", {1, 2, 3, 4, 5, 6}),
        ("skill=Salesforce", {1, 2}),
        ("skill=sfdc&skill=GONG", {1}),
        ("skill=Salesforce,HubSpot", set()),
        ("skill_any=Gong,HubSpot", {1, 3}),
        ("skill_not=Salesforce", {3, 6}),
        ("skill=Salesforce&skill_not=Gong", {2}),
        ("company_name=globex", {6}),
        ("company_name=GLOBEX&company_name=acme", {1, 2, 3, 6}),
        ("company_name=100%25", set()),
        ("company_domain=globex.example", {6}),
        ("seniority=senior", {1}),
        ("seniority=senior,mid", {1, 2, 3, 6}),
        ("function=marketing", {2}),
        ("remote=remote", {3}),
        ("employment=contract", {6}),
        ("country=de", {6}),
        ("country=US&country=DE", {1, 2, 3, 6}),
        ("location=NYC", {1, 2, 3}),
        ("location=new+york", {1, 2, 3}),
        ("location=New+York,+NY", {1, 2, 3}),
        ("location=New+York,+US", {1, 2, 3}),
        ("location=Manhattan", {1, 2, 3}),
        ("location=NY", {1, 2, 3}),
        ("location=Munich", {6}),
        ("location=m%C3%BCnchen", {6}),
        ("location=Portland,+OR", {6}),
        ("location=Portland,+ME", set()),
        ("location=Oregon", {6}),
        ("location=Germany", {6}),
        ("location=Germany&state=missing", {5}),
        ("location=Remote&state=missing", {5}),
        ("location=DACH", {6}),
        ("location=EMEA&location=NYC", {1, 2, 3, 6}),
        ("location=Paris", set()),
        ("min_comp=140000", {1, 3, 6}),
        ("min_comp=140001", {3}),
        ("posted_after=2026-08-01T11:57:30Z", {1, 2}),
        ("posted_before=2026-08-01", {6}),
        ("first_seen_before=2026-07-10", {6}),
        ("first_seen_after=2026-07-10", {1, 2, 3}),
        ("q=marketing", {2}),
        ("q=marketing+OR+engineer", {2, 3}),
        ("q=executive+-salesforce", set()),
        ('q="data+engineer"', {3}),
        ("q=engineers&remote=remote", {3}),
        ("q=engineer&remote=onsite", set()),
        ("q=Enginer", {3}),
        ("q=arketin", {2}),
        ("q=globe", {6}),
        ("q=%25", set()),
    ],
)
def test_filters(jobs, query, ids):
    assert found(query) == ids


def test_ages_count_from_now():
    now = timezone.now()
    jobs_publish(
        facts=[job_facts(n, posted_at=now - timedelta(days=n), first_seen_at=now - timedelta(days=n, hours=-1)) for n in (1, 5, 20)]
    )
    assert found("posted_within_days=7") == found("first_seen_within_days=7") == {1, 5}


def test_company_by_id(jobs):
    assert found(f"company={Company.objects.get(domain='globex.example').pk}") == {6}


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


@pytest.mark.parametrize("name", sorted(JobFilter.base_filters))
def test_junk_is_an_error_or_an_empty_result_never_a_crash(jobs, name):
    for junk in JUNK:
        data = QueryDict(mutable=True)
        data.setlist(name, [junk, junk])
        filters = JobFilter(data=data, queryset=Job.objects.all())
        if not filters.is_valid():
            message = filters.errors[name][0]
            assert 0 < len(message) < 400, junk
        assert set(filters.qs.values_list("posting_id", flat=True)) <= {1, 2, 3, 4, 5, 6}, junk


def test_counts_equal_a_full_scan():
    """Random combinations of filters against the same conditions in Python, over random jobs."""
    rnd = random.Random(20260801)
    options = {
        "seniority_level": ["junior", "senior", "vp"],
        "job_function": ["sales", "data", "legal"],
        "remote_type": ["remote", "onsite"],
        "employment_type": ["full_time", "contract"],
        "location_country": ["US", "DE", None],
        "salary_max_usd": [None, 90_000, 180_000],
        "missing_since": [None, NOW],
    }
    facts = [job_facts(n, salary_min_usd=None, **{name: rnd.choice(values) for name, values in options.items()}) for n in range(300)]
    jobs_publish(facts=facts)
    conditions = {
        "seniority": lambda f, vs: f.seniority_level in vs,
        "function": lambda f, vs: f.job_function in vs,
        "remote": lambda f, vs: f.remote_type in vs,
        "employment": lambda f, vs: f.employment_type in vs,
        "country": lambda f, vs: f.location_country in vs,
        "min_comp": lambda f, vs: (f.salary_max_usd or 0) >= int(vs[0]),
        "state": lambda f, vs: ("missing" if f.missing_since else "open") in vs,
    }
    values = {
        "seniority": options["seniority_level"],
        "function": options["job_function"],
        "remote": options["remote_type"],
        "employment": options["employment_type"],
        "country": ["US", "DE"],
        "min_comp": ["80000", "100000"],
        "state": ["open", "missing", "closed"],
    }
    for _ in range(60):
        chosen = {
            name: rnd.sample(values[name], k=1 if name == "min_comp" else rnd.randint(1, 2))
            for name in rnd.sample(sorted(values), k=rnd.randint(0, 4))
        }
        applied = {"state": ["open"], **chosen}
        expected = {f.posting_id for f in facts if all(conditions[name](f, vs) for name, vs in applied.items())}
        query = "&".join(f"{name}={value}" for name, vs in chosen.items() for value in vs)
        assert found(query) == expected, query
