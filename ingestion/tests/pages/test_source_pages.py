from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.models import OutboundRequest, Run, Sighting, Source
from ingestion.pages.source_pages import PAGE_SIZE
from ingestion.services import Finding, findings_store, run_create
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("ops", password="x", is_staff=True))
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def names(answer: Any) -> list[str]:
    return [str(row.source) for row in answer.context["rows"]]


def test_without_a_source_the_page_teaches(client: Client):
    page = text(client.get("/sources"))
    assert "No board is known yet" in page
    assert "ingest discover --site acme.com" in page


def test_every_row_says_state_reason_and_next_check(client: Client):
    make_source("acme", state="gone", state_reason="there is no such board")
    make_source("acme-demo", mark="demo")
    page = text(client.get("/sources"))
    assert "there is no such board" in page
    assert "found, not asked yet" in page
    assert '<span class="tag tag--warn">demo</span>' in page


def test_states_types_and_words_narrow_the_list(client: Client):
    make_source("acme", state="valid", company_name="Harbour Lane", open_postings=5)
    make_source("beta", "lever", state="valid")
    make_source("gamma", state="blocked")
    assert names(client.get("/sources?state=valid")) == ["greenhouse/acme", "lever/beta"]
    assert names(client.get("/sources?state=valid&type=lever")) == ["lever/beta"]
    assert names(client.get("/sources?q=harbour")) == ["greenhouse/acme"]
    answer = client.get("/sources?q=nothing")
    assert "No source matches" in text(answer)
    assert names(client.get("/sources?state=nonsense&after=nonsense&type=nonsense")) == [
        "greenhouse/acme",
        "lever/beta",
        "greenhouse/gamma",
    ]
    links = {link["name"]: link["count"] for link in client.get("/sources?type=greenhouse").context["states"]}
    assert (links["all"], links["valid"], links["blocked"], links["gone"]) == (2, 1, 1, 0)


def test_pages_show_every_source_once(client: Client):
    Source.objects.bulk_create(
        Source(source_type="lever", source_key=f"key{number}", open_postings=number % 3) for number in range(2 * PAGE_SIZE + 7)
    )
    seen: list[str] = []
    href = "/sources"
    while href:
        answer = client.get(href)
        seen += names(answer)
        href = answer.context["next_href"]
    assert len(seen) == len(set(seen)) == 2 * PAGE_SIZE + 7


def test_the_list_costs_few_queries(client: Client, django_assert_max_num_queries: Any):
    Source.objects.bulk_create(Source(source_type="lever", source_key=f"key{number}") for number in range(60))
    with django_assert_max_num_queries(3):
        client.get("/sources")


def test_htmx_gets_the_list_alone(client: Client):
    assert "<html" not in text(client.get("/sources", headers={"HX-Request": "true"}))


def test_a_source_shows_where_it_was_found_what_it_was_asked_and_by_which_run(client: Client):
    findings_store(
        findings=[Finding("greenhouse", "acme", "", "https://boards.greenhouse.io/Acme/jobs/4000001", source_job_id="4000001")],
        method=Sighting.Method.CDX,
        crawl="CC-MAIN-2026-08",
    )
    source, run, now = Source.objects.get(), run_create(kind="fetch"), timezone.now()
    common = {"host": "h:443", "source": source, "run_id": run.pk, "purpose": "list", "url": "u", "worker": "w"}
    OutboundRequest.objects.create(**common, started_at=now, ended_at=now, status=404, error="gone: there is no such board")
    OutboundRequest.objects.create(**common, started_at=now - timedelta(minutes=1))
    answer = client.get("/sources/greenhouse/acme")
    page = text(answer)
    assert "CC-MAIN-2026-08" in page
    assert "https://boards.greenhouse.io/Acme/jobs/4000001" in page
    assert "gone: there is no such board" in page
    assert "lost with its worker" in page
    assert list(answer.context["runs"]) == [run]
    assert answer.context["unread"] == 1


@pytest.mark.parametrize("key", ["a b", "a+b", "été", "a.b&c", "o'neill"])
def test_keys_of_every_kind_have_a_page(client: Client, key: str):
    source = make_source(key, "lever")
    href = reverse("ingestion:source", args=[source.source_type, source.source_key])
    assert client.get(href).status_code == 200
    assert f'href="{href}"' in unescape(client.get("/sources").content.decode())


def test_an_unknown_source_is_404(client: Client):
    assert client.get("/sources/greenhouse/nobody").status_code == 404


def test_the_yield_of_crawls(client: Client):
    assert "Nothing was searched yet" in text(client.get("/sources/crawls"))
    findings_store(findings=[Finding("lever", "acme", "")], method=Sighting.Method.SITE, crawl="acme.com")
    page = text(client.get("/sources/crawls"))
    assert "acme.com" in page
    assert "company site" in page


def test_only_staff_adds(client: Client):
    assert 'name="address"' not in text(client.get("/sources"))
    assert client.post("/sources/add", {"address": "https://jobs.lever.co/acme"}).status_code == 403
    assert client.get("/sources/add").status_code == 405
    assert not Source.objects.exists()


def test_adding_needs_the_csrf_token():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_user("ops", password="x", is_staff=True))
    assert strict.post("/sources/add", {"address": "https://jobs.lever.co/acme"}).status_code == 403


def test_a_known_address_is_a_source_at_once(staff: Client):
    answer = staff.post("/sources/add", {"address": " https://jobs.eu.lever.co/Acme/apply "}, follow=True)
    assert answer.redirect_chain[-1][0] == "/sources/lever/acme"
    assert "lever/acme is a source" in text(answer)
    assert Sighting.objects.get().method == "pasted"


def test_any_other_address_is_visited_by_a_run(staff: Client):
    answer = staff.post("/sources/add", {"address": "https://acme.com/careers"}, follow=True)
    run = Run.objects.get()
    assert answer.redirect_chain[-1][0] == f"/runs/{run.pk}"
    assert (run.kind, run.state, run.parameters) == ("discover", "queued", {"sites": ["https://acme.com/careers"], "queued": True})
    assert run.events.get().by == "ops"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "acme",
        "http://127.0.0.1/",
        "http://2130706433/jobs",
        "http://[::1]/",
        "ftp://acme.com/",
        "http://acme.com:8080/",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_visited_is_said_beside_the_field(staff: Client, address: str):
    answer = staff.post("/sources/add", {"address": address})
    assert answer.status_code == 400
    assert "is not visited" in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert not Run.objects.exists()
