"""Dates where Django writes them."""

from datetime import UTC, date, datetime

from django.template import Context, Template


def test_times_read_as_on_the_pages():
    moment = datetime(2026, 8, 1, 15, 5, tzinfo=UTC)
    assert (
        Template("{{ moment }}, {{ day }}").render(Context({"moment": moment, "day": date(2026, 8, 1)}))
        == "2026-08-01 15:05 UTC, 2026-08-01"
    )
