"""Companies and skills over the API: what their pages show, by the same names."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.api.company_serializers import CompanyDetailSerializer, CompanySerializer, SkillDetailSerializer, SkillSerializer
from catalog.models import Company, Skill
from catalog.services import companies_count_jobs
from catalog.tests.pages.test_company_pages import names, published
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db
STARTED = "skill=Snowflake&started_within_days=30"


@pytest.fixture
def api():
    for name in ("Snowflake", "Salesforce"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data", job_count=len(name)))
    published(1, "Certain", days=60, skill="Salesforce")
    published(2, "Certain", days=5)
    published(11, "Likely", days=5, posted_days=50, skill="Salesforce")
    published(12, "Likely", days=5, posted_days=8)
    published(21, "Unknown", days=5)
    return Client(headers={"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('reader')).key}"})


def test_who_started_is_the_same_as_on_the_page(api):
    for more in ("", "&started_as=certain", "&started_as=unknown"):
        body = api.get(f"/api/v1/companies?{STARTED}{more}").json()
        assert [item["name"] for item in body["items"]] == names(Client().get(f"/companies?{STARTED}{more}").content.decode())
    body = api.get(f"/api/v1/companies?{STARTED}").json()
    assert (body["count"], body["unknown"]) == (2, 1)
    assert {item["name"]: item["start"] for item in body["items"]} == {"Certain": "certain", "Likely": "likely"}
    assert all(item.keys() == CompanySerializer().fields.keys() for item in body["items"])


def test_what_is_asked_of_a_whole_company(api):
    for query, expected in (("uses=Snowflake,Salesforce", {"Certain", "Likely"}), ("min_open_jobs=2", {"Certain", "Likely"})):
        companies_count_jobs()
        body = api.get(f"/api/v1/companies?{query}").json()
        assert {item["name"] for item in body["items"]} == expected


def test_companies_come_in_pages(api):
    seen, address = [], "/api/v1/companies?limit=2&sort=jobs"
    while address:
        body = api.get(address).json()
        seen += [item["name"] for item in body["items"]]
        assert body["count"] == 3
        address = body["next"]
    assert sorted(seen) == ["Certain", "Likely", "Unknown"]


@pytest.mark.parametrize(
    "query",
    [
        "started_within_days=30",
        "min_open_jobs=0",
        "min_open_jobs=1_000",
        "min_open_jobs=1,000",
        "min_open_jobs=٣",
        "min_comp=1_000",
        "uses=Nothing",
        "started_as=perhaps",
        "colour=red",
        "cursor=x",
        "sort=up",
        "limit=0",
    ],
)
def test_what_is_wrong_answers_400(api, query):
    answer = api.get(f"/api/v1/companies?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]


def test_one_company_has_its_stack_and_signals(api):
    body = api.get(f"/api/v1/companies/{Company.objects.get(name='Certain').pk}").json()
    assert body.keys() == CompanyDetailSerializer().fields.keys()
    assert [(line["skill"], line["open_jobs"]) for line in body["stack"]] == [("Snowflake", 1), ("Salesforce", 1)]
    assert [(signal["reason"], signal["start"], signal["skill"]) for signal in body["signals"]] == [
        ("started_skill", "certain", "Snowflake")
    ]
    assert api.get("/api/v1/companies/999999").status_code == 404


def test_skills_are_listed_and_told_of(api):
    body = api.get("/api/v1/skills?q=SNOW&kind=tool&category=data").json()
    assert [item["name"] for item in body["items"]] == ["Snowflake"]
    assert body["items"][0].keys() == SkillSerializer().fields.keys()
    assert [item["name"] for item in api.get("/api/v1/skills").json()["items"]] == ["Salesforce", "Snowflake"]
    detail = api.get(f"/api/v1/skills/{body['items'][0]['id']}").json()
    assert detail.keys() == SkillDetailSerializer().fields.keys()
    assert detail["open_jobs"] == sum(week["jobs"] for week in detail["trend"]) == 3
    assert [value["label"] for value in detail["companies"]] == ["Certain", "Likely", "Unknown"]
    assert api.get("/api/v1/skills?kind=colour").status_code == 400


@pytest.mark.parametrize(
    ("path", "queries"),
    [("companies", 7), (f"companies?{STARTED}", 10), ("companies/{company}", 6), ("skills", 3), ("skills/{skill}", 9)],
)
def test_each_needs_few_queries(api, path, queries, django_assert_max_num_queries):
    ids = {"company": Company.objects.get(name="Likely").pk, "skill": Skill.objects.get(name="Snowflake").pk}
    with django_assert_max_num_queries(queries):
        assert api.get(f"/api/v1/{path.format(**ids)}").status_code == 200
