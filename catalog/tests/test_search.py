"""Counts, facets, keyset pages, suggestions."""

from __future__ import annotations

import base64

import orjson
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CursorError
from catalog.models import Job, Skill, SkillAlias
from catalog.search import counts, facets
from catalog.search.counts import Count, capped_count
from catalog.search.facets import FACETS, search_facets
from catalog.search.keyset import keyset_page
from catalog.search.places import job_places, place_keys
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Condition, Op, Search
from catalog.services import jobs_publish, skills_count_jobs, skills_import, vocabulary_load
from catalog.suggest import skills as suggest
from catalog.suggest.skills import Forms, skills_suggest
from catalog.tests.factories import job_facts, mention, place
from catalog.vocabulary.vocabulary_csv import read_vocabulary

CHOSEN = {"seniority": "mid", "remote": "hybrid"}
pytestmark = pytest.mark.django_db
CSV = "name,kind,category,aliases,ambiguous,domain\nSalesforce,tool,crm,SFDC;Salesforce.com,,salesforce.com\nSales,skill,selling,Selling,,\nGo,skill,language,Golang,Go,\nC++,skill,language,CPP,,\n"


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "skills.csv"
    path.write_text(CSV)
    skills_import(path=path)
    return path


# --- counts and facets ---------------------------------------------------------------------------------------------------
def test_counts_are_exact_up_to_the_cap_and_say_so():
    jobs_publish(facts=[job_facts(n) for n in range(12)])
    assert capped_count(Job.objects.all(), cap=12) == Count(12, True)
    assert capped_count(Job.objects.all(), cap=11) == Count(11, False)
    assert str(Count(10_000, False)) == "10,000+"
    assert str(Count(9_999, True)) == "9,999"


def test_facets_beyond_the_cap_are_lower_bounds(monkeypatch, vocabulary):
    jobs_publish(facts=[job_facts(n, skills=(mention("Go"),)) for n in range(12)])
    monkeypatch.setattr(facets, "CAP", 10)
    shown = search_facets(Search(), backend=PostgresBackend())
    assert {name: [str(value.count) for value in values] for name, values in shown.items()} == {name: ["11+"] for name in FACETS}


def test_facets_share_a_query_where_they_share_the_jobs(vocabulary, django_assert_max_num_queries):
    jobs_publish(facts=[job_facts(n, skills=(mention("Go"),)) for n in range(3)])
    chosen = Search(conditions=tuple(Condition(name, FACETS[name].column, Op.ANY, (value,)) for name, value in CHOSEN.items()))
    with django_assert_max_num_queries(2):  # and the names of companies and of skills
        search_facets(Search(), backend=PostgresBackend())
    with django_assert_max_num_queries(4):
        search_facets(chosen, backend=PostgresBackend())


# --- keyset pages --------------------------------------------------------------------------------------------------------
def test_rows_that_join_others_come_in_the_same_pages(django_assert_num_queries):
    jobs_publish(facts=[job_facts(n) for n in range(9)])
    newest = Job.objects.newest_first()
    plain = keyset_page(newest, limit=4)
    with_content = newest.select_related("content")
    with django_assert_num_queries(2):
        joined = keyset_page(with_content, limit=4)
        assert [job.content.text for job in joined.rows] == [job_facts().text] * 4
    assert [job.pk for job in joined.rows] == [job.pk for job in plain.rows]
    assert joined.next == plain.next
    assert len(keyset_page(with_content, limit=10, cursor=joined.next).rows) == 5


@pytest.mark.parametrize(
    "values",
    [["2026-08-01", "x"], [None, 1], ["2026-08-01T00:00:00Z", 10**30], [[], {}], ["no date", 1], ["2026-08-01T00:00:00Z", 1.5e300]],
)
def test_cursors_with_foreign_values_are_refused(values):
    jobs_publish(facts=[job_facts(n) for n in range(3)])
    cursor = keyset_page(Job.objects.newest_first(), limit=1).next
    signature = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    forged = base64.urlsafe_b64encode(
        orjson.dumps([signature, *[v if not isinstance(v, int) or abs(v) < 2**63 else str(v) for v in values]])
    ).decode()
    with pytest.raises(CursorError):
        list(keyset_page(Job.objects.newest_first(), limit=1, cursor=forged).rows)


def test_a_cursor_of_another_order_or_kind_is_refused():
    jobs_publish(facts=[job_facts(n) for n in range(3)])
    cursor = keyset_page(Job.objects.newest_first(), limit=1).next
    with pytest.raises(CursorError, match="another order"):
        keyset_page(Job.objects.best_paid_first(), limit=1, cursor=cursor)
    with pytest.raises(CursorError, match="another order"):
        keyset_page(Job.objects.newest_first(), limit=1, cursor=cursor, kind="other")


