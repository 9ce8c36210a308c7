from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from ingestion.ats.lever import PAGE_SIZE, Lever

READER = Lever()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://jobs.lever.co/Acme/1c9a-2/apply?lever-source=x", ("acme", "")),
        ("jobs.lever.co/acme.io", ("acme.io", "")),
        ("https://jobs.eu.lever.co/acme", ("acme", "eu")),
        ("https://api.lever.co/v0/postings/acme?mode=json", ("acme", "")),
        ("https://api.eu.lever.co/v0/postings/acme", ("acme", "eu")),
        ("https://jobs.lever.co/%41cme", ("acme", "")),
        ("https://jobs.lever.co/search?q=sales", None),
        ("https://jobs.lever.co/%22%3E", None),
        ("https://api.lever.co/v1/users", None),
        ("https://www.lever.co/acme", None),
    ],
)
def test_keys_in_addresses(url: str, found: tuple[str, str] | None):
    assert READER.source_from_url(url) == found


ID = "1c9a7f52-6c0e-4a57-9d0b-5f0c52a7d001"


@pytest.mark.parametrize(
    ("url", "posting_id"),
    [
        (f"https://jobs.lever.co/Acme/{ID}/apply?lever-source=x", ID),
        (f"https://jobs.eu.lever.co/acme/{ID.upper()}", ID),
        (f"https://api.lever.co/v0/postings/acme/{ID}?mode=json", ID),
        (f"https://jobs.lever.co/acme/{ID}%22", ID),
        (f"https://jobs.lever.co/acme/{ID}-1", None),
        ("https://jobs.lever.co/acme/1c9a-2", None),
        ("https://jobs.lever.co/acme", None),
        ("https://api.lever.co/v0/postings/acme", None),
    ],
)
def test_postings_in_addresses(url: str, posting_id: str | None):
    assert READER.posting_from_url(url) == posting_id


def test_text_is_description_then_lists_then_the_rest():
    payload = {
        "id": "1",
        "description": "<p>Intro</p>",
        "lists": [
            {"text": "Do & be", "content": "<li>One</li>"},
            {"text": "", "content": "<ul><li>Two</li></ul>"},
            {"text": "Only a title"},
        ],
        "additional": "<p>End</p>",
    }
    assert READER.parse(payload).description_html.split("\n") == [
        "<p>Intro</p>",
        "<h3>Do &amp; be</h3>",
        "<ul><li>One</li></ul>",
        "<ul><li>Two</li></ul>",
        "<h3>Only a title</h3>",
        "<p>End</p>",
    ]


@pytest.mark.parametrize(
    ("interval", "period"),
    [("per-year-salary", "year"), ("per-month-salary", "month"), ("per-hour-wage", "hour"), ("one-time", None), (None, None)],
)
def test_salary_intervals(interval: str | None, period: str | None):
    (salary,) = READER.parse({"id": "1", "salaryRange": {"currency": "EUR", "interval": interval, "min": 10, "max": 20.5}}).salaries
    assert (salary.minimum, salary.maximum, salary.currency, salary.period) == (Decimal(10), Decimal("20.5"), "EUR", period)


def test_empty_salary_form_is_no_salary():
    assert READER.parse({"id": "1", "salaryRange": {"min": 0, "max": 0, "currency": "USD"}}).salaries == ()


def test_absent_members_are_absent():
    posting = READER.parse({"id": "1", "categories": {}, "workplaceType": "unspecified"})
    assert (posting.job_location, posting.employment_type, posting.work_place_type, posting.date_posted) == ("", None, None, None)


def test_pages_go_on_until_a_short_one():
    full, short = orjson.dumps([{"id": str(n)} for n in range(PAGE_SIZE)]), orjson.dumps([{"id": "1"}])
    first = READER.list_request("acme")
    second = READER.split(full, first).next
    assert second is not None
    assert (second.query["skip"], second.path) == ("100", first.path)
    third = READER.split(full, second).next
    assert third is not None
    assert third.query["skip"] == "200"
    assert READER.split(short, third).next is None
    assert READER.split(b"[]", first).next is None
