from __future__ import annotations

import pytest

from extraction.rules.pay_statements import Statement, inferred_period, is_plausible, statements
from extraction.schema import Period
from extraction.sections import split_sections


def told(text: str, country: str | None = "US") -> list[Statement]:
    return statements(text, lambda: country)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Salary: $90,000 per year", Period.YEAR),
        ("The base pay is $7,500 / month", Period.MONTH),
        ("We pay $1,200 weekly", Period.WEEK),
        ("Rate: $600 per day", Period.DAY),
        ("$31.50/hr", Period.HOUR),
        ("Pay: $20 - $25 per hourBenefits: none", Period.HOUR),
        ("Gehalt: 60.000 € brutto pro Jahr", Period.YEAR),
        ("Salaire : 2 500 € par mois", Period.MONTH),
        ("Salario: 30.000 € anuales", Period.YEAR),
        ("Salário: R$ 5.000 por mês", Period.MONTH),
        ("RAL 35.000 €", Period.YEAR),
        ("Salaris: € 3.500 per maand", Period.MONTH),
        ("時薪 $60", Period.HOUR),
        ("Hourly rate: $45", Period.HOUR),
        ("Annual base salary of $90,000", Period.YEAR),
        ("Salary: $90,000", Period.YEAR),
        ("Pay: $25 - $27", Period.HOUR),
    ],
)
def test_periods_are_written_or_inferred(text: str, period: Period) -> None:
    assert [statement.period for statement in told(text)] == [period]


