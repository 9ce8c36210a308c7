from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingestion.http.retry import RETRIES, retry_after_s, schedule_s, wait_s

NOW = datetime(2026, 8, 1, 12, 0, 0, tzinfo=UTC)


def test_schedule_is_that_of_the_specification():
    assert [schedule_s(retry, 2.0) for retry in range(1, RETRIES + 1)] == [2, 4, 8, 16, 32]


@pytest.mark.parametrize(
    ("retry", "asked", "luck", "expected"), [(1, 0, 0, 2), (1, 0, 1, 2.5), (5, 0, 0.4, 35.2), (1, 60, 1, 60), (3, 9, 0.5, 9)]
)
def test_wait_is_the_longer_of_schedule_and_request(retry: int, asked: float, luck: float, expected: float):
    assert wait_s(retry, 2.0, asked, luck) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7),
        ("9" * 400, 86_400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        (" 1.5 ", 1.5),
        ("Sat, 01 Aug 2026 12:00:30 GMT", 30),
        ("Sat, 01 Aug 2026 11:00:00 GMT", 0),
        ("-3", 0),
        ("soon", 0),
        ("", 0),
        ("1e9999", 0),
        ("nan", 0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999", 0),
    ],
)
def test_retry_after(value: str, expected: float):
    assert retry_after_s({"retry-after": value}, NOW) == expected
