from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from extraction.document import Document
from extraction.rules.salary import salary
from extraction.schema import Period, SalaryDetails
from ingestion.ats.base import Posting, StatedField, StatedSalary


def document(text: str = "", *, title: str = "Engineer", **fields: Any) -> Document:
    posting = Posting(source_job_id="1", title=title, url="", pointers={"title": "/title"}, **fields)
    return Document(posting=posting, text=text, sections=(), company_name="Example")


def pay(low: float | None, high: float | None, currency: str = "USD", period: Period = Period.YEAR, *, ote: bool = False) -> SalaryDetails:
    return SalaryDetails(min=low, max=high, currency=currency, period=period, ote=ote)


def found(of: Document) -> SalaryDetails | None:
    finding = salary(of)
    return finding.value if finding else None


def ranged(low: int, high: int, currency: str | None = "USD", period: Any = "year", pointer: str = "/pay/0") -> StatedSalary:
    return StatedSalary(Decimal(low), Decimal(high), currency, period, pointer)


def test_the_ats_ranges_win_over_the_text() -> None:
    of = document("Salary: $50,000 per year", salaries=(ranged(90_000, 110_000),))
    finding = salary(of)
    assert finding is not None
    assert (finding.value, finding.evidence[0].pointer) == (pay(90_000, 110_000), "/pay/0")


def test_several_ats_ranges_span_all_of_one_unit() -> None:
    of = document(salaries=(ranged(90_000, 110_000), ranged(80_000, 100_000), ranged(40, 50, "EUR", "hour")))
    assert found(of) == pay(80_000, 110_000)


def test_zeros_are_no_range() -> None:
    assert found(document(salaries=(ranged(0, 0),))) is None


def test_a_range_without_period_and_currency_is_read_by_size_and_place() -> None:
    of = document(job_location="Toronto, ON", salaries=(ranged(30, 40, None, None),))
    assert found(of) == pay(30, 40, "CAD", Period.HOUR)


def test_a_field_called_after_pay_is_read() -> None:
    of = document(job_location="Singapore", fields=(StatedField("Salary range", "$2,200 – $2,800 per month", "/metadata/0/value"),))
    finding = salary(of)
    assert finding is not None
    assert (finding.value, finding.evidence[0].pointer) == (pay(2_200, 2_800, "SGD", Period.MONTH), "/metadata/0/value")


def test_a_field_about_a_bonus_is_not() -> None:
    assert found(document(fields=(StatedField("Bonus pay", "$20,000", "/metadata/0/value"),))) is None


def test_the_text_narrows_the_band_of_a_field() -> None:
    of = document("Monthly salary: $2,500", country="SG", fields=(StatedField("salary", "$2,000 - $3,000 per month", "/x"),))
    assert found(of) == pay(2_500, 2_500, "SGD", Period.MONTH)


def test_several_ranges_of_the_text_span_all() -> None:
    of = document("In Ohio the salary range is $80,000 - $95,000.\nIn Texas the salary range is $90,000 - $120,000.")
    finding = salary(of)
    assert finding is not None
    assert finding.value == pay(80_000, 120_000)
    assert [of.text[e.start : e.end] for e in finding.evidence] == ["$80,000 - $95,000", "$90,000 - $120,000"]
    assert all(e.quote == of.text[e.start : e.end] for e in finding.evidence)


def test_base_pay_before_on_target_earnings() -> None:
    both = document("OTE: $150,000 - $200,000\nBase salary: $90,000 - $110,000")
    assert found(both) == pay(90_000, 110_000)
    assert found(document("OTE: $150,000 - $200,000")) == pay(150_000, 200_000, ote=True)


@pytest.mark.parametrize(
    ("text", "is_ote"),
    [
        ("Salary: $120,000 - $160,000 OTE", True),
        ("Pay: up to $160,000 on-target earnings a year", True),
        ("OTE: $120,000-$160,000 (60/40 split)", True),
        ("Salary: $120,000 - $160,000", False),
        ("Salary: $120,000 - $160,000. OTE: $200,000 - $260,000", False),
        ("Base salary: $120,000 - $160,000\nOTE: $160,000", False),
        ("Salary: $120,000 - $160,000 plus uncapped commission", False),
        ("A note on remote work.", False),
    ],
)
def test_pay_of_a_field_is_on_target_where_the_text_says_so_of_the_same_sum(text: str, *, is_ote: bool) -> None:
    of = document(text, salaries=(ranged(120_000, 160_000),))
    finding = salary(of)
    assert finding is not None
    assert finding.value == pay(120_000, 160_000, ote=is_ote)
    assert finding.evidence[0].pointer == "/pay/0"
    assert all(of.text[e.start : e.end] == e.quote for e in finding.evidence[1:])
    assert (len(finding.evidence) > 1) is is_ote


