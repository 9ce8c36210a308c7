"""Signals over the API: what their page shows, by the same names."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.api.signals import EXAMPLE, CompanySignalSerializer
from catalog.tests.pages.test_signal_pages import headlines, signals, skills  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(signals):  # noqa: F811
    return Client(headers={"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('reader')).key}"})


@pytest.mark.parametrize("query", ["", "reason=hiring_again", "skill=Salesforce", "company_name=acme&function_not=data", "within_days=1"])
def test_it_lists_what_the_page_lists(api, query):
    body = api.get(f"/api/v1/signals?{query}").json()
    assert [item["headline"] for item in body["items"]] == headlines(Client().get(f"/signals?{query}").content.decode())
    assert body["count"] == len(body["items"])


def test_an_item_has_its_company_its_job_and_its_words(api):
    (item,) = api.get("/api/v1/signals?skill=Salesforce").json()["items"]
    assert item.keys() == EXAMPLE.keys() == CompanySignalSerializer().fields.keys()
    assert (item["company_name"], item["skill"], item["start"], item["is_over"]) == ("Acme", "Salesforce", "certain", False)
    assert item["quote"].startswith("We sell software")
    (again,) = api.get("/api/v1/signals?reason=hiring_again").json()["items"]
    assert (again["quote"], again["figures"]) == ("Account Executive", {"days": 40})


def test_signals_come_in_pages(api):
    seen, address = [], "/api/v1/signals?limit=1"
    while address:
        body = api.get(address).json()
        seen += [item["id"] for item in body["items"]]
        assert (body["count"], body["count_is_exact"]) == (4, True)
        address = body["next"]
    assert len(set(seen)) == len(seen) == 4


def test_who_has_the_answer_already_is_told_so(api):
    etag = api.get("/api/v1/signals")["ETag"]
    assert api.get("/api/v1/signals", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "query", ["reason=perhaps", "colour=red", "cursor=x", "within_days=0", "skill=Nosuch", "country=Germany", "limit=0"]
)
def test_what_is_wrong_answers_400(api, query):
    answer = api.get(f"/api/v1/signals?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]


def test_queries_do_not_grow_with_the_signals(api, django_assert_num_queries):
    api.get("/api/v1/signals")
    with django_assert_num_queries(5):
        api.get("/api/v1/signals?limit=3")
    with django_assert_num_queries(5):
        api.get("/api/v1/signals")
