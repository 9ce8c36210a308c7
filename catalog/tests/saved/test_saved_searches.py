"""Saved searches: what is kept, what is new, and whose they are; on the pages and over the API."""

import json
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from catalog.api.serializers import SavedSearchDetailSerializer
from catalog.errors import SavedSearchError
from catalog.formats import iso_utc
from catalog.models import Job, SavedSearch, Skill
from catalog.saved import saved_searches
from catalog.saved.saved_state import saved_state
from catalog.services import (
    jobs_publish,
    saved_search_create,
    saved_search_look,
    saved_search_rename,
    saved_search_renew_feed,
    skill_register_name,
)
from catalog.tests.beside import uncommitted
from catalog.tests.factories import NOW, job_facts, mention

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return User.objects.create_user("ann")


@pytest.fixture
def page(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def api(user):
    return Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})


@pytest.fixture(autouse=True)
def _snowflake():
    skill_register_name(skill=Skill.objects.create(name="Snowflake", kind="tool", category="data"))


def published(posting_id, *, company="acme", skills=("Snowflake",), **changes):
    """Into the catalogue now, seen long before."""
    seen = timezone.now() - timedelta(days=3)
    facts = job_facts(
        posting_id, source_key=company, company_name=company, company_domain=None, first_seen_at=seen, posted_at=seen, **changes
    )
    jobs_publish(facts=[replace(facts, skills=tuple(mention(name) for name in skills))])


def kept(user, query="skill=snowflake", subject="jobs", name="Mine", minutes_ago=5):
    made = saved_search_create(user=user, name=name, subject=subject, query=QueryDict(query))
    saved_search_look(search=made, at=timezone.now() - timedelta(minutes=minutes_ago))
    return made


def test_a_search_is_kept_in_its_canonical_form(user):
    made = kept(user, "remote=hybrid&skill=SNOWFLAKE&q=&state=open&function=sales,revops")
    assert QueryDict(made.query).dict() == {"skill": "Snowflake", "function": "revops", "remote": "hybrid"}
    assert QueryDict(made.query).getlist("function") == ["sales", "revops"]


@pytest.mark.parametrize(
    ("subject", "query", "field"),
    [
        ("jobs", "min_comp=lots", "query"),
        ("jobs", "nonsense=1", "query"),
        ("jobs", "started_within_days=30", "query"),
        ("skills", "", "subject"),
    ],
)
def test_what_no_page_understands_is_not_kept(user, subject, query, field):
    with pytest.raises(SavedSearchError) as caught:
        saved_search_create(user=user, name="x", subject=subject, query=QueryDict(query))
    assert caught.value.field == field


def test_names_are_a_users_own(user):
    made, other = kept(user), kept(user, name="Other")
    assert kept(User.objects.create_user("bob")).name == made.name
    for name in ("Mine", "  ", "\0"):
        with pytest.raises(SavedSearchError):
            saved_search_rename(search=other, name=name)
    saved_search_rename(search=other, name=" Data \n teams ")
    assert SavedSearch.objects.get(pk=other.pk).name == "Data teams"


def test_there_is_an_end_of_searches(user, monkeypatch):
    monkeypatch.setattr(saved_searches, "MAX_SAVED", 1)
    kept(user)
    with pytest.raises(SavedSearchError, match="delete one"):
        kept(user, name="Second")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_pass_the_end(user, monkeypatch):
    monkeypatch.setattr(saved_searches, "MAX_SAVED", 1)

    @transaction.atomic
    def second_without_waiting():
        run_sql("SET LOCAL lock_timeout = '50ms'")
        kept(user, name="Second")

    with uncommitted(lambda: kept(user)), pytest.raises(OperationalError, match="lock timeout"):
        second_without_waiting()
    with pytest.raises(SavedSearchError, match="delete one"):
        kept(user, name="Second")


def test_what_is_wrong_with_a_search_is_not_blamed_on_its_name(user, monkeypatch):
    monkeypatch.setattr(saved_searches, "settled_until", lambda: None)
    with pytest.raises(IntegrityError, match="looked_at"):
        kept(user)


def test_new_is_what_was_published_since_the_last_look_whenever_it_was_seen(user):
    made = kept(user)
    published(1)
    saved_search_look(search=made, at=saved_state(made).until)
    published(1, extraction_id=2)
    published(2)
    published(3, skills=())
    state = saved_state(made)
    assert (state.new.value, state.new.is_exact) == (1, True)
    assert state.parts == [("Skill", "Snowflake")]
    saved_search_look(search=made, at=state.until)
    assert saved_state(made).new.value == 0