# --- places --------------------------------------------------------------------------------------------------------------
def test_places_of_a_job_and_of_a_text_meet():
    keys = set(
        job_places(locations=[place("São Paulo", None, "BR"), place("Austin", "TX", "US")], location_text="Sao Paulo / Austin, TX (Remote)")
    )
    for typed in (
        "sao paulo",
        "São Paulo, Brazil",
        "BRAZIL",
        "Austin",
        "austin, texas",
        "Austin, TX, USA",
        "TX",
        "LATAM",
        "remote",
        "United States",
    ):
        assert keys & set(place_keys(typed)), typed
    for typed in ("Paulo, US", "Austin, Canada", "Germany", "", " , "):
        assert not keys & set(place_keys(typed)), typed


# --- vocabulary and suggestions ------------------------------------------------------------------------------------------
def test_the_vocabulary_goes_through_the_tables_unchanged(vocabulary):
    loaded, read = vocabulary_load(), read_vocabulary(vocabulary)
    assert (loaded.version, sorted(loaded.terms, key=lambda t: t.name)) == (read.version, sorted(read.terms, key=lambda t: t.name))


def test_importing_twice_changes_nothing_and_a_change_is_followed(vocabulary):
    ids = dict(Skill.objects.values_list("name", "id"))
    version = vocabulary_load().version
    assert skills_import(path=vocabulary).retired == 0
    assert (dict(Skill.objects.values_list("name", "id")), vocabulary_load().version) == (ids, version)
    vocabulary.write_text(CSV.replace("Sales,skill,selling,Selling,,\n", "").replace("SFDC;", "Selling;"))
    assert skills_import(path=vocabulary).retired == 1
    assert vocabulary_load() == read_vocabulary(vocabulary).__class__(
        tuple(sorted(read_vocabulary(vocabulary).terms, key=lambda t: t.name)), read_vocabulary(vocabulary).version
    )
    vocabulary.write_text(CSV)
    skills_import(path=vocabulary)
    assert vocabulary_load().version == version


def test_suggestions(vocabulary, monkeypatch):
    jobs_publish(facts=[job_facts(n, skills=(mention("Salesforce"),)) for n in range(3)])
    assert skills_count_jobs() == 1
    assert skills_count_jobs() == 0

    def names(q: str, limit: int = 10):
        return [(found.name, found.matched) for found in skills_suggest(q=q, limit=limit)]

    assert names("sal") == [("Salesforce", "Salesforce"), ("Sales", "Sales")]
    assert names("SALES") == [("Sales", "Sales"), ("Salesforce", "Salesforce")]
    assert names("sfd") == [("Salesforce", "SFDC")]
    assert names("force") == [("Salesforce", "Salesforce")]
    assert names("salesfroce")[0] == ("Salesforce", "Salesforce")
    assert names("c++") == [("C++", "C++")]
    assert names("", limit=1) == [("Salesforce", "Salesforce")]
    assert names("100%_\\") == []
    Skill.objects.filter(name="Sales").update(is_active=False)
    assert len(names("sal")) == 2
    later = suggest.monotonic() + suggest.SECONDS
    monkeypatch.setattr(suggest, "monotonic", lambda: later)
    assert names("sal") == [("Salesforce", "Salesforce")]


@given(st.lists(st.text("ab +", max_size=4), unique=True, max_size=8), st.text("ab +", max_size=2))
def test_forms_are_found_by_their_parts(texts, part):
    forms = Forms([(text, n, text, "tool", "", text) for n, text in enumerate(texts)])
    assert [found.name for found in forms.exactly(part)] == [text for text in texts if text == part]
    assert [found.name for found in forms.beginning(part)] == [text for text in texts if text.startswith(part)]
    assert [found.name for found in forms.containing(part)] == [text for text in texts if part in text]


def test_a_skills_own_name_stands_before_an_alias_that_begins_alike():
    skill = Skill.objects.create(name="Salesforce", kind="tool", category="crm", job_count=1)
    popular = Skill.objects.create(name="Negotiation", kind="skill", category="selling", job_count=9)
    for owner, form in ((skill, "Salesforce Sales Cloud"), (popular, "Sales talks"), (skill, "Salesforce")):
        SkillAlias.objects.create(skill=owner, form=form, folded=form.casefold())
    assert [(found.name, found.matched) for found in skills_suggest(q="sal")] == [
        ("Salesforce", "Salesforce"),
        ("Negotiation", "Sales talks"),
    ]


def test_the_command_imports_and_refuses(tmp_path, capsys):
    path = tmp_path / "skills.csv"
    path.write_text(CSV)
    call_command("skills", "import", str(path))
    assert "4 new skills, 0 changed, 0 unchanged; 9 forms came in" in capsys.readouterr().out
    call_command("skills", "import", str(path), "--replace")
    assert "4 skills with 9 forms" in capsys.readouterr().out
    call_command("skills", "count")
    path.write_text("nonsense\n")
    with pytest.raises(CommandError, match="columns"):
        call_command("skills", "import", str(path))
    with pytest.raises(CommandError):
        call_command("skills", "import", str(tmp_path / "absent.csv"))


def test_the_cap_is_the_one_that_people_are_told():
    assert counts.CAP == facets.CAP == 10_000