def test_ranges_called_earnings_count_where_no_base_is_given() -> None:
    target = replace(ranged(150_000, 200_000), title="On-Target Earnings")
    assert found(document(salaries=(target,))) == pay(150_000, 200_000, ote=True)
    assert found(document(salaries=(target, replace(ranged(90_000, 110_000), title="Base salary")))) == pay(90_000, 110_000)


def test_a_field_that_says_on_target_is_not_base_pay() -> None:
    assert found(document(fields=(StatedField("Compensation", "$150,000 OTE", "/x"),))) == pay(150_000, 150_000, ote=True)
    assert found(document(fields=(StatedField("OTE", "$150,000", "/x"),))) == pay(150_000, 150_000, ote=True)


def test_a_figure_of_a_form_before_its_band() -> None:
    of = document("Compensation\n\n$28,000\n\nCompensation Range\n\n$20,000 - $30,000")
    assert found(of) == pay(28_000, 28_000)


def test_the_dollar_is_that_of_the_place() -> None:
    assert found(document("Salary: $90,000 - $110,000", job_location="Sydney, Australia")) == pay(90_000, 110_000, "AUD")


def test_the_title_counts_where_the_text_is_silent() -> None:
    finding = salary(document("No figures.", title="Nurse - $45/hour"))
    assert finding is not None
    assert (finding.value, finding.evidence[0].quote) == (pay(45, 45, period=Period.HOUR), "$45/hour"[:3])


@pytest.mark.parametrize("text", ["", "We raised $50 million.", "Competitive salary.", "A $5,000 bonus awaits you."])
def test_nothing_stated_is_nothing(text: str) -> None:
    assert salary(document(text)) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("USD 32.69 - 44.953", pay(32.69, 44.953, period=Period.HOUR)),
        ("EUR 12.00 - 45.000", None),
        ("EUR 40.000 - 55.000", pay(40_000, 55_000, "EUR")),
        ("EUR 44.953", pay(44_953, 44_953, "EUR")),
        ("18.50 - 90,000 USD", None),
        ("USD 0 - 90,000", pay(0, 90_000)),
    ],
)
def test_a_field_with_decimals_or_ends_that_share_no_period(value: str, expected: SalaryDetails | None) -> None:
    assert found(document(fields=(StatedField(name="Pay range", value=value, pointer="/pay"),))) == expected


