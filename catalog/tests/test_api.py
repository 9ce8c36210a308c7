from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.api.serializers import JobDetailSerializer, JobSerializer
from catalog.filters import JobFilter
from catalog.models import Job, Skill
from catalog.search.postgres.frequency import Dates
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention
from catalog.tests.test_filters import JUNK

pytestmark = pytest.mark.django_db
E1 = "source_type source_key source_job_id company_name company_domain role_title seniority_level job_function location_city location_state location_country"
E1 += " remote_type employment_type salary_min_usd salary_max_usd job_summary key_functions_hired_for skills_raw tools_raw highlights confidence needs_tier2"


@pytest.fixture
def api():
    token = Token.objects.create(user=User.objects.create_user("reader"))
    return Client(headers={"Authorization": f"Token {token.key}"})


@pytest.fixture
def jobs():
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(
        facts=[job_facts(n, skills=(mention("Salesforce"),)) for n in range(1, 8)] + [job_facts(9, closed_at=NOW, missing_since=NOW)]
    )


def test_list_and_detail_have_the_documented_shape(api, jobs):
    answer = api.get("/api/v1/jobs?limit=3")
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["request_id", "items", "count", "count_is_exact", "next"]
    assert answer["X-Request-Id"] == body["request_id"]
    assert (len(body["items"]), body["count"], body["count_is_exact"]) == (3, 7, True)
    item = body["items"][0]
    assert item.keys() == JobSerializer().fields.keys()
    assert set(E1.split()) | {"id", "url", "state", "posted_at", "first_seen", "skills"} <= item.keys()
    assert item["skills"] == ["Salesforce"]
    assert item["posted_at"] == "2026-08-01T11:59:00Z"

    detail = api.get(f"/api/v1/jobs/{item['id']}").json()
    assert detail.keys() == JobDetailSerializer().fields.keys()
    assert detail["highlights"] == item["highlights"]
    seen = detail["skill_mentions"][0]
    assert detail["text"][seen["start"] : seen["end"]] == "Salesforce" == seen["skill"]


def test_pages_follow_next_with_their_filters(api, jobs):
    ids, address = [], "/api/v1/jobs?limit=2&q=restaurants&sort=newest"
    while address:
        body = api.get(address).json()
        ids += [item["source_job_id"] for item in body["items"]]
        assert body["count"] == 7
        address = body["next"]
    assert ids == ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize(
    # Token, page, count, which rows are the same; of a text also how common its words are, and (if they may be common) its newest.
    ("query", "queries"),
    [("", 4), ("?q=restaurants&sort=newest", 6), ("?sort=salary", 4), ("?function=sales&limit=7", 4)],
)
def test_list_needs_few_queries_whatever_its_length(api, jobs, query, queries, django_assert_max_num_queries):
    api.get("/api/v1/jobs")
    with django_assert_max_num_queries(queries):
        assert len(api.get(f"/api/v1/jobs{query}").json()["items"]) == 7
    Job.objects.update(title="Account Manager")
    with django_assert_max_num_queries(queries + 1):  # and all items, which have changed
        assert api.get(f"/api/v1/jobs{query}").json()["items"][0]["title"] == "Account Manager"


def test_where_few_jobs_have_all_words_those_that_lack_one_stand_apart(api, jobs):
    body = api.get("/api/v1/jobs?q=restaurants+unheardofword").json()
    assert (body["items"], body["count"], body["next"]) == ([], 0, None)
    assert body["partial"]["q"] == "unheardofword OR restaurants"
    assert len(body["partial"]["items"]) == 7
    again = api.get("/api/v1/jobs", {"q": body["partial"]["q"]}).json()
    assert (again["items"], again["count"]) == (body["partial"]["items"], 7)
    assert "partial" not in api.get("/api/v1/jobs?q=restaurants+unheardofword&sort=newest").json()


def test_detail_and_suggestions_need_few_queries(api, jobs, django_assert_num_queries):
    job = Job.objects.get(posting_id=1)
    with django_assert_num_queries(5):  # token, job, content, names and mentions of its skills
        assert api.get(f"/api/v1/jobs/{job.pk}").status_code == 200
    with django_assert_num_queries(2):  # token, all forms; they are kept
        assert api.get("/api/v1/skills/suggest?q=sales&limit=1").json()["items"]
    with django_assert_num_queries(1):
        assert api.get("/api/v1/skills/suggest?q=sales&limit=1").json()["items"]


