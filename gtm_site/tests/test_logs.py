"""What is not written into logs."""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from gunicorn.config import Config  # type: ignore[import-untyped]
from structlog.stdlib import ProcessorFormatter

from gtm_site.tests.test_slow_queries import endless
from gtm_site.web_log import WebLogger

ADDRESS = f"/feeds/{'s3cret-' * 6}x.atom"


def written(caplog: pytest.LogCaptureFixture) -> str:
    """The lines of all events so far, as they are written."""
    (form,) = (handler.formatter for handler in logging.getLogger().handlers if isinstance(handler.formatter, ProcessorFormatter))
    return "\n".join(map(form.format, caplog.records))


@pytest.mark.django_db
def test_no_feed_address_is_written_whatever_became_of_the_request(caplog, monkeypatch):
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.INFO):
        WebLogger(Config()).access(SimpleNamespace(status="200 OK", sent=1, headers=[]), None, {"PATH_INFO": ADDRESS}, timedelta(0))
        assert client.get(ADDRESS).status_code == 404
        monkeypatch.setattr("catalog.pages.feeds.get_object_or_404", endless)
        assert client.get(ADDRESS).status_code == 503
        monkeypatch.setattr("catalog.pages.feeds.get_object_or_404", lambda *args, **kwargs: 1 / 0)
        assert client.get(ADDRESS).status_code == 500
    lines = written(caplog)
    assert "s3cret" not in lines
    assert lines.count("/feeds/...") >= 4
    assert "query_took_too_long" in lines
