import pytest

from extraction.document import Document
from extraction.evidence import Evidence
from extraction.rules.role_title import role_title
from extraction.rules.seniority import seniority
from ingestion.ats.base import Posting


def document(title, location="", company="Example Ltd", text="", **fields):
    posting = Posting(source_job_id="1", title=title, url="", job_location=location, **fields)
    return Document(posting=posting, text=text, sections=(), company_name=company)


def cleaned(title, location="", **fields):
    return role_title(document(title, location, **fields)).value


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Account Executive, Enterprise", "Account Executive, Enterprise"),
        ("Data Engineer (m/f/d)", "Data Engineer"),
        ("Vertriebsleiter (m/w/d)", "Vertriebsleiter"),
        ("Chef de projet H/F", "Chef de projet"),
        ("Support Agent - Remote", "Support Agent"),
        ("Support Agent - HYBRİD", "Support Agent"),
        ("Remote Support Agent", "Support Agent"),
        ("Hybrid | Payroll Specialist", "Payroll Specialist"),
        ("Recruiter (Fixed Term)", "Recruiter"),
        ("Recruiter (6 Month FTC)", "Recruiter"),
        ("Sales Manager, EMEA", "Sales Manager"),
        ("Sales Manager APAC", "Sales Manager"),
        ("Data Analyst (R12345)", "Data Analyst"),
        ("[Job - 20991] Data Analyst", "Data Analyst"),
        ("Marketing Intern - Summer 2031", "Marketing Intern"),
        ("Nurse - Night Shift", "Nurse"),
        ("Security Guard 2nd Shift", "Security Guard"),
        ("Rising Stars Talent Program - Backend Engineer", "Backend Engineer"),
        ("Buyer &amp; Planner", "Buyer & Planner"),
        ("  Product   Designer ", "Product Designer"),
        ("Analyst (graduates are welcome)", "Analyst"),
    ],
)
def test_noise_is_left_out(title, expected):
    assert cleaned(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Nurse - Dublin", "Nurse"),
        ("Platform Engineer - Rochester, USA", "Platform Engineer"),
        ("Insurance Agent - Columbia, MD", "Insurance Agent"),
        ("Driver in Koblenz, Germany", "Driver"),
        ("Family Specialist: Glendale, AZ", "Family Specialist"),
        ("Platform Engineer (Must be based in UK)", "Platform Engineer"),
        ("Platform Engineer (Hybrid in Bangalore)", "Platform Engineer"),
        ("Account Manager, France", "Account Manager"),
    ],
)
def test_clear_places_are_left_out(title, expected):
    assert cleaned(title, "Koblenz" if "Koblenz" in title else "") == expected


def test_own_place_of_the_posting_is_left_out_without_a_mark():
    assert cleaned("Sales Representative Smallville", "Smallville, Kansas") == "Sales Representative"


@pytest.mark.parametrize(
    "title",
    [
        "Software Engineer (Java)",
        "Engineer, AI/ML",
        "Customer Success Manager - German Speaking",
        "Support Agent (Dutch Speaker)",
        "Product Manager, Risk & Compliance",
        "Director, IT",
        "Account Executive - Strategic",
        "Developer (C#/.NET, React)",
        "Head of Marketing",
        "Onsite Property Host - Future Team",
    ],
)
def test_speciality_and_language_stay(title):
    assert cleaned(title) == title


def test_company_name_is_left_out():
    assert cleaned("Example Ltd - Product Manager") == "Product Manager"


def test_clear_place_behind_a_job_word_is_left_out_without_a_mark():
    assert cleaned("Account Manager Spain") == "Account Manager"


def test_nothing_but_noise_stays_as_it_is():
    assert cleaned("Remote") == "Remote"


def test_evidence_points_into_the_title():
    found = role_title(document("Data Engineer (m/f/d)", pointers={"title": "/text"}))
    assert found.evidence[0] == Evidence("Data Engineer", "/text", 0, 13)


def test_empty_title_gives_an_empty_value_without_evidence():
    found = role_title(document(""))
    assert (found.value, found.evidence, found.confidence) == ("", (), 0.0)


@pytest.mark.parametrize("filler", [" ", ",", "1", "(", "() ", "- ", "5 years "])
def test_huge_titles_and_texts_are_read_without_growing_work(filler):
    long = filler * (200_000 // len(filler))
    for found in (document("Engineer" + long), document("Manager of Things", text=long)):
        assert len(role_title(found).value) <= 500
        seniority(found)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("🚀 Account Executive 🚀", "Account Executive"),
        ("Account Executive ⭐️", "Account Executive"),
        ("Account Executive – Leeds 🇬🇧", "Account Executive"),
        ("Stagiaire RH (6 mois)", "Stagiaire RH"),
        ("C++ Developer", "C++ Developer"),
        ("Développeur Réseau™ Senior", "Développeur Réseau™ Senior"),
    ],
)
def test_pictures_and_durations_are_no_part_of_the_role(title: str, expected: str) -> None:
    assert cleaned(title) == expected