def test_a_new_name_brings_no_revoked_address_back(user):
    made = kept(user)
    saved_search_renew_feed(search=made)
    renewed = SavedSearch.objects.get()
    saved_search_renew_feed(search=renewed)
    saved_search_rename(search=made, name="Renamed")
    assert SavedSearch.objects.values_list("name", "feed_token").get() == ("Renamed", renewed.feed_token)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_commits_after_the_look_is_new_though_it_was_written_before(user):
    made = saved_search_create(user=user, name="Late", subject="jobs", query=QueryDict(""))
    with uncommitted(lambda: published(1, skills=())):
        state = saved_state(made)
        assert state.new.value == 0
        saved_search_look(search=made, at=state.until)
    assert saved_state(made).new.value == 1


def test_what_came_before_publication_was_written_down_is_new_to_who_looked_before(user):
    fill = import_module("catalog.migrations.0010_published_since_a_look").FILL
    for n in (1, 2, 3):
        published(n)
    jobs = Job.objects.order_by("posting_id")
    jobs.update(published_at=None)
    run_sql(fill)
    assert not jobs.filter(published_at__isnull=False).exists(), "nobody has looked"

    made = kept(user)
    SavedSearch.objects.update(looked_at=NOW)
    made.refresh_from_db()
    for job, minutes in zip(jobs, (-1, 0, 1), strict=True):
        Job.objects.filter(pk=job.pk).update(first_seen_at=NOW + timedelta(minutes=minutes))
    noted = NOW + timedelta(hours=1)
    jobs.filter(posting_id=3).update(published_at=noted)
    before = list(jobs.values_list("updated_at", flat=True))
    run_sql(fill)
    assert list(jobs.values_list("published_at", flat=True)) == [None, NOW, noted]
    assert list(jobs.values_list("updated_at", flat=True)) == before
    assert saved_state(made).new.value == 2


def run_sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_search_for_companies_counts_companies(user):
    made = kept(user, subject="companies")
    published(1, company="acme")
    published(2, company="acme")
    published(3, company="zest")
    assert saved_state(made).new.value == 2


def test_a_filter_that_went_is_said_and_not_counted(user):
    made = kept(user, "skill=Snowflake&remote=hybrid")
    SavedSearch.objects.update(query="skill=Rainflake&telepathy=1&remote=hybrid")
    made.refresh_from_db()
    state = saved_state(made)
    assert (state.new, list(state.parts), len(state.problems)) == (None, [], 2)


def test_pages_are_for_people_who_are_logged_in(client):
    for path in ("/saved", "/saved/new?subject=jobs", "/saved/1"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login")
    assert client.get("/login?next=/saved").status_code == 200


def test_save_see_open_rename_delete(page, user):
    listed = page.get("/?skill=Snowflake&utm_source=mail").content.decode()
    assert 'href="/saved/new?subject=jobs&amp;skill=Snowflake"' in listed
    assert 'value="Snowflake"' in page.get("/saved/new?subject=jobs&skill=Snowflake").content.decode()
    without = page.get("/saved/new?subject=jobs&location=UK&min_comp=90000&skill_not=Snowflake").content.decode()
    assert 'value="UK, pays at least $90,000 per year, without Snowflake"' in without
    assert page.post("/saved/new?subject=jobs&skill=Snowflake", {"name": "Flakes"})["Location"] == "/saved"

    made = SavedSearch.objects.get()
    published(1)
    shown = page.get("/saved")
    assert "1 new" in shown.content.decode()
    assert '/jobs.csv?skill=Snowflake"' in shown.content.decode()
    assert page.get(f"/saved/{made.pk}")["Location"] == "/?skill=Snowflake"
    assert "1 new" in page.get("/saved").content.decode(), "an address that is only asked for changes nothing"

    published(2)
    news = page.post(f"/saved/{made.pk}", {"until": shown.context["rows"][0].until.isoformat()})["Location"]
    assert QueryDict(news.partition("?")[2]).dict() == {"skill": "Snowflake", "published_after": iso_utc(made.looked_at)}
    assert "New since" in page.get(news).content.decode()
    assert "1 new" in page.get("/saved").content.decode(), "job 2 came after what was shown"
    page.post(f"/saved/{made.pk}", {"until": "2020-01-01T00:00:00Z"})
    assert "1 new" in page.get("/saved").content.decode(), "a page that stood open for long forgets nothing that was looked at"
    for told in ("", "2100-01-01", "x\0"):
        page.post(f"/saved/{made.pk}", {"until": told})
        made.refresh_from_db()
        assert made.looked_at < timezone.now()
    assert "Nothing new" in page.get("/saved").content.decode()

    page.post(f"/saved/{made.pk}/rename", {"name": "Renamed"})
    assert "Renamed" in page.get("/saved").content.decode()
    page.post(f"/saved/{made.pk}/delete")
    assert "Nothing saved yet" in page.get("/saved").content.decode()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("location=UK&sentence=data+people+in+the+UK", "data people in the UK"),
        ("country=GB&sentence=data%00+people", "data people"),
        (f"q={'quarterly+' * 8}revenue", f"{'quarterly ' * 7}quarterly…"),
        (f"q={'x' * 100}", f"{'x' * 79}…"),
    ],
    ids=["sentence", "no character", "words", "word"],
)
def test_the_name_to_begin_with_is_the_sentence_or_ends_with_a_word(page, query, name):
    assert f'value="{name}"' in page.get(f"/saved/new?subject=jobs&{query}").content.decode()


