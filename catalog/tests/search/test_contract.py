"""What holds for every search backend: pages, counts, facets, upkeep."""

from __future__ import annotations

import base64
import random
from collections import Counter
from datetime import timedelta

import orjson
import pytest

from catalog.errors import CursorError
from catalog.models import Company, Job, Skill
from catalog.search import facets
from catalog.search.counts import Count
from catalog.search.facets import FACETS, search_facets
from catalog.services import skill_register_name
from catalog.tests.factories import NOW, job_facts, mention
from catalog.tests.search.conftest import asked, postings, walk

ORDERS = ["", "sort=salary", "q=restaurants", "q=restaurants&sort=newest", "q=restaurants&sort=salary", "q=Acount", "state=open,closed"]


@pytest.fixture
def skills(db):
    for name in ("Salesforce", "Sales", "Go"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))


def alike(n: int, **changes):
    """A job that shares its sort values with others."""
    title = "Account Executive" * (1 + n % 2)
    pay = [None, 90_000, 120_000][n % 3]
    return job_facts(
        n, **({"posted_at": NOW - timedelta(hours=n % 3), "salary_max_usd": pay, "salary_min_usd": None, "title": title} | changes)
    )


# --- pages ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ORDERS)
def test_pages_give_every_row_once_also_with_equal_sort_values(backend, publish, query):
    publish([alike(n) for n in range(47)])
    whole = postings(backend.page(asked(query), limit=100).ids)
    assert sorted(whole) == list(range(47))
    assert walk(backend, query, limit=10) == whole
    assert walk(backend, query, limit=47) == whole


@pytest.mark.parametrize("query", ORDERS)
def test_pages_give_every_row_once_while_rows_are_added(backend, publish, query):
    publish([alike(n) for n in range(40)])
    fresh = iter(range(1000, 2000))

    def add() -> None:
        publish([alike(next(fresh), posted_at=NOW - timedelta(minutes=m)) for m in (0, 15, 39)])

    ids = walk(backend, query, limit=7, between=add)
    assert len(ids) == len(set(ids))
    assert set(range(40)) <= set(ids)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3]),
        ("sort=salary", [3, 1, 2]),
        ("q=acme", [1, 2, 3]),
        ("q=manager&sort=newest", [2, 3]),
        ("q=manager&sort=salary", [3, 2]),
    ],
)
def test_orders(backend, publish, query, expected):
    publish(
        [
            job_facts(1, title="Account Director"),
            job_facts(2, title="Account Manager", salary_min_usd=None, salary_max_usd=None),
            job_facts(3, title="Account Manager", salary_max_usd=200_000),
        ]
    )
    assert postings(backend.page(asked(query), limit=10).ids) == expected


def test_the_title_weighs_more_than_the_text(backend, publish):
    publish(
        [job_facts(1, title="Manager", text="Restaurants are what we sell to."), job_facts(2, title="Restaurants Manager", text="Sell.")]
    )
    assert postings(backend.page(asked("q=restaurants"), limit=10).ids) == [2, 1]


def test_where_no_job_has_the_words_those_that_resemble_them(backend, publish):
    publish([job_facts(1, title="Marketing Manager"), job_facts(2)])
    exact, alike = (backend.page(asked(f"q={text}"), limit=5) for text in ("marketing", "marketng"))
    assert (postings(exact.ids), exact.search.resembling) == ([1], False)
    assert (postings(alike.ids), alike.search.resembling) == ([1], True)
    assert backend.count(alike.search) == Count(1, is_exact=True)


FOREIGN = ["x", "é", "a" * 2000, "bnVsbA", base64.urlsafe_b64encode(orjson.dumps([1, 2, 3])).decode(), "////", "W10="]


