"""No web request waits for PostgreSQL for ever; background work may."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from gtm_site.running import programs

_SHOW = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout")
    print(cursor.fetchone()[0])
"""


@pytest.mark.parametrize(
    ("program", "configured", "expected"),
    [
        (programs.web(8000), "", "15s"),
        (programs.web(8000), "250", "250ms"),
        (programs.web(8000), "0", "0"),
        (programs.worker("control"), "", "0"),
    ],
)
def test_only_the_web_program_has_a_limit(program, configured, expected):
    environment = {**os.environ, "WEB_STATEMENT_TIMEOUT_MS": configured, **program.env}
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == expected


def endless(*args, **kwargs):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(600)")


@pytest.mark.django_db
def test_the_api_says_what_to_do(monkeypatch):
    monkeypatch.setattr("catalog.api.views.job_detail", endless)
    client = Client()
    client.force_login(User.objects.create_user("reader"))
    answer = client.get("/api/v1/jobs/1")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "took_too_long")
    assert "filters" in error["hint"]


@pytest.mark.django_db
def test_a_page_says_what_to_do(monkeypatch):
    monkeypatch.setattr("catalog.pages.suggest_views.skills_suggest", endless)
    answer = Client().get("/skills/suggest?q=x")
    assert answer.status_code == 503
    assert "That took too long" in answer.content.decode()


@pytest.mark.django_db
def test_other_failures_are_still_failures(monkeypatch):
    monkeypatch.setattr("catalog.pages.suggest_views.skills_suggest", lambda q: 1 / 0)
    answer = Client(raise_request_exception=False).get("/skills/suggest?q=x")
    assert answer.status_code == 500
