"""What the jobs page offers where a search finds nothing."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _jobs():
    for name in ("Salesforce", "Snowflake"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))
    jobs_publish(
        facts=[
            job_facts(1, skills=(mention("Salesforce"),), source_key="zymurgix", company_name="Zymurgix", company_domain=None),
            job_facts(2, title="Senior Data Engineer", job_function="data", seniority_level="senior", skills=(mention("Snowflake"),)),
        ]
    )


def page(client, **asked):
    return client.get("/", asked).content.decode()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("snowflkae", "Snowflake"),
        ("salesfroce", "Salesforce"),
        ("senoir data enginer", "senior data engineer"),
        ("zymurgxi", "Zymurgix"),
    ],
)
def test_a_typing_error_is_put_right(client, typed, meant):
    shown = page(client, q=typed)
    href = re.search(rf'Did you mean <a href="([^"]+)">{meant}</a>', shown)[1]
    assert re.search("[12] open jobs?<", client.get(unescape(href)).content.decode())


@pytest.mark.parametrize("typed", ["qwertzuiop", "engineer", "snowflake", "salesfroce qwertzuiop"])
def test_nothing_is_suggested_that_finds_nothing_or_was_typed(client, typed):
    assert "Did you mean" not in page(client, q=typed)


@pytest.mark.parametrize("typed", ["qwertzuiop", "qwertzuiop asdfghjkl yxcvbnmmm plokijuhz gtfrdeswa mnbvcxyqw"], ids=["one", "six"])
def test_words_that_nobody_knows_are_looked_up_once(client, typed):
    with CaptureQueriesContext(connection) as asked:
        page(client, q=typed)
    words = len(typed.split())
    of_skills = [query for query in asked if 'similarity("catalog_skillalias"' in query["sql"].lower()]
    of_companies = [query for query in asked if '"catalog_company"."domain"' in query["sql"]]
    assert len(of_skills) == words
    assert len(of_companies) == (3 if words == 1 else 0)


def test_other_filters_stay(client):
    assert "Did you mean" in page(client, q="snowflkae", function="data")
    assert "Did you mean" not in page(client, q="snowflkae", function="sales")


def test_a_sentence_that_no_text_has_is_offered_as_filters(client):
    shown = page(client, q="senior data engineers in NYC over 90k who know Snowflake", remote="hybrid")
    assert 'which <span class="num">1 job meets</span>' in shown
    assert "Pays at least" in shown
    href = unescape(re.search(r'<a class="button" href="(/jobs/sentence[^"]+)">Read as filters', shown)[1])
    read = client.get(href, follow=True).content.decode()
    assert "1 open job<" in read
    assert "Remove filter Workplace: Hybrid" in read
    assert "second-tries" not in read


def test_a_question_about_companies_is_offered_too(client):
    assert "read as filters of companies" in page(client, q="companies that started hiring for Snowflake in the last 30 days")


@pytest.mark.parametrize("typed", ["qwertzuiop", "data engineers in Snowflake Antarctica Tokelau under 1k"])
def test_what_finds_nothing_as_filters_either_is_not_offered(client, typed):
    assert "second-tries" not in page(client, q=typed)