@pytest.mark.parametrize("cursor", FOREIGN)
@pytest.mark.parametrize("query", ["", "q=restaurants"])
def test_foreign_cursors_are_refused(backend, publish, cursor, query):
    publish([job_facts(1)])
    with pytest.raises(CursorError):
        backend.page(asked(query), limit=5, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(backend, publish):
    publish([job_facts(n) for n in range(3)])
    for made, taken in [("", "sort=salary"), ("sort=salary", ""), ("", "q=restaurants"), ("q=restaurants", "")]:
        cursor = backend.page(asked(made), limit=1).next
        with pytest.raises(CursorError):
            backend.page(asked(taken), limit=1, cursor=cursor)


# --- counts and facets ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ["", "q=restaurants"])
def test_a_count_is_exact_or_says_that_it_is_not(backend, publish, query):
    publish([job_facts(n) for n in range(12)])
    assert backend.count(asked(query), cap=12) == Count(12, is_exact=True)
    assert backend.count(asked(query), cap=None) == Count(12, is_exact=True)
    assert backend.count(asked(query), cap=11) in (Count(11, is_exact=False), Count(12, is_exact=True))
    assert backend.count(asked("q=xylophone")) == Count(0, is_exact=True)


def test_facets_equal_a_full_scan(backend, publish, skills):
    rnd = random.Random(7)
    facts = [
        job_facts(
            n,
            seniority_level=rnd.choice(["junior", "senior"]),
            job_function=rnd.choice(["sales", "data", "legal"]),
            location_country=rnd.choice(["US", "DE", None]),
            source_key=(key := rnd.choice(["a", "b", "c"])),
            company_name=key.upper(),
            company_domain=None,
            skills=tuple(mention(name) for name in rnd.sample(["Salesforce", "Sales", "Go"], k=rnd.randint(0, 3))),
        )
        for n in range(200)
    ]
    publish(facts)

    def expected(value_of, keep):
        return Counter(value for item in filter(keep, facts) for value in value_of(item) if value)

    def shown(name, query):
        values = search_facets(asked(query), backend=backend)[name]
        assert all(value.count.is_exact for value in values)
        assert [v.count.value for v in values] == sorted((v.count.value for v in values), reverse=True)
        return {value.label if name == "company" else value.value: value.count.value for value in values}

    assert shown("function", "seniority=senior") == expected(lambda f: [f.job_function], lambda f: f.seniority_level == "senior")
    assert shown("seniority", "seniority=senior&function=data") == expected(
        lambda f: [f.seniority_level], lambda f: f.job_function == "data"
    )
    assert shown("country", "function=sales") == expected(lambda f: [f.location_country], lambda f: f.job_function == "sales")
    assert shown("company", "q=restaurants") == expected(lambda f: [f.company_name], lambda f: True)
    with_go = [f for f in facts if any(m.skill == "Go" for m in f.skills)]
    assert shown("skill", "skill=Go") == expected(lambda f: [m.skill for m in f.skills], lambda f: f in with_go)


def test_facets_beyond_the_cap_are_exact_or_lower_bounds(backend, publish, skills, monkeypatch):
    publish([job_facts(n, skills=(mention("Go"),)) for n in range(12)])
    monkeypatch.setattr(facets, "CAP", 10)
    shown = search_facets(asked(""), backend=backend)
    assert {str(value.count) for values in shown.values() for value in values} <= {"11+", "12"}
    assert set(shown) == set(FACETS)


def test_nothing_found_has_no_facets(backend):
    assert set(map(len, search_facets(asked("country=DE"), backend=backend).values())) == {0}


def test_of_equals_in_a_facet_the_smallest_by_bytes_comes_first(backend, publish):
    countries = ["a", "B", "_", "Z", "é"]
    publish([job_facts(n, location_country=country) for n, country in enumerate(countries)])
    assert [value for value, _ in backend.facets(asked(""), ["country"])["country"]] == sorted(countries)


# --- upkeep -----------------------------------------------------------------------------------------------
def test_what_is_searched_follows_the_rows(backend, publish):
    publish([job_facts(1), job_facts(2)])
    publish([job_facts(1, extraction_id=2, title="Marketing Manager", text="Campaigns.", job_summary="")])
    assert postings(backend.page(asked("q=marketing"), limit=5).ids) == [1]
    assert postings(backend.page(asked("q=restaurants"), limit=5).ids) == [2]
    gone = Job.objects.get(posting_id=2).pk
    Job.objects.filter(pk=gone).delete()
    backend.index([gone])
    assert backend.count(asked("")) == Count(1, is_exact=True)


def test_a_rebuilt_index_answers_the_same(backend, publish):
    publish([job_facts(n) for n in range(5)])
    before = backend.page(asked("q=restaurants"), limit=10).ids
    backend.rebuild()
    assert backend.page(asked("q=restaurants"), limit=10).ids == before
    assert Company.objects.count() == 1