@pytest.mark.parametrize(
    "text",
    [
        "We raised $50 million in Series B",
        "a $10,000 sign-on bonus",
        "Bonus of $5,000 per year",
        "$1,500 annual learning stipend",
        "Up to $2,000 per year for home office equipment",
        "Annual revenue of $90,000,000",
        "You will own a quota of $900,000 per year",
        "manage a budget of $250,000 a year",
        "equity worth $50,000 - $90,000",
        "401k match of up to $5,000 a year",
        "Life insurance of $50,000 - $100,000",
        "relocation package of $10,000",
        "Referral bonus: $3,000",
        "processed $120,000 - $150,000 in transactions",
        "$75 per month towards a gym membership",
        "plus $18,000 variable commission per year",
        "salary packaging of up to $15,900 pa",
        "Competitive salary and 401k",
        "Salary: 2024",
        "we serve 25,000 customers in 30 countries",
        "call 555 1234",
        "5 - 7 years of experience",
    ],
)
def test_other_sums_do_not_count(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "A home-office stipend of $750",
        "Wellness stipend: $150 per month",
        "Competitive salary, 25 days of holiday, £500 to spend on your desk",
        "Competitive pay. $1,200 a year for courses and books",
        "Earn $2,000 for each friend you refer",
        "We cover $400 per month of your health premiums",
        "Childcare support of €300 per month",
        "$200/month for your gym or any sport",
        "Our customers pay us $30,000 to $250,000 a year",
        "Average contract value of $40,000 per year",
        "Full sales cycle with deal sizes of $20k to $80k a year",
        "You will manage $100,000 per month in ad spend",
        "Sellers earn $2,000 a month on our marketplace",
        "Families save $1,200 per year with us",
        "Our product costs $49 per user per month",
        "Refunds between $20,000 and $30,000",
        "Tickets restaurant de 9 € par jour",
        "Presupuesto de formación de 1.000 € al año",
        "Vale refeição de R$ 1.200 por mês",
        "Weiterbildungsbudget von 2.000 € pro Jahr",
        "Reiskostenvergoeding: € 110 per maand",
        "A sick pay of $4,000 a year",
        "Plus variable of $40,000 per year",
        "We write cheques. Between $100,000 and $900,000.",
        "We sell used boats. $30,000 - $60,000, with a warranty",
        "You will make $500,000 buying decisions",
        "Goals: a bonus of 2 LPA",
        "$2,100 bi-weekly",
        "Minimum deposit: $25,000\nMaximum deposit: $90,000",
        "Loans. $50,000 - $90,000.",
        "A saloon for $4,000 to $6,000, sold as seen",
        "$50,000 to start a shop of your own",
        "You will make 900 - 1,100 calls a month.",
        "The base for this shop will be between 4,000 and 5,000 square metres.",
        "A quiet street. $90,000 - $900,000.",
        "We build for homes. $400,000 - $500,000",
        "In gratification of donors we gave €5,000 a year",
        "Our alumni in Pune and Chennai got 12 LPA",
        "13e maandloon van € 1.500 per jaar",
    ],
)
def test_money_for_other_things_is_no_pay(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Our top closers earn $210,000",
        "The best drivers can make $2,200 a week",
        "Most bartenders take home $310 a night",
        "Many cooks earn $35 an hour with tips",
        "Tips average $21 an hour",
        "Hairdressers: stylists average $1,300 per week",
        "First-year agents clear $88,000",
        "Last year's fitters averaged $81,000",
    ],
)
def test_what_others_make_is_no_pay_of_the_job(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Pay is $6/hour plus tips; most waiters take home $27-$33 an hour", 6, 6),
        ("$17-$19/hr plus pooled tips ($4-6/hr)", 17, 19),
        ("A base of $41,000 plus commission. Top sellers earn $230,000", 41_000, 41_000),
        ("Minimum: $51,500\nMaximum: $70,250", 51_500, 70_250),
        ("Min salary $52,000\nMax salary $71,000", 52_000, 71_000),
        ("The hiring range for this position is 70-80K.", 70_000, 80_000),
        ("We work from home. $81,000-$95,000 plus a car.", 81_000, 95_000),
        ("A quiet workshop. Between €45,000 and €55,000.", 45_000, 55_000),
        ("Fixed 6 LPA plus incentives", 600_000, 600_000),
        ("You'll make £40,000 with us", 40_000, 40_000),
        ("Salary $85,000 - $95,000 plus super. Three days in the office.", 85_000, 95_000),
        ("Salary: $75,000 bi-weekly", 75_000, 75_000),
        ("Uurtarief € 80 - € 90", 80, 90),
        ("Maandloon € 3.200 - € 4.100", 3_200, 4_100),
        ("R$ 5.200 mensais", 5_200, 5_200),
        ("$26 to $31 an hour all in", 26, 31),
        ("$29/hour including tips", 29, 29),
        ("Starting at $23/hour, all in one town", 23, None),
        ("Salaire fixe + variable : 41 000 € par an", 41_000, 41_000),
        ("Gratification mensuelle de 700 €", 700, 700),
        ("$66,000 to start", 66_000, 66_000),
        ("Bolsa-auxílio de R$ 1.600,00", 1_600, 1_600),
        ("900.000 $ líquidos mensuales", 900_000, 900_000),
    ],
)
def test_pay_is_told_from_what_stands_beside_it(text: str, low: float, high: float) -> None:
    assert [(s.low, s.high) for s in told(text, "CL" if "líquidos" in text else "US")] == [(low, high)]


@pytest.mark.parametrize(
    "text", ["$60,000 base / $110,000 OTE", "Salary: £50k base, £90k OTE", "Base €70k + commission = €110k realistic OTE"]
)
def test_base_pay_and_earnings_side_by_side_are_two_sums(text: str) -> None:
    assert [s.is_ote for s in told(text)] == [False, True]


def test_earnings_of_another_sum_make_none_of_base_pay() -> None:
    assert [s.is_ote for s in told("Base: $60k | OTE: $95k")] == [False, True]
    assert [s.is_ote for s in told("Package 70-80K€ (fixe + variable)")] == [True]


def test_a_period_without_a_word_of_pay_needs_a_sum_that_people_live_on() -> None:
    assert told("It is $50 a month") == []
    assert told("It is $100,000 a month") == []
    assert [s.low for s in told("It is $5,000 a month")] == [5_000]


def among_benefits(line: str) -> list[float | None]:
    text = f"Benefits\n\n• Dental\n• {line}\n• Time off"
    return [s.low for s in statements(text, lambda: "US", split_sections(text))]


