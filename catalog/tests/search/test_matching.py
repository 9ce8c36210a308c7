"""Which jobs each filter and each way to write a text finds, on every backend."""

from __future__ import annotations

from itertools import cycle, product
from urllib.parse import urlencode

import pytest
from django.utils.datastructures import MultiValueDict

from catalog.filters import JobFilter
from catalog.models import Company, Job
from catalog.search.conditions import narrowed
from catalog.tests.factories import job_facts
from catalog.tests.search.conftest import asked, postings
from catalog.tests.test_filters import JUNK, six_jobs, three_skills

FINDS: dict[str, set[int]] = {
    "": {1, 2, 3, 6},
    "state=open&state=missing": {1, 2, 3, 5, 6},
    "state=CLOSED": {4},
    "state=open,missing,closed": {1, 2, 3, 4, 5, 6},
    "skill=Salesforce": {1, 2},
    "skill=sfdc&skill=GONG": {1},
    "skill=Salesforce,HubSpot": set(),
    "skill_any=Gong,HubSpot": {1, 3},
    "skill_not=Salesforce": {3, 6},
    "skill=Salesforce&skill_not=Gong": {2},
    "company_name=globex": {6},
    "company_name=GLOBEX&company_name=acme": {1, 2, 3, 6},
    "company_name=100%25": set(),
    "company_domain=globex.example": {6},
    "seniority=senior": {1},
    "seniority=senior,mid": {1, 2, 3, 6},
    "function=marketing": {2},
    "remote=remote": {3},
    "employment=contract": {6},
    "country=de": {6},
    "country=US&country=DE": {1, 2, 3, 6},
    "location=NYC": {1, 2, 3},
    "location=new+york": {1, 2, 3},
    "location=New+York,+NY": {1, 2, 3},
    "location=New+York,+US": {1, 2, 3},
    "location=Manhattan": {1, 2, 3},
    "location=NY": {1, 2, 3},
    "location=Munich": {6},
    "location=m%C3%BCnchen": {6},
    "location=Portland,+OR": {6},
    "location=Portland,+ME": set(),
    "location=Oregon": {6},
    "location=Germany": {6},
    "location=Germany&state=missing": {5},
    "location=Remote&state=missing": {5},
    "location=DACH": {6},
    "location=EMEA&location=NYC": {1, 2, 3, 6},
    "location=Paris": set(),
    "min_comp=140000": {1, 3, 6},
    "min_comp=140001": {3},
    "posted_after=2026-08-01T11:57:30Z": {1, 2},
    "posted_after=2020-01-01": {1, 2, 3},  # of the sixth no date is stated
    "posted_before=2026-08-01T11:57:30Z": {3},
    "posted_before=2026-08-01": set(),
    "posted_before=2100-01-01": {1, 2, 3},
    "first_seen_before=2026-07-10": {6},
    "first_seen_after=2026-07-10": {1, 2, 3},
    "published_after=2020-01-01": {1, 2, 3, 6},
    "published_after=2100-01-01": set(),
    "q=marketing": {2},
    "q=marketing+OR+engineer": {2, 3},
    "q=executive+-salesforce": set(),
    'q="data+engineer"': {3},
    "q=engineers&remote=remote": {3},
    "q=engineer&remote=onsite": set(),
    "q=Enginer": {3},
    "q=arketin": {2},
    "q=globe": {6},
    "q=%25": set(),
    "company_name_not=globex": {1, 2, 3},
    "company_name_not=nobody": {1, 2, 3, 6},
    "company_domain=WWW.Globex.example": {6},
    "company_domain_not=globex.example": {1, 2, 3},
    "agencies=no": {1, 2, 3, 6},
    "agencies=only": set(),
    "seniority_not=senior": {2, 3, 6},
    "seniority=mid&seniority_not=mid": set(),
    "function_not=marketing,sales": set(),
    "remote_not=remote": {1, 2, 6},
    "employment_not=contract": {1, 2, 3},
    "country_not=DE": {1, 2, 3},
    "location_not=NYC": {6},
    "location_not=Germany&location_not=NYC": set(),
    "location_city=Portland": {6},
    "location_city=NYC": {1, 2, 3},
    "location_city=Oregon": set(),
    "location_city_not=new+york": {6},
    "location_state=OR": {6},
    "location_state=us-ny": {1, 2, 3},
    "location_state=Oregon,NY": {1, 2, 3, 6},
    "location_state=Munich": set(),
    "location_state_not=NY": {6},
    "remote_from=US": {3},
    "remote_from=DE": set(),
    "max_comp=140000": {1, 6},
    "max_comp=139999": set(),
    "min_comp=100000&max_comp=150000": {1, 3, 6},
    "language=EN": {1, 2, 3, 6},
    "language_not=en": set(),
    "source_type=greenhouse": {1, 2, 3, 6},
    "source_type_not=greenhouse": set(),
    "prospects=no": {1, 2, 3, 6},
    "prospects=only": set(),
    "has=salary": {1, 3, 6},
    "has=salary,skill": {1, 3},
    "has_not=salary": {2},
    "has_not=skill": {6},
    "has=location_city,country,remote,seniority,function,employment,language,company_domain": {1, 2, 3, 6},
    "has=location_state": {1, 2, 3},
    "has_not=posted": {6},
    "has_not=location_city&state=missing": {5},
}