def test_the_sentence_goes_along_to_where_a_search_is_saved(page):
    shown = page.get("/?function=data&sentence=data+people").content.decode()
    assert 'href="/saved/new?subject=jobs&amp;function=data&amp;sentence=data+people"' in shown
    assert page.post("/saved/new?subject=jobs&function=data&sentence=data+people", {"name": "Data"})["Location"] == "/saved"


def test_a_name_that_is_taken_is_asked_for_again(page, user):
    kept(user)
    answer = page.post("/saved/new?subject=jobs", {"name": "Mine"})
    assert answer.status_code == 400
    assert "called “Mine” already" in answer.content.decode()


@pytest.mark.parametrize("query", ["subject=jobs&min_comp=x", "subject=none", "subject=jobs&%00=1", "q=%00"])
def test_a_search_that_is_not_understood_is_refused_in_words(page, query):
    answer = page.get(f"/saved/new?{query}")
    assert answer.status_code == 400
    assert "cannot be saved" in answer.content.decode()


def test_nobody_reaches_another_users_searches(page, api):
    other = kept(User.objects.create_user("bob"))
    assert page.get("/saved").content.decode().count("saved__one") == 0
    assert page.get(f"/saved/{other.pk}").status_code == 404
    assert page.post(f"/saved/{other.pk}/delete").status_code == 404
    assert api.get(f"/api/v1/saved_searches/{other.pk}").status_code == 404
    assert api.delete(f"/api/v1/saved_searches/{other.pk}").status_code == 404
    assert SavedSearch.objects.filter(pk=other.pk).exists()


def test_the_saved_page_says_what_is_no_longer_understood(page, user):
    kept(user)
    SavedSearch.objects.update(query="telepathy=1")
    shown = page.get("/saved").content.decode()
    assert "There is no filter “telepathy”." in shown
    assert "/jobs.csv" not in shown


def send(api, method, path, body):
    return getattr(api, method)(path, json.dumps(body), content_type="application/json")


def test_the_api_keeps_lists_changes_and_deletes(api):
    answer = send(api, "post", "/api/v1/saved_searches", {"name": "Flakes", "query": "skill=snowflake"})
    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == SavedSearchDetailSerializer().fields.keys()
    assert (body["query"], body["subject"], body["new_count"], body["url"]) == (
        "skill=Snowflake",
        "jobs",
        0,
        "http://testserver/?skill=Snowflake",
    )

    published(1)
    path = f"/api/v1/saved_searches/{body['id']}"
    changed = send(api, "patch", path, {"name": "Renamed", "looked_at": "2026-01-01T00:00:00.9Z"}).json()
    assert (changed["name"], changed["looked_at"], changed["new_count"]) == ("Renamed", "2026-01-01T00:00:00.900000Z", 1)
    assert send(api, "patch", path, {"looked_at": changed["new_until"]}).json()["new_count"] == 0
    listed = api.get("/api/v1/saved_searches?limit=1").json()
    assert (listed["items"][0]["id"], listed["count"], listed["next"]) == (body["id"], 1, None)
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "query": ""},
        {"name": "x", "query": "min_comp=x"},
        {"name": "x", "query": "skill=Rainflake"},
        {"name": "x", "query": "", "subject": "skills"},
        {"name": "x", "query": "", "more": 1},
        {"name": "x"},
    ],
)
def test_the_api_says_what_cannot_be_kept(api, body):
    answer = send(api, "post", "/api/v1/saved_searches", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]


def test_the_api_needs_to_know_who_asks():
    assert Client().get("/api/v1/saved_searches").status_code == 401