@pytest.mark.parametrize("line", ["$4,000 a month", "Paid leave and $9,000 in cash", "We pay $2,500", "Great pay, free fruit, $12,000"])
def test_a_sum_among_benefits_needs_a_word_of_pay(line: str) -> None:
    assert among_benefits(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "Base salary of $90,000",
        "Pay starting at $90,000, plus a yearly bonus",
        "$90,000 base salary plus car",
        "We pay $90,000 to $99,000",
        "Salary: $90,000",
    ],
)
def test_pay_among_benefits_is_found(line: str) -> None:
    assert among_benefits(line) == [90_000]


def test_an_item_of_a_list_is_no_heading() -> None:
    (found,) = told("• A monthly allowance for sport\n\nSalary: €71,000 - €91,500")
    assert found.period is Period.YEAR


def test_a_stipend_counts_where_it_is_the_pay_of_the_job() -> None:
    assert [s.low for s in told("Monthly stipend: $2,000")] == [2_000]
    assert [s.low for s in told("The stipend for this internship is $4,000 per month")] == [4_000]


def test_the_nearest_word_decides() -> None:
    assert [s.low for s in told("Besides a yearly bonus you get a base salary of $90,000.")] == [90_000]
    assert [s.low for s in told("Salary: $90,000 plus a bonus of $9,000 per year")] == [90_000]


def test_a_commission_plan_does_not_widen_the_range() -> None:
    text = "Salary Range: $80,000 - $95,000 per year, plus Variable Commission Plan ($20,000-$23,750) and equity"
    assert [(s.low, s.high) for s in told(text)] == [(80_000, 95_000)]


def test_a_heading_speaks_for_the_line_under_it() -> None:
    assert [(s.low, s.is_alone) for s in told("Compensation\n\n\n28,000", "PH")] == [(28_000, True)]
    assert told("Students\n\n28,000") == []


def test_a_sentence_above_is_no_heading() -> None:
    assert [s.low for s in told("You know how to keep a budget.\n$40,000 - $55,000")] == [40_000]


def test_sums_without_a_currency_need_a_word_of_pay_right_before() -> None:
    assert [(s.low, s.high, s.currency) for s in told("Salary: 60,000 - 80,000", "NZ")] == [(60_000, 80_000, "NZD")]
    assert told("Salary depends on which of our 60,000 shops you choose") == []
    assert told("Salary: 60,000 - 80,000", None) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("Earn up to $90,000 a year", None, 90_000), ("Salary from $90,000", 90_000, None), ("Gehalt ab 60.000 €", 60_000, None)],
)
def test_open_ends(text: str, low: float | None, high: float | None) -> None:
    assert [(s.low, s.high) for s in told(text)] == [(low, high)]


def test_on_target_earnings_are_told_from_base_pay() -> None:
    both = told("On-target earnings of $170,000 - $240,000. The base salary is $130,000 - $180,000.")
    assert [s.is_ote for s in both] == [True, False]
    assert not told("Note: base salary $130,000 - $180,000")[0].is_ote


def test_the_country_named_beside_a_sum_decides_its_dollar() -> None:
    assert told("The annual Canadian base salary range is $90,000 - $110,000")[0].currency == "CAD"


@pytest.mark.parametrize(
    ("amount", "currency", "period"),
    [
        (90_000, "USD", Period.YEAR),
        (45, "USD", Period.HOUR),
        (5_000, "EUR", Period.MONTH),
        (60, "HKD", Period.HOUR),
        (20_000, "HKD", Period.MONTH),
        (30_000, "THB", Period.MONTH),
        (5_000_000, "IDR", Period.MONTH),
        (600_000, "INR", Period.YEAR),
        (1_500, "USD", Period.MONTH),
        (500, "USD", None),
        (100, "SGD", None),
    ],
)
def test_the_size_tells_the_period(amount: float, currency: str, period: Period | None) -> None:
    assert inferred_period(amount, currency) is period


def test_nobody_is_paid_millions_an_hour() -> None:
    assert not is_plausible(1_000_000, "USD", Period.HOUR)
    assert not is_plausible(1, "USD", Period.MONTH)
    assert is_plausible(30, "USD", Period.HOUR)


@pytest.mark.parametrize("text", ["salary " * 30_000, "$1 " * 1_000, " " * 200_000 + "$9", "pay $" + "9" * 1_000])
def test_odd_input_ends(text: str) -> None:
    assert all(statement.end <= len(text) for statement in told(text))
