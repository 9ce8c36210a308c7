from __future__ import annotations

from datetime import date

import pytest

from extraction.rules.currency import per_euro, usd_per_year, usd_rate
from extraction.schema import Period, SalaryDetails

DAY = date(2024, 6, 3)


def pay(low: float | None, high: float | None, currency: str = "USD", period: Period = Period.YEAR) -> SalaryDetails:
    return SalaryDetails(min=low, max=high, currency=currency, period=period)


@pytest.mark.parametrize(
    ("period", "yearly"),
    [(Period.YEAR, 100), (Period.MONTH, 1_200), (Period.WEEK, 5_200), (Period.DAY, 26_000), (Period.HOUR, 208_000)],
)
def test_periods_become_years(period: Period, yearly: int) -> None:
    assert usd_per_year(pay(100, 100, period=period), DAY) == (yearly, yearly)


def test_an_open_end_stays_open() -> None:
    assert usd_per_year(pay(None, 90_000), DAY) == (None, 90_000)
    assert usd_per_year(pay(80_000, None), DAY) == (80_000, None)


def test_the_rate_is_that_of_the_day() -> None:
    assert per_euro("USD", date(2024, 6, 3)) == 1.0842
    assert usd_per_year(pay(100_000, 100_000, "EUR"), DAY) == (108_420, 108_420)


def test_a_day_without_trade_takes_the_day_before() -> None:
    saturday, friday = date(2024, 6, 1), date(2024, 5, 31)
    assert per_euro("GBP", saturday) == per_euro("GBP", friday)


def test_days_outside_the_table_take_its_ends() -> None:
    assert per_euro("USD", date(1990, 1, 1)) == per_euro("USD", date(1999, 1, 4))
    assert per_euro("USD", date(2099, 1, 1)) is not None


def test_a_currency_without_a_rate_has_none() -> None:
    assert usd_rate("AED", DAY) is None
    assert usd_per_year(pay(1, 2, "AED"), DAY) is None


def test_a_currency_that_is_no_longer_quoted_has_none() -> None:
    assert usd_rate("RUB", date(2021, 6, 1)) is not None
    assert usd_rate("RUB", DAY) is None


def test_dollars_need_no_rate() -> None:
    assert usd_per_year(pay(28, 32, period=Period.HOUR), date(1980, 1, 1)) == (58_240, 66_560)
