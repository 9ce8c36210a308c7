from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from redis import ConnectionError as RedisConnectionError

pytestmark = pytest.mark.django_db


def answer(path):
    response = Client().get(path)
    body = response.json()
    assert list(body) == ["request_id", "status"]
    assert response["X-Request-Id"] == body["request_id"]
    return response.status_code, body["status"]


def test_all_well():
    assert [answer(path) for path in ("/health", "/health/db", "/health/redis")] == [(200, "ok")] * 3


def test_the_database_is_away(monkeypatch):
    def away():
        raise OperationalError("away")

    monkeypatch.setattr("gtm_site.health.connection.cursor", away)
    assert [answer(path) for path in ("/health", "/health/db", "/health/redis")] == [(503, "down"), (503, "down"), (200, "ok")]


def test_redis_is_away(monkeypatch):
    def away(key):
        raise RedisConnectionError("away")

    monkeypatch.setattr("gtm_site.health.cache.get", away)
    assert [answer(path) for path in ("/health", "/health/db", "/health/redis")] == [(503, "down"), (200, "ok"), (503, "down")]