def test_detail_of_a_closed_and_of_no_job(api, jobs):
    closed = Job.objects.get(posting_id=9)
    assert api.get(f"/api/v1/jobs/{closed.pk}").json()["state"] == "closed"
    for path in (
        "/api/v1/jobs/999999",
        "/api/v1/jobs/999999999999999999",
        "/api/v1/jobs/x",
        "/api/v1/jobs/99999999999999999999",
        "/api/v1/jobs/",
    ):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("min_comp=much", "min_comp: whole US dollars a year"),
        ("min_comp=1.5", "min_comp: whole US dollars a year"),
        ("min_comp=0", "min_comp: whole US dollars a year"),
        ("posted_within_days=x", "posted_within_days: whole days"),
        (f"q={'x' * 301}", "q: a text may have 300 characters at most"),
        ("format=xml", "format: no such parameter"),
        ("seniority=boss", "seniority: 'boss' is none of intern"),
        ("country=Germany", "country: "),
        ("skill=Nosuch", "skill: no skill is called 'Nosuch'"),
        ("posted_after=yesterday", "posted_after: "),
        ("sort=best", "sort: "),
        ("limit=0", "limit: "),
        ("limit=101", "limit: "),
        ("limit=x", "limit: "),
        ("cursor=x", "cursor: "),
        ("senority=senior", "senority: no such parameter; did you mean seniority?"),
        ("colour=red", "colour: no such parameter"),
        ("q=%00", "q: "),
    ],
)
def test_what_is_wrong_answers_400_with_a_hint(api, jobs, query, message):
    answer = api.get(f"/api/v1/jobs?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid")
    assert error["message"].startswith(message)
    assert error["hint"]


@pytest.mark.parametrize("name", [*sorted(JobFilter.base_filters), "limit", "cursor"])
def test_junk_answers_200_or_400(api, jobs, name):
    for junk in (*JUNK[:5], *JUNK[5::6]):
        answer = api.get("/api/v1/jobs", {name: junk})
        assert answer.status_code in (200, 400), (name, junk)
        assert answer["X-Request-Id"] == answer.json()["request_id"]


def test_suggestions_are_open_to_everybody(jobs):
    body = Client().get("/api/v1/skills/suggest?q=sales").json()
    assert body["items"] == [
        {"id": Skill.objects.get().pk, "name": "Salesforce", "kind": "tool", "category": "crm", "matched": "Salesforce"}
    ]
    for query in ("q=" + "x" * 101, "limit=0", "limit=51", "q=%00", "format=xml"):
        assert Client().get(f"/api/v1/skills/suggest?{query}").status_code == 400
    answer = Client().get("/api/v1/skills/suggest?limits=3")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "limits: no such parameter; did you mean limit?")


def test_reading_needs_a_token_or_a_session(jobs):
    answer = Client().get("/api/v1/jobs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert "manage.py token create" in answer.json()["error"]["hint"]
    assert answer["WWW-Authenticate"] == "Token"
    wrong = Client(headers={"Authorization": "Token nonsense"}).get("/api/v1/jobs")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "authentication_failed")
    session = Client()
    session.force_login(User.objects.create_user("visitor"))
    assert session.get("/api/v1/jobs").status_code == 200


def test_the_list_tells_how_it_was_found(api, jobs, monkeypatch):
    assert not {"ranked_among", "resembling"} & set(api.get("/api/v1/jobs?q=restaurants").json())
    assert api.get("/api/v1/jobs?q=Acount").json()["resembling"] is True
    monkeypatch.setattr("catalog.search.postgres.backend.RANKED", 2)
    assert api.get("/api/v1/jobs?q=restaurants").json()["ranked_among"] == 2


@pytest.mark.parametrize("ranked", [6, 7])
def test_that_not_all_were_ranked_is_said_only_where_so_many_match(api, jobs, monkeypatch, ranked):
    """A page of titles alone does not look whether there are as many matches as are expected."""
    monkeypatch.setattr("catalog.search.postgres.backend.RANKED", ranked)
    monkeypatch.setattr("catalog.search.postgres.newest.expected_matches", lambda jobs: 1_000)
    monkeypatch.setattr("catalog.search.postgres.newest.listing_dates", lambda: Dates([NOW - timedelta(days=9), NOW], 2_000))
    monkeypatch.setattr("catalog.pages.job_pages.PAGE_SIZE", 3)
    body = api.get("/api/v1/jobs?q=executive&limit=3").json()
    assert (body["count"], len(body["items"]), body.get("ranked_among")) == (7, 3, 6 if ranked < 7 else None)
    assert ("Best first" in api.get("/?q=executive").content.decode()) == (ranked < 7)
