import pytest

from extraction.document import Document, Section, SectionKind
from extraction.rules.level_words import stated_level
from extraction.rules.seniority import seniority
from extraction.schema import Seniority
from ingestion.ats.base import Posting


def document(title, text="", sections=()):
    return Document(posting=Posting(source_job_id="1", title=title, url=""), text=text, sections=sections, company_name="Example Ltd")


def level(title, text=""):
    return seniority(document(title, text)).value


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Marketing Intern", "intern"),
        ("Werkstudent Controlling (m/w/d)", "intern"),
        ("Stagiaire Achats", "intern"),
        ("Software Engineer Apprentice", "intern"),
        ("Junior Buyer", "junior"),
        ("Graduate Engineer", "junior"),
        ("Junior Sales Manager", "junior"),
        ("Associate Consultant", "junior"),
        ("Software Engineer I", "junior"),
        ("Software Engineer II", "mid"),
        ("Mid-Level Developer", "mid"),
        ("Analista de Dados Pleno", "mid"),
        ("Software Engineer III", "senior"),
        ("Mechanical Engineer II/III", "mid"),
        ("Sr. Accountant", "senior"),
        ("Senior Account Manager", "senior"),
        ("Senior Product Manager, Trading", "senior"),
        ("Senior Customer Success Manager I", "senior"),
        ("Senior/Staff Engineer", "senior"),
        ("Senior/Staff/Principal Engineer", "senior"),
        ("Lead Data Scientist", "senior"),
        ("Staff Software Engineer", "staff"),
        ("SDE IV", "staff"),
        ("Inspector IV", "senior"),
        ("Principal Architect", "principal"),
        ("Distinguished Engineer", "principal"),
        ("Chief Engineer", "principal"),
        ("Engineering Manager", "manager"),
        ("Senior Engineering Manager", "manager"),
        ("Senior Manager, Finance", "manager"),
        ("Store Manager", "manager"),
        ("Warehouse Supervisor", "manager"),
        ("Teamleiter Vertrieb", "manager"),
        ("Head of Sales", "director"),
        ("Associate Director, Design", "director"),
        ("Directeur Marketing", "director"),
        ("SVP, Engineering", "vp"),
        ("Vice President of Sales", "vp"),
        ("Sr. Director/VP of Data", "director"),
        ("Chief Financial Officer", "cxo"),
        ("CTO & Co-Founder", "cxo"),
        ("Geschäftsführer", "cxo"),
    ],
)
def test_title_words(title, expected):
    assert level(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Chief of Staff",
        "Chief of Staff to the CEO",
        "Executive Assistant to the CEO",
        "Director's Assistant",
        "VP’s Executive Assistant",
        "Directors' Assistant",
        "Analyst, Office of the CFO",
        "Director of Photography",
        "Lead Generation Specialist",
        "Staff Accountant",
        "Member of Technical Staff",
        "Senior Living Companion",
        "Account Manager",
        "Product Manager",
        "Marketing Manager, Mid-Market",
        "Internship Program Manager",
        "Stage Manager",
        "Writer at Founders Weekly",
        "Research Fellow",
        "Specialist, CRO Programs",
        "Product Specialist, I/O Modules",
        "Accountant - 1 Year Contract",
        "Disputes Lawyer 2-3 month contract",
        "Planner, Phase II",
    ],
)
def test_words_that_only_seem_to_be_a_level(title):
    assert level(title) == "unknown"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Director, Women's Health", "director"),
        ("Children's Ministry Director", "director"),
        ("'Director' of Sales", "director"),
        ("‘Director’ of Sales", "director"),
        ("'Sales Directors' wanted", "director"),
    ],
)
def test_somebody_elses_name_hides_no_level(title, expected):
    assert level(title) == expected


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Electrician - Night Shift", "", "mid"),
        ("Intake Officer", "You answer the phone.", "mid"),
        ("Registered Nurse", "5+ years of experience in intensive care", "senior"),
        ("Welder", "No experience necessary, full training provided.", "junior"),
        ("Laboratory Technician I", "", "junior"),
        ("Senior Physiotherapist", "", "senior"),
        ("Chief Operating Officer", "", "cxo"),
        ("Customer Service Representative", "Proven experience in retail.", "junior"),
    ],
)
def test_a_learnt_trade_is_mid_where_nothing_else_says_more(title, text, expected):
    assert level(title, text) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Locksmith / Welder", "mid"),
        ("Teacher of Mathematics", "mid"),
        ("Dietitian wanted, two wards", "mid"),
        ("Officer Part-Time", "mid"),
        ("Help Desk Analyst", "junior"),
        ("Vineyard Hand", "junior"),
        ("Cashier - Airport", "junior"),
    ],
)
def test_an_occupation_ends_the_titles_first_part(title, expected):
    assert level(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Student Midwife",
        "Baker's Aide",
        "Welder Helper",
        "Assistant Plumber",
        "Provisional Pharmacist",
        "Physiotherapist Assistant",
        "Data Scientist, Teacher Hiring",
        "Product Designer - Electrician Tools",
        "Programmer (Service Desk)",
        "Sales Engineer, Dentist",
        "Buyer (Nurse Uniforms)",
        "Nurse Uniforms Buyer",
        "Cleaner Air Lobbyist",
        "Platform Engineer, Host",
    ],
)
def test_a_helper_or_a_market_is_no_occupation(title):
    assert level(title) == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("• 1+ years of experience in sales", "junior"),
        ("• Up to 3 years of experience", "junior"),
        ("• 3-5 years of experience with databases", "mid"),
        ("You bring at least four (4) years of relevant experience.", "mid"),
        ("• 5+ years in software development", "senior"),
        ("Minimum 2 ans d’expérience dans la vente", "mid"),
        ("Du hast mindestens 5 Jahre Erfahrung im Vertrieb", "senior"),
        ("• 3+ years preferred experience\n• 6 years of experience in audit", "senior"),
        ("Ideally 5+ years of closing experience", "senior"),
        ("• 2 years of experience, ideally in banking", "mid"),
        ("• Have 5+ years of deep motion design work, all of it hands-on experience", "senior"),
        ("A company with more than 15 years of combined experience", "unknown"),
        ("We have been in business for over 30 years.", "unknown"),
        ("Options vest over 4 years.", "unknown"),
        ("A 12 month contract over 2 years, $50,000 per year.", "unknown"),
    ],
)
def test_years_asked_for(text, expected):
    assert level("Engineer", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We are looking for a Senior Analyst. 2 years of experience needed.", "senior"),
        ("We are looking for a mid to senior welder.", "mid"),
        ("Seeking a mid/senior analyst to join us.", "mid"),
        ("This is an entry-level role for curious people.", "junior"),
        ("You will work with senior leaders every day.", "unknown"),
        ("The internship program lasts six months.", "intern"),
    ],
)
def test_a_level_word_about_this_job_beats_years(text, expected):
    assert level("Analyst, Pricing", text) == expected


