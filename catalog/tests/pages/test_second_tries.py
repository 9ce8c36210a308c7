"""What the pages of jobs and companies offer beside a search, and where it finds nothing."""

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


MET = "senior data engineers in NYC with Snowflake"


@pytest.fixture
def sentence_met():
    """A job whose text has the very words of the sentence."""
    facts = job_facts(3, title="Senior Data Engineer", text=f"We look for {MET}.", job_function="data", seniority_level="senior")
    jobs_publish(facts=[facts])


def test_a_sentence_that_texts_have_is_offered_as_filters_too(client, sentence_met):
    with CaptureQueriesContext(connection) as asked:
        shown = page(client, q=MET)
    assert re.search("results-count.>(.*)<", shown)[1] == "2 open jobs"
    assert "Or read as filters" in shown
    assert "second-tries" not in shown
    assert not [query for query in asked if "similar" in query["sql"].lower() or "%>" in query["sql"]]
    href = re.search(r'<a href="(/jobs/sentence[^"]+)">Read as filters', shown)[1]
    assert "Remove filter Seniority: Senior" in client.get(unescape(href), follow=True).content.decode()


@pytest.mark.parametrize("typed", ["engineer", "text of data", "Data engineer"])
def test_words_of_which_one_filter_can_be_read_are_words(client, sentence_met, typed):
    shown = page(client, q=typed)
    assert "open job" in shown
    assert "Or read as filters" not in shown


def test_one_word_is_looked_up_once_as_a_skill(client, sentence_met):
    with CaptureQueriesContext(connection) as asked:
        page(client, q="engineer")
    assert len([query for query in asked if "catalog_skillalias" in query["sql"]]) == 1


def test_a_question_about_companies_is_offered_where_companies_are_listed(client):
    shown = client.get("/companies", {"q": "companies that started hiring for Snowflake this month", "function": "data"}).content.decode()
    assert "Or read as filters of companies" in shown
    href = unescape(re.search(r'<a href="(/companies/sentence[^"]+)">Read as filters', shown)[1])
    read = client.get(href, follow=True)
    assert read.wsgi_request.path == "/companies"
    assert "Remove filter Started hiring within" in read.content.decode()
    assert "Remove filter Function: Data" in read.content.decode()


TOO_LONG = "senior engineers in NYC " * 20


@pytest.mark.parametrize("path", ["/", "/companies"])
def test_of_a_text_that_is_too_long_nothing_is_found(client, path):
    shown = client.get(path, {"q": TOO_LONG}).content.decode()
    assert re.search(r"No( open)? (jobs|companies)<", shown)
    assert shown.count("a text may have 300 characters at most.") == 1
    href = unescape(re.search(r'<a class="button" href="([^"]+)">Read its first 300 characters as filters', shown)[1])
    assert "Remove filter Seniority: Senior" in client.get(href, follow=True).content.decode()


@pytest.mark.parametrize("path", ["/", "/companies"])
def test_a_text_that_cannot_be_a_text_is_not_called_too_long(client, path):
    shown = client.get(path, {"q": "engi\0neer"}).content.decode()
    assert "Nothing was looked for" in shown
    assert "Shorten it" not in shown
    assert 'value="engineer"' in shown


@pytest.mark.parametrize("path", ["/companies.csv", "/jobs.csv"])
def test_of_a_text_that_is_too_long_there_is_no_file_of_everything(client, path):
    answer = client.get(path, {"q": TOO_LONG})
    shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"Zymurgix" not in shown


@pytest.mark.parametrize(("path", "typed"), [("/", "c#"), ("/", "CSharp"), ("/companies", "C#")])
def test_a_text_that_is_the_name_of_a_skill_is_offered_as_its_filter(client, path, typed):
    skill = Skill.objects.create(name="C#", kind="tool", category="data")
    skill_register_name(skill=skill)
    skill.aliases.create(form="CSharp", folded="csharp")
    jobs_publish(facts=[job_facts(4, skills=(mention("C#"),))])
    shown = client.get(path, {"q": typed, "function": "sales"}).content.decode()
    href = unescape(re.search(r'is a skill: <a href="([^"]+)">filter by C#<', shown)[1])
    read = client.get(href).content.decode()
    assert "Remove filter Skill: C#" in read
    assert "Remove filter Function: Sales" in read
    assert "is a skill" not in read
    assert "is a skill" not in client.get(path, {"q": "engineer"}).content.decode()


@pytest.mark.parametrize("path", ["/", "/companies"])
@pytest.mark.parametrize(("typed", "why"), [("a", "“a” has no word to look for"), ("enginee", "No job has exactly these words.")])
def test_it_is_said_why_what_is_shown_has_not_the_words(client, path, typed, why):
    shown = client.get(path, {"q": typed}).content.decode()
    assert why in shown
    assert "Shown instead" in shown


@pytest.mark.parametrize("path", ["/", "/companies"])
@pytest.mark.parametrize(("typed", "is_told"), [("the", True), ("!!!", True), ("%", True), ("qwxzqwxz", False)])
def test_a_text_without_a_word_is_told_where_nothing_resembles_it(client, path, typed, is_told):
    shown = client.get(path, {"q": typed}).content.decode()
    assert ("has no word to look for" in shown) == is_told
    assert "Shown instead" not in shown