@pytest.fixture
def found(backend, publish):
    """Posting ids of a query string's jobs."""
    three_skills()
    publish(six_jobs())
    return lambda query: set(postings(backend.page(asked(query), limit=100).ids))


def test_filters(found):
    assert {query: found(query) for query in FINDS} == FINDS


def test_every_filter_is_in_the_table():
    named = {part.partition("=")[0] for query in FINDS for part in query.split("&")}
    elsewhere = {"company", "company_not", "sort", "posted_within_days", "first_seen_within_days"}
    assert set(JobFilter.base_filters) - named == elsewhere


def test_company_by_id(found):
    globex = Company.objects.get(domain="globex.example").pk
    assert found(f"company={globex}") == {6}
    assert found(f"company_not={globex}") == {1, 2, 3}


AGENCIES = ["Acme Recruiting", "Bolt Staffing Group", "Randstad USA", "Blue Executive Search", "Talent Partners Ltd"]
EMPLOYERS = ["Acme Campus Recruiting", "Creative Agency", "Globex", "Recruitee", "Talent Garden", "Manpowered Bikes"]


def test_agencies_are_told_by_their_names(backend, publish):
    names = [*AGENCIES, *EMPLOYERS]
    publish([job_facts(n, company_name=name, company_domain=None, source_key=f"board{n}") for n, name in enumerate(names)])
    for query, expected in [("agencies=only", AGENCIES), ("agencies=no", EMPLOYERS)]:
        assert {names[n] for n in postings(backend.page(asked(query), limit=50).ids)} == set(expected)


TEXTS = {
    "snow*": {1, 2},
    "snow* -snowboard": {1},
    "-snow*": {3, 4, 5},
    "Zür*": {3},
    "zur* OR snowb*": {2, 3},
    '"data warehouse" snowf*': {1},
    '"warehouse data"': set(),
    "warehouse OR zurich": {1, 3},
    "the": {5},
    "the and": set(),
    "++": {4},
    "50%": {5},
    "s*": set(),
}


def test_ways_to_write_a_text(backend, publish):
    """Where a text has no words to look for (stop words, signs), titles that contain it are found."""
    texts = [
        ("Engineer", "snowflake data warehouse"),
        ("Engineer", "snowboard instructors"),
        ("Engineer", "Zürich office"),
        ("C++ Engineer", "compilers"),
        ("The 50% Manager", "part of a team"),
    ]
    quiet = {"job_summary": "", "tools_raw": [], "skills_raw": [], "company_name": "Acme"}
    publish([job_facts(n + 1, title=title, text=text, **quiet) for n, (title, text) in enumerate(texts)])
    shown = {text: set(postings(backend.page(asked(urlencode({"q": text})), limit=100).ids)) for text in TEXTS}
    assert shown == TEXTS


ODD_TEXTS = [
    "OR",
    "or or",
    "-",
    '-"',
    '"',
    "*",
    "**",
    "a*",
    "OR*",
    "-or*",
    "__*",
    "٣٣*",
    "- snow*",
    "snow* OR",
    "OR snow*",
    "s'*",
    "snow:*",
    "!snow*",
]
ODD_TEXTS += ['"snow* ball"', '-"a b" snow*', "a" * 199 + "*", "(snow*", "\\snow*", "snow*|ball", "%", "_%_", "' OR 1=1 --"]


def test_whatever_is_asked_is_answered(backend, publish):
    """Every filter with every kind of junk that it takes, every order, and texts that are made to break a query."""
    three_skills()
    publish(six_jobs())
    sorts = ("relevance", "newest", "salary")
    searches = {asked(urlencode({"q": text, "sort": sort})) for text, sort in zip(ODD_TEXTS, cycle(sorts), strict=False)}
    for name, junk in product(JobFilter.base_filters, JUNK[::2]):
        found = narrowed(JobFilter, [name])(data=MultiValueDict({name: [junk, junk]}), queryset=Job.objects.all())
        if found.is_valid():
            searches.add(found.search)
    assert len(searches) > 100
    for search in searches:
        ids = backend.page(search, limit=3).ids
        assert set(postings(ids)) <= set(range(1, 7)), search