def test_wording_of_experience_is_a_weak_guess():
    found = seniority(document("Analyst", "No prior experience required, training provided."))
    assert (found.value, found.rule) == ("junior", "seniority.wording")
    assert found.confidence < 0.5


def test_gaining_experience_is_not_asking_for_it():
    assert level("Sales Representative", "You will gain experience in a young company.") == "unknown"


def test_lead_of_people_is_a_manager_and_shows_both_places():
    found = seniority(document("Accounting Lead", "You will manage a team of five accountants."))
    assert found.value == "manager"
    assert [quote.quote for quote in found.evidence] == ["Lead", "manage a team of"]


def test_a_growing_team_is_not_led_by_this_job():
    assert level("Audit Lead", "You join a growing analytics team.") == "senior"


def test_lead_without_people_is_senior():
    assert level("Accounting Lead", "You work with cross-functional teams.") == "senior"


def test_manager_of_a_field_is_judged_by_people_then_years():
    assert level("Manager, Compliance", "Lead a team of analysts. 3 years of experience.") == "manager"
    assert level("Manager, Compliance", "• 3 years of experience in banking") == "mid"
    assert level("Manager, Compliance") == "manager"


def test_associate_with_three_years_is_mid():
    assert level("Associate Counsel", "• 3+ years of experience in law") == "mid"