def test_a_stated_range_without_a_period_whose_ends_share_none() -> None:
    assert found(document(salaries=(ranged(20, 90_000, period=None),))) is None
    assert found(document(salaries=(ranged(30_000, 90_000, period=None),))) == pay(30_000, 90_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our customers earn $80,000 - $120,000 a year with us.", None),
        ("Our clients pay their engineers $120,000 - $150,000 a year.", None),
        ("The average customer bill is $5,000 a month.", None),
        ("Our users pay well. Salary: $60,000 - $70,000 per year", pay(60_000, 70_000)),
        ("Our clients pay on time and you are paid $60,000 - $70,000 per year.", pay(60_000, 70_000)),
        ("Most candidates are paid $80,000 - $90,000 per year.", pay(80_000, 90_000)),
        ("The average salary in the region is $80,000 - $90,000.", pay(80_000, 90_000)),
        ("Full-time equivalent of $80,000 - $90,000 per year", pay(80_000, 90_000)),
        ("Salary: 100% of the range, $80,000 - $90,000", pay(80_000, 90_000)),
        ("You support our customers and earn $60,000 - $70,000 per year.", pay(60_000, 70_000)),
        ("Candidates can expect a salary of $80,000 - $90,000.", pay(80_000, 90_000)),
        ("Average base pay: $70,000 per year", pay(70_000, 70_000)),
        ("Salary: $80,000 (part-time, 50% FTE of $160,000)", pay(80_000, 80_000)),
        ("Salary: $24,000 (FTE salary $30,000)", pay(24_000, 30_000)),
        ("💰 £45k-£55k", pay(45_000, 55_000, "GBP")),
        ("• £45k-£55k", pay(45_000, 55_000, "GBP")),
        ("👉 $50k - $90k deals", None),
        ("Gehalt: 65-75 TEUR", pay(65_000, 75_000, "EUR")),
    ],
)
def test_amounts_of_others_and_pay_on_a_line_of_its_own(text: str, expected: SalaryDetails | None) -> None:
    assert found(document(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Salary: Php 45,000 per month", pay(45_000, 45_000, "PHP", Period.MONTH)),
        ("We pay 52,000 usd a year", pay(52_000, 52_000)),
        ("Sgd 4,200 monthly", pay(4_200, 4_200, "SGD", Period.MONTH)),
        ("Pay: eur 48,000 to eur 55,000 a year", pay(48_000, 55_000, "EUR")),
        ("Pay is $61,000 a year. Night pay of $80 a month", pay(61_000, 61_000)),
        ("Drivers earn $70,000 a year plus $0.55 per mile", pay(70_000, 70_000)),
        ("Pay: RM 1,800 monthly", pay(1_800, 1_800, "MYR", Period.MONTH)),
        ("Active nursing licence. $31.50 - $40.00 per hour", pay(31.5, 40, "USD", Period.HOUR)),
        ("Our customers saved money. $52,000 per year", pay(52_000, 52_000)),
        ("Pay is $17.25 and up to $20 per hour", pay(17.25, 20, "USD", Period.HOUR)),
        ("Pay: $64-79,000", pay(64_000, 79_000)),
        ("Salary 45-52,000 EUR", pay(45_000, 52_000, "EUR")),
        ("A warehouse for $45,000 DOE", pay(45_000, 45_000)),
        ("£38,000 FTE", pay(38_000, 38_000, "GBP")),
        ("£29,500 depending on experience", pay(29_500, 29_500, "GBP")),
        ("Basic: $2,600 - $3,100", pay(2_600, 3_100, "USD", Period.MONTH)),
        ("Basic $2,600 - $3,100 with overtime", pay(2_600, 3_100, "USD", Period.MONTH)),
        ("Salary £52,000 per annum. Car allowance. £8,000 per annum", pay(52_000, 52_000, "GBP")),
        ("We offer a sign-on bonus. $28 per hour", pay(28, 28, "USD", Period.HOUR)),
        ("$48,000 DOE", pay(48_000, 48_000)),
        ("Pay: 95,000 CAD per year", pay(95_000, 95_000, "CAD")),
    ],
)
def test_pay_in_other_words(text: str, expected: SalaryDetails) -> None:
    assert found(document(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Experience with Php 8 and salary by agreement",
        "Form 1099 and pay by the hour",
        "Pay on a 1099 basis",
        "We pay on form 1099 per hour worked",
        "Drivers earn $0.55 per mile",
        "Stipend: $400 per month",
        "We match your 401k. $60 per month for the gym",
        "A sign-on bonus of approx. $900 per month",
        "A bonus, max. $1,200 per month",
        "Customers pay $20-50 monthly",
        "A relocation bonus of $12,000 depending on experience",
        "A budget of $50,000, negotiable",
        "Fees of $30,000 negotiable",
        "Microsoft Visual Basic 2019",
        "Basic plan $49 per month",
        "$1,500 per visit to a patient",
        "Paid $90 per article",
        "Translators earn $0.12 per word",
        "Dental insurance. $9,000 per year of cover",
        "Relocation is offered. $15,000 per year at most",
        "Meals are covered. $40 per day",
        "Car allowance. £8,000 per annum",
        "Sell flats at $300,000 negotiable",
        "An award of $35,000 DOE",
        "A $250,000 DOE grant",
        "Plan for $90,000 FTE cost",
        "Our basic plan: $2,000 per month",
        "Plans: Basic $120 per month",
        "A base of 35 cad designers",
        "Our base runs php 8100",
    ],
)
def test_sums_that_are_no_pay(text: str) -> None:
    assert found(document(text)) is None


@pytest.mark.parametrize("text", ["$90,000 + 11.5% super", "$90,000 plus super"])
def test_a_pension_on_top_tells_pay(text: str) -> None:
    assert found(document(text, job_location="Perth, Australia")) == pay(90_000, 90_000, "AUD")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$3,000 sign-on bonus!", None),
        ("$61,000 - $70,000 plus bonus", pay(61_000, 70_000)),
        ("$61,000 + bonus", pay(61_000, 61_000)),
        ("$61,000 a year and a bonus", pay(61_000, 61_000)),
    ],
)
def test_a_bonus_in_a_field_called_after_pay_is_no_pay(value: str, expected: SalaryDetails | None) -> None:
    assert found(document(fields=(StatedField("Compensation", value, "/metadata/0/value"),))) == expected
