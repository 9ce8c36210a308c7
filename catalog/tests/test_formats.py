"""How values read: always with their unit."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog import formats

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("salary", "text", "compact"),
    [
        ((180000, 220000, "USD", "year", False), "$180,000–220,000 per year", "$180k–220k/year"),
        ((65.5, None, "USD", "hour", False), "from $65.50 per hour", "from $65.50/hour"),
        ((None, 90000, "EUR", "year", False), "up to €90,000 per year", "up to €90k/year"),
        ((120000, 120000, "CAD", "year", True), "CAD 120,000 per year on target", "CAD 120k/year on target"),
        ((1250000, 1500000, "INR", "year", False), "INR 1,250,000–1,500,000 per year", "INR 1.25M–1.5M/year"),
        ((182208, 236580, "USD", "year", False), "$182,208–236,580 per year", "$182k–237k/year"),
        ((None, None, "USD", "year", False), "", ""),
    ],
)
def test_pay(salary, text, compact):
    stated = dict(zip(("min", "max", "currency", "period", "ote"), salary, strict=True))
    assert formats.pay(stated) == text
    assert formats.pay(stated, compact=True) == compact


def test_usd_per_year_is_empty_when_not_stated():
    assert formats.usd_per_year(None, None) == ""
    assert formats.usd_per_year(None, 90_000) == "up to $90,000 per year"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("San Francisco", "CA", "US", None), "San Francisco, CA, US"),
        ((None, None, "DE", None), "Germany"),
        ((None, "CA", "US", None), "CA, US"),
        ((None, None, None, "EMEA"), "EMEA"),
        ((None, None, "ZZ", None), "ZZ"),
        ((None, None, None, None), ""),
    ],
)
def test_place(place, text):
    assert formats.place(*place) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=29), "29 d"),
        (timedelta(days=364), "12 mo"),
        (timedelta(days=800), "2 y"),
        (-timedelta(days=1), "now"),
    ],
)
def test_age(passed, text):
    assert formats.age(NOW - passed, NOW) == text


def test_ago_and_utc():
    assert formats.ago(NOW, NOW) == "just now"
    assert formats.ago(NOW - timedelta(days=2), NOW) == "2 d ago"
    assert formats.utc(NOW) == "2026-03-01 12:00 UTC"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("crm", "CRM"), ("project_mgmt", "Project management"), ("ai_sdr", "AI SDR"), ("ipaas", "iPaaS"), ("language", "Language")],
)
def test_categories_read_as_words(name, shown):
    assert formats.category(name) == shown


@pytest.mark.parametrize(("code", "name"), [("es", "Spanish"), ("el", "Modern Greek"), ("qq", "qq")])
def test_languages_have_names(code, name):
    assert formats.language_name(code) == name