def test_preferred_section_gives_way_to_requirements():
    text = "Nice\n• 8+ years of experience\nMust\n• 2+ years of experience"
    cut = text.index("Must")
    sections = (Section(SectionKind.PREFERRED, "Nice", 0, cut), Section(SectionKind.REQUIREMENTS, "Must", cut, len(text)))
    assert seniority(document("Engineer", text, sections)).value == "mid"


def test_evidence_of_years_is_a_span_of_the_text():
    text = "Requirements\n• 5+ years of experience"
    quote = seniority(document("Engineer", text)).evidence[0]
    assert text[quote.start : quote.end] == quote.quote == "5+ years"


def test_nothing_to_go_by_is_unknown_without_evidence():
    found = seniority(document("", ""))
    assert (found.value, found.evidence) == ("unknown", ())


@pytest.mark.parametrize(
    "text", ["Apply anyway: we hire people, not checklists.", "There is room to grow and a product that people enjoy."]
)
def test_people_whom_the_company_hires_are_not_led_by_this_job(text):
    assert level("Demand Generation Manager", f"{text}\n\n• 3 years of experience in marketing") == "mid"


def test_a_number_behind_a_note_is_no_grade():
    assert level("Data Engineer, Risk (Urgent 1)") == "unknown"


@pytest.mark.parametrize(
    "text", ["We are looking for a senior or mid-level engineer.", "We are amid growth, looking for a mid-level or senior engineer."]
)
def test_of_levels_in_one_call_the_table_decides_not_the_text(text: str) -> None:
    found = stated_level(document("Engineer", text))
    assert found is not None
    assert found.level is Seniority.MID


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You serve internal and international teams. We are looking for an intern to join us.", "intern"),
        ("We are looking for somebody with internal contacts and a sense of seniority.", None),
        ("We are looking for internal talent and for a senior buyer.", "senior"),
    ],
)
def test_words_that_begin_like_a_level_are_none_and_hide_none(text: str, expected: str | None) -> None:
    found = stated_level(document("Buyer", text))
    assert (found and found.level) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A high school diploma is enough.", "unknown"),
        ("High-school degree or equal.", "unknown"),
        ("A diploma in nursing.", "mid"),
        ("A graduate school of law; a degree in it helps.", "mid"),
    ],
)
def test_what_a_school_ends_with_is_no_trade(text: str, expected: str) -> None:
    assert level("Weaver", text) == expected


@pytest.mark.parametrize("title", ["Vertriebsleiter (m/w/d)", "Leitung: Küchenleiterin", "Logistikleiter Nord", "Personalleiter"])
def test_german_leaders_of_something_are_managers(title: str) -> None:
    assert level(title) is Seniority.MANAGER


@pytest.mark.parametrize(
    "title",
    [
        "Entwickler Halbleiter",
        "Monteur Lichtwellenleiter",
        "Blitzableiter",
        "Supraleiter",
        "Reiseleiterin",
        "Bauleiter",
        "Projektleiter",
        "Leiterplatten",
    ],
)
def test_what_conducts_or_guides_leads_nobody(title: str) -> None:
    assert level(title) is not Seniority.MANAGER


@pytest.mark.parametrize(
    "text",
    ["Lidera a un equipo de vendedores.", "Vous encadrez une équipe de trois.", "Du führst ein Team von Köchen. Dein Team hat Hunger."],
)
def test_people_to_lead_in_other_languages(text: str) -> None:
    assert level("Team Lead", text) is Seniority.MANAGER


@pytest.mark.parametrize(
    "text", ["El equipo te gestiona.", "Vous rejoignez une équipe.", "Das Team führt dich ein.", "Somos un equipo que lidera el mercado."]
)
def test_a_team_that_one_joins_is_not_led(text: str) -> None:
    assert level("Team Lead", text) is Seniority.SENIOR
