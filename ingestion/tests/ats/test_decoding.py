from __future__ import annotations

from typing import Any

import pytest

from ingestion.ats.decoding import iso_time, url_of


@pytest.mark.parametrize("link", ["https://jobs.example/acme/1?x=1#apply", "http://127.0.0.1:8920/acme", "HTTPS://Jobs.example/ü"])
def test_web_addresses_stay_as_they_are(link: str):
    assert url_of(f" {link}\n") == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript://jobs.example/%0aalert(1)",
        "java\nscript:alert(1)",
        "https://jobs.example/\x01",
        "https://jobs.example/\t1",
        "https://jobs.example/\x851",
        "data:text/html,x",
        "ftp://jobs.example/1",
        "//evil.example/1",
        "/jobs/1",
        "jobs.example/1",
        "https:/jobs.example",
        "https:\\\\jobs.example",
        "https://",
        "https://:80/1",
        "https://[broken/1",
        "",
        None,
        3,
        ["https://jobs.example"],
    ],
)
def test_anything_else_is_no_link(link: Any):
    assert url_of(link) == ""


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_times_that_leave_the_calendar_in_utc_are_no_times(text: str):
    assert iso_time(text) is None
