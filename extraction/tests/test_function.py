import csv
from pathlib import Path

import pytest

from extraction.document import Document
from extraction.rules.title import job_function
from extraction.schema import JobFunction
from ingestion.ats.base import Posting


def document(title, text="", **fields):
    posting = Posting(source_job_id="1", title=title, url="", **fields)
    return Document(posting=posting, text=text, sections=(), company_name="Example Ltd")


def function(title, text="", **fields):
    return job_function(document(title, text, **fields)).value


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Account Executive, Enterprise", "sales"),
        ("Sales Engineer", "sales"),
        ("Business Development Manager", "sales"),
        ("Key Account Manager", "sales"),
        ("Revenue Operations Analyst", "revops"),
        ("Program Manager, Revenue Enablement", "revops"),
        ("Product Marketing Manager", "marketing"),
        ("Director of Product Marketing", "marketing"),
        ("Software Engineer, Payments", "engineering"),
        ("Machine Learning Engineering Manager", "engineering"),
        ("Lead Data Scientist, Fraud", "data"),
        ("BI Engineer", "data"),
        ("Product Manager, Risk & Compliance", "product"),
        ("Marketing Designer", "design"),
        ("Customer Success Manager", "customer_success"),
        ("Implementation Consultant", "customer_success"),
        ("Technical Support Engineer", "support"),
        ("Kundenberater (m/w/d)", "support"),
        ("Credit Risk Operations Associate", "finance"),
        ("Tax Lead", "finance"),
        ("Technical Recruiter", "hr"),
        ("Compliance Officer", "legal"),
        ("Risk Operations Analyst", "legal"),
        ("Supply Chain Planner", "operations"),
        ("Technical Program Manager, Site Reliability", "operations"),
        ("Agent de sécurité", "operations"),
        ("IT Support Specialist", "it"),
        ("Software Engineer, Security", "security"),
        ("Security Analyst", "security"),
        ("Research Scientist, Language Models", "research"),
        ("Scientist, Cell Biology", "research"),
        ("Registered Nurse", "other"),
        ("Corporate Strategy Manager", "other"),
        ("Join our Talent Pool", "unknown"),
    ],
)
def test_title(title, expected):
    assert function(title) == expected


def test_department_decides_where_the_title_is_neutral():
    found = job_function(document("Coordinator", department="Marketing", pointers={"department": "/departments/0/name"}))
    assert (found.value, found.rule, found.evidence[0].pointer) == ("marketing", "function.department", "/departments/0/name")


def test_team_stands_in_for_a_department_that_says_nothing():
    assert function("Wizard", department="X-17", team="Talent Acquisition") == "hr"


def test_a_clear_title_beats_the_department():
    assert function("Software Engineer", department="Marketing") == "engineering"


def test_text_is_the_last_resort_and_weak():
    text = "As an account executive you win customers.\nOur account executive team is growing."
    found = job_function(document("Wizard Extraordinaire", text))
    assert (found.value, found.rule) == ("sales", "function.text")
    assert found.confidence < 0.5
    quote = found.evidence[0]
    assert text[quote.start : quote.end] == quote.quote == "account executive"


def test_nothing_known_is_unknown():
    assert function("Xyzzy") == "unknown"
    assert function("") == "unknown"


def test_every_label_of_the_table_is_a_function():
    with (Path(__file__).parents[1] / "data" / "title_functions.csv").open(encoding="utf-8") as file:
        labels = {row["label"] for row in csv.DictReader(file)}
    assert labels - {"ignore"} <= {value.value for value in JobFunction}


def test_evidence_is_the_deciding_words_of_the_title():
    quote = job_function(document("Senior Account Executive, Iberia")).evidence[0]
    assert (quote.quote, quote.start, quote.end) == ("Account Executive", 7, 24)
