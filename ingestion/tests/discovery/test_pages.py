from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.discovery.pages import addresses_in, by_length, career_links, findings_in, is_career_like

BASE = "https://acme.com/about/"


def test_addresses_are_found_wherever_they_stand():
    page = """<a href="https://a.example/x">x</a> <img src='//b.example/y'> <script>u="https:\\/\\/c.example\\/z?a=1"</script>
    <p data-u="http://d.example:8080/w&amp;v=1">See https://e.example/end. and relative /f</p>"""
    assert addresses_in(page) == [
        "https://a.example/x",
        "https://b.example/y",
        "https://c.example/z?a=1",
        "http://d.example:8080/w&v=1",
        "https://e.example/end",
    ]


def test_boards_and_postings_are_named_once():
    addresses = [
        "https://jobs.lever.co/Acme",
        "https://jobs.lever.co/acme?x=1",
        "https://acme.com",
        "https://boards.greenhouse.io/b/jobs/7",
    ]
    found = [(finding.source_type, finding.source_key, finding.source_job_id) for finding in findings_in(addresses)]
    assert found == [("lever", "acme", ""), ("greenhouse", "b", "7")]


def test_links_that_speak_of_jobs_in_address_or_words_come_first_to_last_by_length():
    page = """<a href="/blog/how-we-hire/careers-story">x</a><a href="../Karriere">y</a><a href="/team">Open positions</a>
    <a href="/pricing">Pricing</a><a href="mailto:jobs@acme.com">Jobs</a><a href="javascript:jobs()">Jobs</a><a href="http://[jobs/">Jobs</a>
    <iframe src="/embedded"></iframe><a href="#jobs">Jobs</a>"""
    assert career_links(page, BASE) == [
        "https://acme.com/team",
        "https://acme.com/about/",
        "https://acme.com/Karriere",
        "https://acme.com/embedded",
        "https://acme.com/blog/how-we-hire/careers-story",
    ]


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://acme.com/careers", True),
        ("https://acme.com/en/join-us", True),
        ("https://acme.com/offene-stellen", True),
        ("https://careers.acme.com/", True),
        ("https://jobs.acme.com/x", True),
        ("https://acme.com/stevejobs", False),
        ("https://acme.com/pricing", False),
        ("https://acme.com/?careers", False),
    ],
)
def test_what_is_about_jobs(address: str, is_one: bool):
    assert is_career_like(address) is is_one


def test_pages_near_the_top_come_first():
    assert by_length(["https://a.com/x/careers", "https://a.com/careers-at-us", "https://a.com/jobs"])[0] == "https://a.com/jobs"


@given(st.text(max_size=400))
def test_any_page_is_read_to_its_end(page: str):
    found = findings_in(addresses_in(f"{page} https://boards.greenhouse.io/acme"))
    assert "acme" in {finding.source_key for finding in found}
    assert all(link.startswith(("http://", "https://")) for link in career_links(page, BASE))
