from __future__ import annotations

import pytest

from extraction.rules.money import moneys, number, resolve

Told = tuple[float, float, str | None]


def told(text: str) -> list[Told]:
    return [(money.low.value, money.high.value, money.currency) for money in moneys(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", 1234), ("1.234", 1234), ("1.234,56", 1234.56), ("1,234.56", 1234.56), ("1 234", 1234), ("1'234", 1234),
        ("12,00,000", 1_200_000), ("45.5", 45.5), ("45,5", 45.5), ("40.3284", 40.3284), ("1.000.000", 1_000_000), ("7", 7),
    ],
)  # fmt: skip
def test_separators_of_all_kinds(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$120,000 - $150,000", (120_000, 150_000, "$")),
        ("$120,000-150,000", (120_000, 150_000, "$")),
        ("US$120K–US$150K", (120_000, 150_000, "USD")),
        ("$65,000 to $75,000 CAD", (65_000, 75_000, "CAD")),
        ("130-160k", (130_000, 160_000, None)),
        ("45.000 € – 55.000 €", (45_000, 55_000, "EUR")),
        ("50k-60k EUR", (50_000, 60_000, "EUR")),
        ("CHF 100'000 bis 120'000", (100_000, 120_000, "CHF")),
        ("entre 30 000 et 35 000 €", (30_000, 35_000, "EUR")),
        ("between £45,000 and £55,000", (45_000, 55_000, "£")),
        ("A$90,000 to A$110,000", (90_000, 110_000, "AUD")),
        ("$60.00 USD Hourly - $65.00 USD Hourly", (60, 65, "USD")),
        ("$90,000/year - $110,000/year", (90_000, 110_000, "$")),
        ("12-15 LPA", (1_200_000, 1_500_000, None)),
        ("₹8,00,000 - ₹12,00,000", (800_000, 1_200_000, "INR")),
        ("3 000 – 4 000 zł", (3_000, 4_000, "PLN")),
        ("RM3,000 - RM4,000", (3_000, 4_000, "MYR")),
        ("月給 25,000至30,000 HKD", (25_000, 30_000, "HKD")),
    ],
)
def test_ranges(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R$ 5.000,00", (5_000, 5_000, "BRL")),
        ("Rp 5.000.000", (5_000_000, 5_000_000, "IDR")),
        ("45 000 kr", (45_000, 45_000, "kr")),
        ("$2.5 million", (2_500_000, 2_500_000, "$")),
        ("P17,500", (17_500, 17_500, "PHP")),
        ("12 lakh", (1_200_000, 1_200_000, None)),
    ],
)
def test_single_sums(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$１２０,000", [(0, 0, None)]),
        ("$5,000１", [(5_000, 5_000, "$")]),
        ("€ ٥٠٠", []),
        ("٣500 EUR", []),
        ("٣٤ or EUR 500٣", [(500, 500, "EUR")]),
        ("$500²", [(500, 500, "$")]),
        ("500 m² for $900", [(500, 500, None), (900, 900, "$")]),
        ("$1½ - $2", [(1, 1, "$"), (2, 2, "$")]),
    ],
)
def test_digits_of_other_scripts_and_little_ones_are_no_part_of_a_number(text: str, expected: list[Told]) -> None:
    assert told(text) == expected


def test_an_article_is_no_part_of_the_sign() -> None:
    assert told("a $5,000 voucher, join us $9,000") == [(5_000, 5_000, "$"), (9_000, 9_000, "$")]
    assert told("A$5,000") == [(5_000, 5_000, "AUD")]


def test_two_sums_with_and_are_a_range_only_after_between() -> None:
    assert told("$500 and $600") == [(500, 500, "$"), (600, 600, "$")]
    assert told("between $500 and $600") == [(500, 600, "$")]


def test_a_falling_pair_and_two_currencies_are_no_range() -> None:
    assert len(told("$900 - $600")) == 2
    assert len(told("EUR 500 - GBP 600")) == 2


@pytest.mark.parametrize("text", ["50%", "401(k)", "#1234", "B2B", "v1.2.3", "a1b2"])
def test_other_numbers_are_no_money(text: str) -> None:
    assert [money for money in moneys(text) if money.currency] == []


@pytest.mark.parametrize(
    ("sign", "country", "currency"),
    [
        ("$", "US", "USD"), ("$", "AU", "AUD"), ("$", "DE", "USD"), ("$", None, "USD"), ("kr", "NO", "NOK"), ("kr", None, "SEK"),
        ("¥", "CN", "CNY"), ("£", "GB", "GBP"), (None, "MY", "MYR"), (None, None, None), ("CHF", "US", "CHF"),
    ],
)  # fmt: skip
def test_signs_are_read_by_place(sign: str | None, country: str | None, currency: str | None) -> None:
    assert resolve(sign, country) == currency


def test_spans_point_at_the_sum() -> None:
    text = "we pay US$ 5,000 or 6.000 EUR."
    assert [text[money.start : money.end] for money in moneys(text)] == ["US$ 5,000", "6.000 EUR"]


@pytest.mark.parametrize("text", [" " * 200_000, "9" * 200_000, "1," * 50_000, "1 " * 30_000, "$" * 200_000, "1,000 - " * 5_000])
def test_odd_input_ends(text: str) -> None:
    assert all(money.end <= len(text) for money in moneys(text))
