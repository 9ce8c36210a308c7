from __future__ import annotations

import pytest

from extraction.rules.experience import asked_years
from extraction.tests.documents import a_document


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Who you are6+ years of experience in payroll", 6),  # a lost line break
        ("You know logistics.4+ years in freight", 4),
        ("Requirements12-14 years of experience", 12),
        ("需要至少4年以上经验", 4),
        ("3+ years of experience in investment funds", 3),
        ("6+ years in business development roles", 6),
        ("4+ years of experience running retail stores", 4),
        ("7+ years in product design with a history of launching apps", 7),
        ("5+ years in renewable energy", 5),
        ("2+ years in contract management", 2),
        ("You have 4 years selling software", 4),
        ("You've got 6 years leading warehouses", 6),
        ("You will bring 2 years in hospitality", 2),
        ("5+ years auditing banks", 5),
        ("3-5 years with a consultancy", 3),
        ("2-4 years PAE, ideally in a firm", 2),
        ("You enjoy tax law. 6 years in practice", 6),
        ("4-year degree and 3+ years of experience", 3),
        ("3 years of experience, a 4-year degree", 3),
        ("4 years university teaching experience", 4),
        ("3 years with a regional bank", 3),
        ("2+ years with a staffing agency", 2),
        ("3+ years driving lorries", 3),
        ("You have two years minding toddlers", 2),
        ("5+ years with Terraform and Azure", 5),
        ("4+ years using Power BI", 4),
        ("Six-plus years with Kubernetes", 6),
        ("3+ years as pastry chef", 3),
        ("Seven years or more fixing lifts", 7),
        ("You've run a kitchen for 4+ years", 4),
        ("You have taught pupils for five or more years", 5),
        ("Bachelor's degree and 2-3 years in claims", 2),
        ("Certified welder, degree in mechanics and 6+ years' pipe work", 6),
        ("MBA with 4 years in B2C retail", 4),
        ("3+ years of renewals", 3),
        ("看護経験3年以上", 3),
        ("We want someone with 5+ years on Azure", 5),
        ("6 yrs min. in road building", 6),
        ("4 years and more in dairy", 4),
        ("5+ years' hands-on dyeing", 5),
        ("2-4 yrs exp.", 2),
        ("看護経験3〜5年", 3),
        ("経験2～4年", 2),
    ],
)
def test_years_asked_for(text: str, years: float) -> None:
    asked = asked_years(a_document(text))
    assert asked is not None
    assert asked.years == years


@pytest.mark.parametrize(
    "text",
    [
        "Equity with 4 years vesting and a 1 year cliff",
        "Founded in Ghent. 15 years in business, we still grow",
        "With 12 years in business and counting",
        "Voted a great employer 5 years running",
        "4 years running, and still the best",
        "A bank with 18 years of history",
        "10 years of company history",
        "18 years of rich history",
        "A 4-year degree is needed",
        "4-year accredited college degree in nursing",
        "4 years of college",
        "Bachelor's (4 years university)",
        "2-year technical diploma",
        "Applicants must be at least 18 years",
        "You must be at least 18 years of age",
        "Must be a minimum of 18 years",
        "K12 years",
        "Q4 year end closing in finance",
        "Our FY25 year in review",
        "Paid €5 years ago in cash",
        "A budget of $3.5 years in planning",
        "2 years with an option to renew",
        "1 year with a possible extension",
        "You have 3 years to use your shares in the plan",
        "5 years to pay in full",
        "3 years left in the programme",
        "10 years serving families",
        "11 years helping founders",
        "9 years growing steadily",
        "10 years in the making",
        "Our company. 12 years in the market, 40 shops",
        "2 years contract, renewable",
        "3 years, renewable in writing",
        "A fixed term of 2 years in Madrid",
        "We have 15 years in retail",
        "For 12 years we worked in retail",
        "Our people have 20 years of experience combined",
        "A 5 year warranty in writing",
        "None years of waiting in line",
        "A sabbatical after 5 years in the company",
        "10 years in operation",
        "2 years with a full bursary",
        "3 years with a yearly pay review",
        "5 years with a nine month cliff",
        "A bank with 14+ years insuring farms",
        "We are a family firm with 17+ years baking bread",
        "Acme: 16+ years printing maps",
        "19 years sewing great tents!",
        "18+ years delivering warm meals",
        "2 years training is paid for",
        "1 year covering parental leave",
        "3 years funding is agreed",
        "2 years rotating through our shops",
        "2 years beginning in March",
        "1 year with a possibility of renewal",
        "3 years living in France",
        "12+ years with our happy customers",
        "9+ years with the same owners",
        "14+ years with offices nearby",
        "5+ years with full pay",
        "11+ years as the market leader",
        "20+ years as employer number one",
        "We have shipped boats for 14+ years",
        "The firm has sold tea for 9 years",
        "Thank you for 10+ years",
        "You have a pension for 10 years with matching",
        "You've a visa for 3 years",
        "Diploma, 2 years",
        "Renewals after 2 years",
        "Shops with 5+ years on the same street",
        "The pie expires after 2 years",
        "A bank holding a licence, 40 shops and 12 years of profit",
        "You have lived in Porto for 4 years",
        "Once you have worked here for 2 years",
        "7+ years with double-digit sales growth",
        "9+ years as profitable company",
        "11+ years as remote-first company",
        "13+ years on Inc. 5000 lists",
        "Diploma and 3 years of training",
        "Paid tuition, a degree, 2 years of training included",
        "A reward after 3 years and a free export",
    ],
)
def test_years_of_something_else(text: str) -> None:
    assert asked_years(a_document(text)) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Requirements\n- 6+ years C/C++ on small chips", 6),
        ("What you bring\n• 2 to 3 years, ideally in a lab", 2),
        ("Nice to have\n- 4 years full-cycle payroll", 4),
        ("Requirements\n- 5 years international freight", 5),
        ("Requirements\n- 3 years blockchain", 3),
    ],
)
def test_a_list_of_what_is_asked_for_needs_no_word_of_experience(text: str, years: float) -> None:
    asked = asked_years(a_document(text))
    assert asked is not None
    assert asked.years == years


@pytest.mark.parametrize(
    "text",
    [
        "About us\n- 6+ years small chips",
        "Benefits\n- 2 years full pay",
        "Requirements\n- 18+ years",
        "Requirements\n- Aged 18 years or over",
        "Requirements\n- A 4-year degree",
        "Requirements\n- Driving licence held within the last 3 years",
        "Requirements\n- No claims in the past 5 years",
        "Requirements\n- Address history for 5 years",
        "Requirements\n- 4 years clean driving record",
        "Requirements\n- 14+ years",
        "Requirements\n- 13 years and above",
        "Requirements\n- 3 years UK residency",
        "Requirements\n- 2 years notice",
        "Requirements\n- 3 Jahre Ausbildung",
        "Requirements\n- 2 years commitment",
    ],
)
def test_nor_does_every_number_of_years_in_it_speak_of_experience(text: str) -> None:
    assert asked_years(a_document(text)) is None
