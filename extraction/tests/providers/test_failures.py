from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.providers.failures import refused, retry_after, shortened


@pytest.mark.parametrize(("status", "retryable"), [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True),
                                                   (501, False), (503, True), (529, True), (302, False)])  # fmt: skip
def test_whether_the_same_call_may_succeed_later(status: int, retryable: bool) -> None:
    assert refused("openai", status, "", {}).retryable is retryable


@pytest.mark.parametrize("body", ['{"error": {"code": "insufficient_quota"}}', "Your credit balance is too low to access the API"])
def test_an_empty_account_does_not_fill_by_waiting(body: str) -> None:
    error = refused("openai", 429, body, {})
    assert not error.retryable
    assert "credit" in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 0.5 ", 0.5),
        ("-1", 0.0),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("1e300", None),
        ("999999999", 86_400.0),
        ("nan", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


@given(st.text())
def test_no_retry_after_breaks_anything(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or 0 <= seconds <= 86_400


def test_a_long_answer_is_shortened_to_one_line() -> None:
    assert shortened("a\n b") == "a b"
    assert len(shortened("x" * 5000)) == 303
