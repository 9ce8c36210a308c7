"""Feeds of saved searches: whoever has the address reads them, and nobody else."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Job, SavedSearch, Skill
from catalog.tests.pages.test_company_pages import published
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
NOWHERE = {"location_city": None, "location_state": None, "location_country": None}


@pytest.fixture
def client():
    skill_register_name(skill=Skill.objects.create(name="Snowflake", kind="tool", category="data"))
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    client = Client()
    client.force_login(User.objects.create_user("ann"))
    return client


def saved(client, subject, query):
    client.post(f"/saved/new?subject={subject}&{query}", {"name": f"{subject} {query}"})
    return SavedSearch.objects.latest("id")


def address(client, search):
    client.post(f"/saved/{search.pk}/feed")
    search.refresh_from_db()
    return f"/feeds/{search.feed_token}.atom"


def entries(path):
    answer = Client().get(path)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def titles(path):
    return [entry.find(f"{ATOM}title").text for entry in entries(path)]


def test_jobs_come_as_they_came_into_the_catalogue(client):
    published(1, "Acme", days=5, title="Data <Engineer>", location_text="R&D", **NOWHERE)
    published(2, "Acme", days=50, title="Older posting")
    published(3, "Acme", days=1, skill="Salesforce")
    path = address(client, saved(client, "jobs", "skill=Snowflake"))
    assert titles(path) == ["Older posting · Acme", "Data <Engineer> · Acme"]
    assert entries(path)[1].find(f"{ATOM}summary").text == "R&amp;D · Hybrid · $100k–140k/year · Snowflake"
    link = entries(path)[0].find(f"{ATOM}link").get("href")
    assert link.startswith("http://testserver/jobs/")
    assert f'readonly value="http://testserver{path}"' in client.get("/saved").content.decode()


@pytest.mark.parametrize("subject", ["jobs", "companies"])
def test_author_and_moments_are_told(client, subject):
    published(1, "Acme", days=5)
    path = address(client, saved(client, subject, "skill=Snowflake"))
    feed = ElementTree.fromstring(Client().get(path).content)
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "GTM Engine"
    (entry,) = feed.findall(f"{ATOM}entry")
    came = Job.objects.get().published_at
    assert {entry.find(f"{ATOM}{name}").text for name in ("published", "updated")} == {came.isoformat()}


def test_companies_that_started_come_too(client):
    published(1, "Acme", days=60, skill="Salesforce")
    published(2, "Acme", days=5)
    published(3, "Bolt", days=60)
    assert titles(address(client, saved(client, "companies", "skill=Snowflake&started_within_days=30"))) == ["Acme"]


def test_a_renewed_address_replaces_the_old_one(client):
    search = saved(client, "jobs", "")
    old, new = address(client, search), address(client, search)
    assert Client().get(old).status_code == 404
    assert titles(new) == []
    other = Client()
    other.force_login(User.objects.create_user("bob"))
    assert other.post(f"/saved/{search.pk}/feed").status_code == 404
    assert Client().get(new).status_code == 200


def test_a_search_that_is_not_understood_any_more_has_an_empty_feed(client):
    search = saved(client, "jobs", "skill=Snowflake")
    path = address(client, search)
    SavedSearch.objects.update(query="skill=Gone")
    assert titles(path) == []


def test_characters_that_xml_cannot_hold_do_not_end_a_feed(client):
    published(1, "Ac\x01me", days=5, title="Data\x0bEngineer", location_text="Ber\x1flin", **NOWHERE)
    search = saved(client, "jobs", "skill=Snowflake")
    path = address(client, search)
    SavedSearch.objects.update(name="My\x01search")
    assert titles(path) == ["Data Engineer · Ac me"]
    assert entries(path)[0].find(f"{ATOM}summary").text.startswith("Ber lin · ")
    SavedSearch.objects.update(subject="companies")
    assert titles(path) == ["Ac me"]


@pytest.mark.parametrize("token", ["%00", "x" * 42, "x" * 43, "x" * 44, "%C3%A9" * 43], ids=["null", "short", "unknown", "long", "foreign"])
def test_an_address_that_is_none_is_not_found(token):
    assert Client().get(f"/feeds/{token}.atom").status_code == 404


def test_no_cache_and_no_search_engine_keeps_a_feed(client):
    answer = Client().get(address(client, saved(client, "jobs", "")))
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-cache", "noindex")


def test_a_user_who_is_switched_off_has_no_feed(client):
    path = address(client, saved(client, "jobs", ""))
    User.objects.update(is_active=False)
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("subject", ["jobs", "companies"])
def test_what_merely_looks_alike_does_not_come(client, subject):
    published(1, "Acme", days=5, title="Data Engineer")
    assert len(entries(address(client, saved(client, subject, "q=engineer")))) == 1
    assert entries(address(client, saved(client, subject, "q=engineerz"))) == []
