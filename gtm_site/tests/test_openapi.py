"""The OpenAPI document and its page speak of what is served."""

from __future__ import annotations

import html

import pytest
from django.conf import settings
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from catalog.filters import JobFilter
from gtm_site.api.docs import endpoints, marked_code
from gtm_site.api.schema_hooks import HEADERS


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_document_is_valid_and_made_without_guesses(schema):
    validate_schema(schema)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_every_filter_is_documented(schema):
    parameters = {p["name"]: p for p in schema["paths"]["/api/v1/jobs"]["get"]["parameters"]}
    assert parameters.keys() == {*JobFilter.base_filters, "limit", "cursor", "since", "If-None-Match"}
    assert all(p.get("description") for p in parameters.values())
    assert parameters["min_comp"]["schema"]["type"] == "integer"
    assert parameters["seniority"]["schema"]["type"] == "array"
    assert "staff" in parameters["seniority"]["schema"]["items"]["enum"]


def test_every_answer_has_an_example(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                shown = [body for kind, body in response.get("content", {}).items() if kind == "application/json"]
                assert all(body.get("examples") for body in shown), (method, path, status)


@pytest.mark.parametrize(
    ("path", "shape"), [("/api/v1/jobs", "/api/v1/jobs"), ("/api/v1/skills/suggest?limit=0", "/api/v1/skills/suggest")]
)
def test_errors_are_told_as_they_are_answered(schema, db, path, shape):
    answer = Client().get(path)
    documented = schema["paths"][shape]["get"]["responses"][str(answer.status_code)]["content"]["application/json"]
    (example,) = documented["examples"].values()
    told, answered = example["value"]["error"], answer.json()["error"]
    assert (told["code"], told["hint"]) == (answered["code"], answered["hint"])


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("jobs_export", "200 400 401 429 501 503"),
        ("skills_suggest", "200 400 401 406 429"),
        ("saved_searches_update", "200 400 401 404 406 415 429"),
        ("saved_searches_delete", "204 401 404 406 429"),
        ("runs_pause", "200 400 401 403 404 406 409 415 429"),
    ],
)
def test_errors_follow_from_what_an_endpoint_is(schema, operation, statuses):
    (found,) = (o for o in operations(schema) if o["operationId"] == operation)
    assert " ".join(found["responses"]) == statuses


def test_lists_promise_what_they_tell_and_no_more(schema):
    every = {"request_id", "items", "count", "count_is_exact", "next"}
    told = {
        path: listed["properties"].keys() - every
        for path, methods in schema["paths"].items()
        if (listed := _listed(schema, methods.get("get", {})))
    }
    of_search = {"ranked_among", "ranked_first", "as_of", "resembling", "partial"}
    more = {"/api/v1/jobs": of_search, "/api/v1/companies": {"unknown"}}
    assert told["/api/v1/skills"] == set()
    assert {path: told[path] for path in more} == more


def _listed(schema, operation):
    """The component of a page of a list; nothing for other answers."""
    body = operation.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
    name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name.startswith("Paginated") else None


def test_the_page_shows_every_endpoint(client, db):
    page = client.get("/api/docs").content.decode()
    assert {f"{e.method} {e.path}" for e in endpoints()} >= {"GET /api/v1/jobs", "GET /api/v1/jobs/{job_id}", "GET /api/v1/skills/suggest"}
    for endpoint in endpoints():
        assert f"{endpoint.method} {endpoint.path}" in page
    assert "seniority" in page


def test_the_page_shows_how_to_ask_and_what_comes(client, db):
    page = client.get("/api/docs").content.decode()
    assert 'curl -H "Authorization: Token $TOKEN" "http://testserver/api/v1/companies?' in page
    assert "&quot;evidence_title&quot;: &quot;Data Engineer&quot;" in page
    assert "<p>Jobs that match the filters, in pages; or with <code>since</code>" in page
    assert "`" not in page


def test_filters_stand_there_once(client, db):
    page = client.get("/api/docs").content.decode()
    assert page.count("<code>max_comp</code>") == 1
    companies = next(e for e in endpoints() if e.path == "/api/v1/companies")
    assert {row.name for row in companies.parameters} == {"min_open_jobs", "sort", "started_as", "started_within_days", "uses"}
    assert 'those of <a href="#get-api-v1-jobs">' in page
    assert set(companies.not_shared) == {"If-None-Match", "since"}


def test_the_page_tells_limits_lists_bodies_codes_and_the_rate(client, db):
    page = client.get("/api/docs").content.decode()
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    shown = ("integer from 1 to 100, 25 unless given", "seniority=vp,cxo", f"{rates['token']} with a token", "<code>took_too_long</code>")
    for text in shown:
        assert text in page
    made = next(e for e in endpoints() if (e.method, e.path) == ("POST", "/api/v1/saved_searches"))
    assert [(row.name, row.type) for row in made.body][:1] == [("name", "string, needed")]
    assert made.body_example in html.unescape(page)


def operations(schema):
    return [operation for methods in schema["paths"].values() for operation in methods.values()]


def test_every_answer_that_was_counted_tells_what_is_left(schema):
    assert schema["components"]["headers"].keys() == set(HEADERS)
    answers = schema["paths"]["/api/v1/jobs"]["get"]["responses"]
    assert answers["200"]["headers"].keys() == set(HEADERS)
    before = [a for o in operations(schema) for status, a in o["responses"].items() if status in ("401", "403", "406")]
    assert before
    assert not [answer for answer in before if "headers" in answer]


def test_code_is_marked_and_escaped():
    assert marked_code("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"


def test_the_document_is_served_to_everybody(db):
    answer = Client().get("/api/v1/openapi", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert "/api/v1/jobs" in answer.json()["paths"]
