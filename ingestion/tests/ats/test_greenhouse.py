from __future__ import annotations

import html
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.ats.decoding import unescape_once
from ingestion.ats.greenhouse import Greenhouse
from ingestion.tests.factories import greenhouse_body, greenhouse_job

READER = Greenhouse()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://boards.greenhouse.io/Acme", "acme"),
        ("boards.greenhouse.io/acme/jobs/123?gh_src=1", "acme"),
        ("https://job-boards.greenhouse.io/acme_co1#app", "acme_co1"),
        ("https://job-boards.eu.greenhouse.io/acme/jobs/1", "acme"),
        ("https://boards-api.greenhouse.io/v1/boards/ACME/jobs?content=true", "acme"),
        ("https://boards.greenhouse.io/embed/job_board?for=Acme&b=https%3A%2F%2Fx.example", "acme"),
        ("https://boards.greenhouse.io/embed/job_board/js?for=acme", "acme"),
        ("https://boards.greenhouse.io/embed/job_app?for=acme&token=4012345", "acme"),
        ("https://boards.greenhouse.io/%61cme", "acme"),
        ("https://boards.greenhouse.io/acme)", "acme"),
        ("https://boards.greenhouse.io/acme%22%3E", "acme"),
        ("https://boards.greenhouse.io/embed/job_app?token=4012345", None),
        ("https://boards.greenhouse.io/embed/job_board?for=", None),
        ("https://boards.greenhouse.io/robots.txt", None),
        ("https://boards.greenhouse.io/", None),
        ("https://boards.greenhouse.io//jobs/1", None),
        ("https://boards.greenhouse.io/${token}", None),
        ("https://boards.greenhouse.io/%20", None),
        ("https://boards-api.greenhouse.io/v1/boards/", None),
        ("https://www.greenhouse.io/acme", None),
    ],
)
def test_keys_in_addresses(url: str, key: str | None):
    assert READER.source_from_url(url) == (None if key is None else (key, ""))


@pytest.mark.parametrize(
    ("url", "posting_id"),
    [
        ("https://boards.greenhouse.io/Acme/jobs/4012345?gh_src=1#app", "4012345"),
        ("http://job-boards.eu.greenhouse.io/acme/jobs/4012345/", "4012345"),
        ("https://boards-api.greenhouse.io/v1/boards/acme/jobs/4012345", "4012345"),
        ("https://boards.greenhouse.io/embed/job_app?for=acme&token=4012345", "4012345"),
        ("https://boards.greenhouse.io/acme/jobs/4012345%22%3E", "4012345"),
        ("https://boards.greenhouse.io/acme/jobs/apply-now", None),
        ("https://boards.greenhouse.io/acme/jobs/4012345b", None),
        ("https://boards.greenhouse.io/acme/jobs/0", None),
        ("https://boards.greenhouse.io/acme/4012345", None),
        ("https://boards-api.greenhouse.io/v1/boards/acme/jobs", None),
        ("https://boards.greenhouse.io/embed/job_app?for=acme", None),
        ("https://boards.greenhouse.io/acme", None),
    ],
)
def test_postings_in_addresses(url: str, posting_id: str | None):
    assert READER.posting_from_url(url) == posting_id


def test_content_is_unescaped_exactly_once():
    posting = READER.parse(greenhouse_job(1, content="&lt;p&gt;A &amp;amp; B&amp;nbsp;&lt;/p&gt;"))
    assert posting.description_html == "<p>A &amp; B&nbsp;</p>"


@given(st.text(alphabet="<>&\"'aé;#x37lt gquo\n", max_size=60))
def test_unescaping_reverses_escaping(text: str):
    assert unescape_once(html.escape(text)) == text
    assert unescape_once(html.escape(text).replace("&#x27;", "&#39;")) == text


def test_rare_entities_take_the_full_table():
    assert unescape_once("&#60;b&#62; &#x3c;i&gt; &apos;") == "<b> <i> '"


def test_pay_ranges_are_units_with_the_period_that_is_said():
    ranges = [
        {"min_cents": 10_000_000, "max_cents": 12_550_050, "currency_type": "EUR", "title": "Berlin", "blurb": None},
        {"min_cents": 2150, "max_cents": 3000, "currency_type": "USD", "title": "Pay", "blurb": "<p>hourly rate</p>"},
        {"min_cents": None, "max_cents": None, "currency_type": "USD", "title": "nothing"},
    ]
    first, second = READER.parse(greenhouse_job(1, pay_input_ranges=ranges)).salaries
    assert (first.minimum, first.maximum, first.currency, first.period) == (Decimal(100_000), Decimal("125500.50"), "EUR", None)
    assert (second.minimum, second.period, second.pointer) == (Decimal("21.50"), "hour", "/pay_input_ranges/1")


def test_metadata_of_every_shape_becomes_readable_fields():
    metadata = [
        {"name": "Level", "value": "IC4", "value_type": "single_select"},
        {"name": "Hourly Range", "value": {"unit": "USD", "min_value": "32.69", "max_value": "44.950"}, "value_type": "currency_range"},
        {"name": "Range", "value": {"unit": "JPY", "min_value": "9200000.0", "max_value": "0.0"}, "value_type": "currency_range"},
        {"name": "Zero", "value": {"unit": None, "amount": "0.0"}, "value_type": "currency"},
        {"name": "Owner", "value": {"name": "P", "email": "p@example.com"}, "value_type": "user"},
        {"name": "Flags", "value": [True, "b"], "value_type": "multi_select"},
        "not an object",
    ]
    fields = [(field.name, field.value) for field in READER.parse(greenhouse_job(1, metadata=metadata)).fields]
    expected = [
        ("Level", "IC4"),
        ("Hourly Range", "USD 32.69 - 44.95 per hour"),
        ("Range", "JPY 9200000"),
        ("Flags", "True"),
        ("Flags", "b"),
    ]
    assert fields == expected


def test_prospect_posts_are_those_without_an_internal_id():
    assert READER.parse(greenhouse_job(1, internal_job_id=None)).is_prospect
    assert not READER.parse(greenhouse_job(1)).is_prospect


def test_placeholders_are_no_department():
    departments = [{"name": "No Department"}, {"name": " Sales "}]
    posting = READER.parse(greenhouse_job(1, departments=departments, location=None))
    assert (posting.department, posting.pointers["department"], posting.job_location) == ("Sales", "/departments/1/name", "")


def test_list_names_the_company_where_any_job_does():
    body = greenhouse_body(greenhouse_job(1, company_name=None), greenhouse_job(2))
    assert READER.split(body, READER.list_request("acme")).company_name == "Acme"
    assert READER.parse_name(b'{"name": " Acme ", "content": ""}') == "Acme"


@pytest.mark.parametrize(
    ("body", "announced"),
    [
        (b'{"jobs":[],"meta":{"total":12}}', 12),
        (b'{"jobs": [], "meta": {"total": 3} }\n', 3),
        (b'{"jobs":[]}', None),
        (b'{"jobs":[],"meta":{"total":null}}', None),
        (b'{"jobs":[{"id":1,"content":"\\"meta\\":{\\"total\\":9}}"}]}', None),
    ],
)
def test_the_announced_number_of_postings(body: bytes, announced: int | None):
    assert Greenhouse().split(body, Greenhouse().list_request("acme")).announced == announced
