"""Test processes share one Redis server, never one database of it."""

from __future__ import annotations

import os

from django.conf import settings


def test_every_test_process_has_a_redis_database_of_its_own():
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    expected = 1 + int(worker.removeprefix("gw")) if worker else 0
    assert settings.REDIS_URL.endswith(f"db={expected}")
