"""The founding endpoints over postings: from an address that nobody has read to a job of the catalogue."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from catalog.models import Job, Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention
from catalog.tests.test_filters import JUNK
from extraction.models import CurrentExtraction, Extraction
from gtm_site.api.postings.filters import OF_EVERY_STATUS
from gtm_site.api.postings.serializers import JobPostingDetailSerializer, JobPostingSerializer
from ingestion.models import FrontierUrl, RawPosting
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
LIST = ["request_id", "items", "count", "count_is_exact", "next"]


@pytest.fixture
def api():
    token = Token.objects.create(user=User.objects.create_user("reader"))
    client = Client(headers={"Authorization": f"Token {token.key}"})

    def get(path, expected=200, /, **query):
        answer = client.get(f"/api/v1/{path}", query)
        body = answer.json()
        assert (answer.status_code, body["request_id"]) == (expected, answer["X-Request-Id"]), body
        return body

    get.client = client
    return get


@pytest.fixture
def postings():
    """Three postings as received: the first is extracted, the others wait."""
    places = ("Brooklyn", "New York, NY", "Yorkville")
    jobs = [greenhouse_job(n, location={"name": place}) for n, place in enumerate(places, 1)]
    store_body(make_source(company_name="Acme"), greenhouse_body(*jobs))
    rows = list(RawPosting.objects.order_by("id"))
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(rows[0].pk, skills=(mention("Salesforce"),))])
    return rows


@pytest.fixture
def address():
    unread = make_source("globex", company_name="")
    values = {"url": "https://x.example/globex/jobs/77", "source": unread, "source_job_id": "77"}
    return FrontierUrl.objects.create(url_hash=uuid.UUID(int=77), **values)


def ids(body):
    return [item["id"] for item in body["items"]]


def test_every_status_answers_in_one_shape(api, postings, address):
    extracted, *waiting = [row.pk for row in postings]
    for status, wanted in {"extracted": [extracted], "fetched": waiting[::-1], "discovered": [str(address.pk)]}.items():
        body = api("job_postings", status=status)
        assert (list(body), ids(body)) == (LIST, wanted)
        assert (body["count"], body["count_is_exact"], body["next"]) == (len(wanted), True, None)
        for item in body["items"]:
            assert item.keys() == JobPostingSerializer().fields.keys()
            assert item["status"] == status
            detail = api(f"job_postings/{item['id']}")
            assert detail.keys() == JobPostingDetailSerializer().fields.keys()
            assert {name: detail[name] for name in item} == item
    assert api("job_postings")["items"] == api("job_postings", status="extracted")["items"]


def test_job_filters_apply_to_what_is_extracted(api, postings):
    job = Job.objects.get()
    assert api("job_postings")["items"][0]["job_id"] == job.pk
    matching = {"location": "NYC", "min_comp": 140_000, "seniority": "mid", "skill": "Salesforce", "company_name": "acm", "limit": 5}
    assert ids(api("job_postings", status="extracted", **matching)) == [postings[0].pk]
    for other in ({"location": "Paris"}, {"min_comp": 140_001}, {"seniority": "senior"}, {"company_name": "globex"}):
        assert ids(api("job_postings", **other)) == []


def test_before_extraction_company_and_place_can_be_asked_for(api, postings, address):
    assert ids(api("job_postings", status="fetched", location="NYC")) == [postings[1].pk]
    assert ids(api("job_postings", status="fetched", location="york")) == [postings[1].pk]
    assert ids(api("job_postings", status="fetched", location=".*")) == []
    assert ids(api("job_postings", status="fetched", company_name="globex")) == []
    assert len(ids(api("job_postings", status="fetched", company_name="acm", limit=1))) == 1
    assert ids(api("job_postings", status="discovered", company_name="GLOB")) == [str(address.pk)]
    assert ids(api("job_postings", status="discovered", location="NYC")) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Munich", {1, 2, 3}),
        ("München", {1, 2, 3}),
        ("Muenchen", {1, 2, 3}),
        ("Zurich", {4}),
        ("Krakow", {5}),
        ("Cracow", {5}),
        ("Kraków", {5}),
    ],
)
def test_before_extraction_a_town_is_found_by_each_of_its_names(api, typed, found):
    towns = ["München", "Munich, Germany", "Munchen", "ZÜRICH", "Kraków"]
    store_body(make_source(), greenhouse_body(*(greenhouse_job(n, location={"name": town}) for n, town in enumerate(towns, 1))))
    numbers = {row.pk: int(row.source_job_id) for row in RawPosting.objects.all()}
    assert {numbers[pk] for pk in ids(api("job_postings", status="fetched", location=typed))} == found


@pytest.mark.parametrize("status", ["fetched", "discovered"])
@pytest.mark.parametrize("name", ["min_comp", "seniority", "skill", "q", "sort", "state"])
def test_any_other_filter_answers_400_with_a_hint(api, status, name):
    error = api("job_postings", 400, status=status, **{name: "1"})["error"]
    assert error["message"].startswith(f"{name}: not known of {status} postings")
    assert "status=extracted" in error["hint"]


@pytest.mark.parametrize("query", [{"status": "lost"}, {"stat": "x"}, {"status": "fetched", "company_name": "\0"}, {"limit": 0}])
def test_nonsense_answers_400(api, query):
    assert api("job_postings", 400, **query)["error"]["code"] == "invalid"


@pytest.mark.parametrize("status", ["extracted", "fetched", "discovered"])
def test_junk_answers_200_or_400(api, postings, address, status):
    for name in (*OF_EVERY_STATUS[1:], "skill", "min_comp", "since"):
        for junk in JUNK[::3]:
            answer = api.client.get("/api/v1/job_postings", {"status": status, name: junk})
            assert answer.status_code in (200, 400), (name, junk)


def test_pages_of_what_waits_give_every_row_once(api, postings):
    first = api("job_postings", status="fetched", limit=1)
    second = api(first["next"].partition("/api/v1/")[2])
    assert (ids(first) + ids(second), second["next"]) == ([postings[2].pk, postings[1].pk], None)


def test_an_address_answers_as_its_posting_once_that_is_read(api, postings, address):
    FrontierUrl.objects.update(source=postings[0].source, source_job_id="1", seen_at=timezone.now() - timedelta(days=900))
    assert api(f"job_postings/{address.pk}")["id"] == postings[0].pk
    assert api(f"job_postings/{address.pk}/skills")["count"] == 1
    assert api("job_postings", status="discovered")["items"] == []


def test_skills_of_a_posting(api, postings, address):
    body = api(f"job_postings/{postings[0].pk}/skills")
    assert (list(body), body["count"], body["items"][0]["skill"]) == (LIST, 1, "Salesforce")
    for waiting in (postings[1].pk, address.pk):
        assert api(f"job_postings/{waiting}/skills")["items"] == []
    for absent in (999_999, uuid.UUID(int=1)):
        assert api(f"job_postings/{absent}/skills", 404)["error"]["hint"]
        assert api(f"job_postings/{absent}", 404)["error"]["code"] == "not_found"


def test_the_extraction_that_stands(api, postings):
    posting = postings[0]
    row = {"posting_id": posting.pk, "content_hash": posting.content_hash, "schema_version": "job_extracted_v1", "provider": "rules"}
    made = Extraction.objects.create(
        **row, prompt_version="1", tier=0, record={"role_title": "Seller"}, confidence=0.8, needs_tier2=False, cost_usd="0.012"
    )
    CurrentExtraction.objects.create(
        posting_id=posting.pk, extraction=made, content_hash=posting.content_hash, tier=0, published_at=timezone.now()
    )
    body = api(f"extractions/{posting.pk}")
    assert (body["id"], body["record"], body["cost_usd"], body["is_current"]) == (made.pk, {"role_title": "Seller"}, 0.012, True)
    assert "not extracted yet" in api(f"extractions/{postings[1].pk}", 404)["error"]["message"]
    assert "no job posting" in api("extractions/999999", 404)["error"]["message"]
    assert api(f"extractions/{posting.pk}", 400, tier="1")["error"]["message"].startswith("tier: ")


def test_lists_need_few_queries_whatever_their_length(api, postings, address, django_assert_max_num_queries):
    api("job_postings")
    for status in ("extracted", "fetched", "discovered"):
        with django_assert_max_num_queries(6):
            api("job_postings", status=status)
