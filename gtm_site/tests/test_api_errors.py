"""The shape of every answer that is not a success, the throttle, and the paths that nobody serves."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from redis import ConnectionError as RedisConnectionError
from rest_framework.authtoken.models import Token
from rest_framework.settings import api_settings

from gtm_site.api.throttles import AnonymousThrottle, TokenThrottle

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    token = Token.objects.create(user=User.objects.create_user("reader"))
    return Client(headers={"Authorization": f"Token {token.key}"}, raise_request_exception=False)


def assert_error(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert list(body) == ["request_id", "error"]
    assert answer["X-Request-Id"] == body["request_id"]
    assert answer["Content-Type"] == "application/json"
    assert set(body["error"]) == {"code", "message", "hint"}
    assert all(body["error"].values())


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "/api/v1/nope", "/api/v1/jobs/", "/api/nope", "/api/v2/jobs", "/api/v1/skills/suggest/", "/health/nope"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_unknown_paths(path, method):
    assert_error(getattr(Client(), method)(path), 404, "not_found")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/jobs/1", "/api/v1/skills/suggest", "/health"])
def test_methods_that_are_not_allowed(api, path, method):
    answer = getattr(api, method)(path, data="{cut", content_type="application/json")
    assert_error(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_not_acceptable(api):
    assert_error(api.get("/api/v1/jobs", headers={"accept": "text/csv"}), 406, "not_acceptable")


def test_a_host_that_is_not_ours(api):
    assert_error(api.get("/api/v1/jobs", headers={"host": "evil.example"}), 400, "bad_request")


def test_a_crash_is_a_json_error_that_tells_nothing(api, monkeypatch):
    monkeypatch.setattr("catalog.api.views.job_detail", lambda job_id: 1 / 0)
    answer = api.get("/api/v1/jobs/1")
    assert_error(answer, 500, "server_error")
    assert b"ZeroDivision" not in answer.content


def test_pages_answer_people_with_pages():
    answer = Client().get("/nope")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_request_id_of_the_client_is_kept(api):
    assert api.get("/api/v1/nope", headers={"X-Request-Id": "trace-12345678"}).json()["request_id"] == "trace-12345678"


@pytest.fixture
def two_a_minute(monkeypatch):
    monkeypatch.setattr(TokenThrottle, "rate", "2/min", raising=False)
    cache.clear()
    yield
    cache.clear()


def test_the_throttle_counts_by_user(api, two_a_minute, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_800_000_010.0)
    assert [api.get("/api/v1/jobs").status_code for _ in range(2)] == [200, 200]
    refused = api.get("/api/v1/jobs")
    assert_error(refused, 429, "throttled")
    assert int(refused["Retry-After"]) == 50
    other = Token.objects.create(user=User.objects.create_user("other"))
    assert Client(headers={"Authorization": f"Token {other.key}"}).get("/api/v1/jobs").status_code == 200
    monkeypatch.setattr("time.time", lambda: 1_800_000_061.0)
    assert api.get("/api/v1/jobs").status_code == 200


def test_answers_tell_what_is_left(api, two_a_minute, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_800_000_010.0)
    first = api.get("/api/v1/jobs")
    told = [api.get("/api/v1/jobs", headers={"If-None-Match": first["ETag"]}), api.get("/api/v1/jobs")]
    assert [answer.status_code for answer in (first, *told)] == [200, 304, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in (first, *told)] == ["1", "0", "0"]
    assert {(answer["X-RateLimit-Limit"], answer["X-RateLimit-Reset"]) for answer in (first, *told)} == {("2", "1800000060")}
    assert "X-RateLimit-Limit" not in Client().get("/health")


@pytest.fixture
def ask(monkeypatch):
    """Asks without a token, from one connection, in the name of any address; one request a minute is allowed."""
    monkeypatch.setattr(AnonymousThrottle, "rate", "1/min", raising=False)
    monkeypatch.setattr("time.time", lambda: 1_800_000_010.0)
    cache.clear()
    yield lambda *, forwarded_for: Client(headers={"X-Forwarded-For": forwarded_for}).get("/api/v1/skills/suggest").status_code
    cache.clear()


def test_a_header_that_anybody_can_send_makes_no_new_caller(ask):
    assert settings.BEHIND_PROXY is False
    assert [ask(forwarded_for=address) for address in ("192.0.2.1", "192.0.2.2")] == [200, 429]


def test_behind_a_proxy_callers_are_those_that_it_names(ask, monkeypatch):
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    assert [ask(forwarded_for=address) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.9, 192.0.2.1")] == [200, 200, 429]


@pytest.mark.parametrize(("behind_proxy", "proxies"), [("0", 0), ("1", 1)])
def test_only_behind_a_proxy_its_header_is_believed(behind_proxy, proxies):
    program = "from gtm_site.settings import REST_FRAMEWORK; print(REST_FRAMEWORK['NUM_PROXIES'])"
    environment = {**os.environ, "BEHIND_PROXY": behind_proxy}
    printed = subprocess.run([sys.executable, "-c", program], env=environment, cwd=settings.BASE_DIR, capture_output=True, check=True)
    assert int(printed.stdout) == proxies


def test_without_the_counter_reading_goes_on(api, monkeypatch):
    def away(*args, **kwargs):
        raise RedisConnectionError("away")

    monkeypatch.setattr("redis.Redis.evalsha", away)
    assert api.get("/api/v1/jobs").status_code == 200
