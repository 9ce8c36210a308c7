"""Sentences on the pages and over the API."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.models import Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention

pytestmark = pytest.mark.django_db

SENTENCE = "sales people in NYC over €90k using Salesforce, 5+ years"


@pytest.fixture(autouse=True)
def _jobs():
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(1, skills=(mention("Salesforce"),))])


@pytest.fixture
def api():
    token = Token.objects.create(user=User.objects.create_user("reader"))
    return Client(headers={"Authorization": f"Token {token.key}"})


def test_a_sentence_leads_to_its_search(client):
    answer = client.get("/jobs/sentence", {"q": SENTENCE})
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked.pop("min_comp")[0].isdecimal()
    assert asked == {"function": ["sales"], "location": ["NYC"], "skill": ["Salesforce"], "sentence": [SENTENCE]}


def test_the_page_tells_how_it_was_read_and_leads_back_to_the_words(client):
    page = client.get("/jobs/sentence", {"q": SENTENCE}, follow=True).content.decode()
    assert f"Read as filters: <q>{SENTENCE}</q>" in page
    assert "“5+ years” is not used: there is no filter for years of experience" in page
    assert "90,000 EUR a year is" in page
    assert 'href="/?q=sales+people+in+NYC' in page
    assert "sentence=" not in page.partition('class="chips"')[2].partition("</ul>")[0]


def test_a_sentence_is_read_within_the_filters_that_are_set(client):
    asked = {"q": "sales in NYC using Salesforce", "location": "Berlin", "skill": ["Gong"], "min_comp": "", "cursor": "x", "colour": "red"}
    answer = client.get("/jobs/sentence", {**asked, "remote": "hybrid"})
    found = parse_qs(urlsplit(answer["Location"]).query)
    assert found.pop("sentence") == [asked["q"]]
    assert found == {"function": ["sales"], "location": ["NYC"], "skill": ["Gong", "Salesforce"], "remote": ["hybrid"]}
    back = re.search(r'class="sentence__undo" href="([^"]+)"', client.get(answer["Location"]).content.decode())[1]
    assert parse_qs(urlsplit(unescape(back)).query) == {"q": [asked["q"]], "skill": ["Gong"], "remote": ["hybrid"]}


@pytest.mark.parametrize("typed", ["", " "])
def test_without_a_sentence_the_filters_stay(client, typed):
    answer = client.get("/jobs/sentence", {"q": typed, "skill": "Salesforce", "location": "UK"})
    assert answer["Location"] == "/?skill=Salesforce&location=UK"


def test_who_started_hiring_is_asked_of_companies(client):
    answer = client.get("/jobs/sentence", {"q": "companies that started hiring for Salesforce this week"}, follow=True)
    assert answer.redirect_chain[0][0].startswith("/companies?")
    page = answer.content.decode()
    assert "Read as filters: <q>companies that started hiring" in page
    assert "Remove filter Started hiring within" in page


@pytest.mark.parametrize(
    ("typed", "set_already"),
    [
        ("companies that started hiring for Salesforce in the last 30 days", {"sort": "salary"}),
        ("sales people", {"sort": "jobs", "started_within_days": "30"}),
    ],
    ids=["companies", "jobs"],
)
def test_what_the_other_page_does_not_know_is_not_taken_there(client, typed, set_already):
    page = client.get("/jobs/sentence", {"q": typed, "country": "US", **set_already}, follow=True)
    assert "Left out" not in page.content.decode()
    asked = page.wsgi_request.GET
    assert (asked["country"], asked.get("sort")) == ("US", None)
    words_href = unescape(re.search(r'class="sentence__undo" href="([^"]+)"', page.content.decode())[1])
    assert "Left out" not in client.get(words_href).content.decode()


def test_on_the_page_of_companies_a_sentence_is_of_companies(client):
    answer = client.get("/companies/sentence", {"q": "best paid sales people in NYC using Salesforce", "sort": "jobs"}, follow=True)
    assert answer.wsgi_request.path == "/companies"
    page = answer.content.decode()
    assert "1 company<" in page
    assert "Left out" not in page
    assert 'href="/companies?q=best+paid' in page
    assert client.get("/companies/sentence", {"q": "", "function": "sales"})["Location"] == "/companies?function=sales"


def test_the_page_of_companies_has_the_button(client):
    assert 'formaction="/companies/sentence" data-sentence>Read as filters' in client.get("/companies").content.decode()


def test_words_that_nothing_has_are_read_within_the_filters(client):
    page = client.get("/", {"q": "qwertzuiop", "function": "sales"}).content.decode()
    href = unescape(re.search(r'<a href="([^"]+)">read it as filters', page)[1])
    assert parse_qs(urlsplit(href).query) == {"q": ["qwertzuiop"], "function": ["sales"]}


def test_downloads_leave_the_sentence_out(client):
    page = client.get("/jobs/sentence", {"q": "sales jobs"}, follow=True).content.decode()
    assert 'href="/jobs.csv?function=sales"' in page


@pytest.mark.parametrize(
    "typed", ["", "   ", "jobs please", "zymurgy", "\0", "((((", "x" * 2000, "not not without", "' OR 1=1 --", "€" * 50]
)
def test_whatever_is_typed_gives_a_page(client, typed):
    assert client.get("/jobs/sentence", {"q": typed}, follow=True).status_code == 200


def test_a_sentence_without_filters_says_so(client):
    page = client.get("/jobs/sentence", {"q": "zymurgy"}, follow=True).content.decode()
    assert "No filter found in this, so its words are searched for" in page


def test_the_api_tells_parameters_address_and_reading(api):
    body = api.get("/api/v1/jobs/sentence", {"q": "sales people in NYC using Salesforce, 5+ years"}).json()
    assert body["parameters"] == {"function": ["sales"], "location": ["NYC"], "skill": ["Salesforce"]}
    assert body["url"] == f"http://testserver/?{body['query']}"
    assert {"words": "NYC", "parameter": "location", "value": "NYC", "note": ""} in body["understood"]
    assert body["unused"] == [{"words": "5+ years", "reason": "there is no filter for years of experience"}]
    assert (body["reader"], body["subject"]) == ("rules", "jobs")
    assert api.get(f"/api/v1/jobs?{body['query']}").json()["count"] == 1


def test_the_api_tells_that_companies_are_asked_for(api):
    body = api.get("/api/v1/jobs/sentence", {"q": "who started hiring for Salesforce last week"}).json()
    assert body["subject"] == "companies"
    assert body["url"] == "http://testserver/companies?" + body["query"]


@pytest.mark.parametrize("asked", [{}, {"q": " "}, {"q": "x" * 301}, {"q": "a\0b"}, {"q": "sales", "limit": "3"}])
def test_the_api_refuses_what_is_no_sentence(api, asked):
    answer = api.get("/api/v1/jobs/sentence", asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]


def test_the_api_needs_a_token(client):
    assert client.get("/api/v1/jobs/sentence", {"q": "sales"}).status_code == 401
