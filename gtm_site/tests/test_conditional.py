"""Answers that a client has already cost it a few bytes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.models import Job
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    jobs_publish(facts=[job_facts(1)])
    token = Token.objects.create(user=User.objects.create_user("reader"))
    client = Client(headers={"Authorization": f"Token {token.key}"})

    def get(path, etag=None):
        return client.get(path, headers={"If-None-Match": etag} if etag else {})

    return get


def paths():
    return "/api/v1/jobs?q=restaurants", f"/api/v1/jobs/{Job.objects.get().pk}"


def test_the_same_answer_is_not_sent_twice(api):
    for path in paths():
        first = api(path)
        assert first["ETag"] == api(path)["ETag"] != ""
        for named in (first["ETag"], f'"other", {first["ETag"]}', first["ETag"].removeprefix("W/"), "*"):
            again = api(path, named)
            assert (again.status_code, again.content) == (304, b"")
            assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], first["Cache-Control"])
            assert again["X-Request-Id"]


def test_another_answer_is(api):
    etags = [api(path)["ETag"] for path in paths()]
    jobs_publish(facts=[job_facts(1, extraction_id=2, job_summary="Sells more software to restaurants.")])
    for path, etag in zip(paths(), etags, strict=True):
        assert api(path, etag).status_code == 200
        assert api(path, "nonsense").status_code == 200


def test_errors_have_no_etag(api):
    answer = api("/api/v1/jobs/999999", "*")
    assert (answer.status_code, "ETag" in answer) == (404, False)


def test_shared_caches_keep_nothing(api):
    assert all(api(path)["Cache-Control"] == "private, no-cache" for path in paths())
