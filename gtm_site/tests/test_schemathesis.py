"""Whatever is asked, the API answers as its OpenAPI document says: generated requests, well-formed and not, to every endpoint."""

from __future__ import annotations

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from rest_framework.authtoken.models import Token
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalog.models import Job, Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention
from gtm_site.api.throttles import TokenThrottle
from ingestion.models import RawPosting
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 30
FEW = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def document():
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = get_wsgi_application()
    return schema


def operations():
    return [found.ok() for found in document().get_all_operations()]


OPERATIONS = {operation.label: operation for operation in operations()}


@pytest.fixture
def headers(db, monkeypatch):
    """Of a staff user whom nothing throttles; requests stay on the test's connection."""
    monkeypatch.setattr(TokenThrottle, "rate", "1000000/min", raising=False)
    cache.clear()
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield {"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('boss', is_staff=True)).key}"}
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def rows(db):
    """An extracted and a fetched posting."""
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    store_body(make_source(company_name="Acme"), greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    jobs_publish(facts=[job_facts(RawPosting.objects.order_by("id")[0].pk, skills=(mention("Salesforce"),))])


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_generated_requests(label, mode, headers, rows):
    @FEW
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def ask(case):
        case.validate_response(case.call(headers=headers), checks=CHECKS, headers=headers)

    ask()


def test_what_exists_answers_as_documented(headers, rows):
    job = Job.objects.get()
    waiting = RawPosting.objects.exclude(pk=job.posting_id).get()
    for path, parameters in {
        "/api/v1/jobs/{job_id}": [{"job_id": job.pk}],
        "/api/v1/companies": [{}],
        "/api/v1/companies/{company_id}": [{"company_id": job.company_id}],
        "/api/v1/skills": [{}],
        "/api/v1/skills/{skill_id}": [{"skill_id": job.skill_ids[0]}],
        "/api/v1/job_postings/{posting_id}": [{"posting_id": job.posting_id}, {"posting_id": waiting.pk}],
        "/api/v1/job_postings/{posting_id}/skills": [{"posting_id": job.posting_id}],
    }.items():
        for values in parameters:
            case = OPERATIONS[f"GET {path}"].Case(path_parameters=values)
            answer = case.call(headers=headers)
            assert answer.status_code == 200
            case.validate_response(answer, checks=CHECKS, headers=headers)


@pytest.mark.parametrize("label", [label for label in OPERATIONS if label.startswith("GET ")])
@pytest.mark.parametrize("wrong", [{"Authorization": "Token nobody"}, {"Accept": "text/csv"}], ids=["token", "accept"])
def test_what_is_refused_before_it_is_read_answers_as_documented(label, wrong, headers):
    operation = OPERATIONS[label]
    case = operation.Case(path_parameters={parameter.name: 1 for parameter in operation.path_parameters}, headers=headers | wrong)
    answer = case.call()
    assert answer.status_code != 400
    case.validate_response(answer, checks=CHECKS)


def test_every_endpoint_is_asked():
    assert {"GET /api/v1/jobs", "GET /api/v1/job_postings", "POST /api/v1/run/all", "GET /api/v1/jobs/export"} <= OPERATIONS.keys()
