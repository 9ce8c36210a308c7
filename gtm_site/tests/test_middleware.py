"""The content security policy, by path; what it does to the queues' pages is in test_browser_queues."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/runs", "/admin/", "/admin/login/", "/api/v1/jobs", "/api/docs", "/health", "/django-rq", "/x/django-rq/"]
)
def test_no_inline_script_or_style_anywhere_else(admin_client, path):
    for client in (Client(), admin_client):
        policy = client.get(path)["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/django-rq/", "/django-rq/queues/0/"])
def test_the_queues_pages_run_their_inline_scripts_but_load_nothing_from_elsewhere(admin_client, path):
    answer = admin_client.get(path)
    assert answer.status_code == 200
    directives = dict(directive.split(" ", 1) for directive in answer["Content-Security-Policy"].split("; "))
    assert directives["script-src"] == directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives["default-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"


def test_the_queues_pages_are_for_staff_only():
    assert Client().get("/django-rq/").status_code == 302
