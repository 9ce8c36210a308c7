from __future__ import annotations

from typing import Any

import pytest

from catalog.vocabulary.values import SkillTerm, Vocabulary
from extraction.llm.answer import PostingAnswer
from extraction.llm.stated import stated_by
from extraction.tests.documents import a_document
from extraction.tests.llms import item

TEXT = """About us
Acme sells Zorblax to shipyards.

What you will do
• Own the forecast of the whole northern region together with finance
• Present results in Quux and Salesforce every week

Requirements
• 5 years of selling, negotiation on board level
• You work from our hub in Lyon, three days a week at home

The base salary is between €60,000 and €75.000 a year, our revenue is $50M."""
VOCABULARY = Vocabulary((SkillTerm("Salesforce", "tool", "crm", ("SFDC",)), SkillTerm("Negotiation", "skill", "sales")), "v1")
DOCUMENT = a_document(TEXT, title="Senior Sales Manager (m/f/d) - Lyon", company="Acme")


def stated(**members: Any):
    return stated_by(PostingAnswer.model_validate(item("a1", f"Title: {DOCUMENT.posting.title}", **members)), DOCUMENT, VOCABULARY)


def pay(low: float | None, high: float | None, quote: str, currency: str = "EUR", period: str = "year") -> dict[str, Any]:
    return {"min": low, "max": high, "currency": currency, "period": period, "ote": False, "quote": quote}


def test_a_value_whose_words_stand_there_is_a_finding_with_their_span():
    found = stated(remote_type={"value": "hybrid", "quote": "three days a week at home"}).findings["remote_type"]
    (span,) = found.evidence
    assert TEXT[span.start : span.end] == "three days a week at home"
    assert found.value == "hybrid"


def test_a_value_whose_words_stand_nowhere_is_dropped_and_counted():
    answer = stated(
        remote_type={"value": "remote", "quote": "work from anywhere"}, employment_type={"value": "full_time", "quote": "5 years"}
    )
    assert set(answer.findings) == {"employment_type"}
    assert (answer.stated, answer.located) == (2, 1)


def test_the_level_is_looked_for_in_the_title_first():
    (span,) = stated(seniority_level={"value": "senior", "quote": "Senior"}).findings["seniority_level"].evidence
    assert (span.pointer, span.start, span.end) == ("/title", 0, 6)


def test_unknown_is_no_statement():
    answer = stated(remote_type={"value": "unknown", "quote": ""}, seniority_level={"value": "unknown", "quote": "Senior"})
    assert (answer.findings, answer.stated) == ({}, 0)


def test_a_role_title_must_be_part_of_the_title():
    assert stated(role_title="Sales Manager").findings["role_title"].value == "Sales Manager"
    assert "role_title" not in stated(role_title="Head of Everything").findings


def test_places_are_read_by_the_gazetteer():
    place = stated(location="Lyon").findings["location"].value
    assert (place.city, place.country) == ("Lyon", "FR")
    assert "location" not in stated(location="shipyards").findings


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (pay(60_000, 75_000, "between €60,000 and €75.000 a year"), True),
        (pay(60_000, None, "between €60,000 and €75.000 a year"), True),
        (pay(60_000, 85_000, "between €60,000 and €75.000 a year"), False),  # no such figure
        (pay(75_000, 60_000, "between €60,000 and €75.000 a year"), False),  # upside down
        (pay(60_000, 75_000, "between €60,000 and €75.000 a year", currency="GBP"), False),
        (pay(60_000, 75_000, "The salary is €60,000 to €75,000"), False),  # not the posting's words
        (pay(50_000_000, None, "our revenue is $50M", currency="USD"), False),  # nobody is paid that
        (pay(None, None, "The base salary"), False),
    ],
)
def test_pay_must_stand_in_its_quote_in_figures(answer, accepted):
    assert ("salary" in stated(salary=answer).findings) is accepted


def test_a_summary_is_made_of_the_postings_own_sentences():
    finding = stated(
        summary=[
            "Present results in Quux and Salesforce every week",
            "Own the forecast of the whole northern region",
            "You will be rich and famous",
        ]
    ).findings["job_summary"]
    assert finding.value == "Own the forecast of the whole northern region Present results in Quux and Salesforce every week"
    assert [TEXT[span.start : span.end] for span in finding.evidence] == [
        "Own the forecast of the whole northern region",
        "Present results in Quux and Salesforce every week",
    ]


def test_a_summary_never_has_more_words_than_the_record_has_room_for():
    document = a_document("\n".join(f"Sentence {n} says " + "so " * 30 + f"end{n}." for n in range(3)))
    quotes = [f"Sentence {n} says " + "so " * 30 + f"end{n}." for n in range(3)]
    finding = stated_by(PostingAnswer.model_validate(item("a1", "Title: x", summary=quotes)), document, VOCABULARY).findings["job_summary"]
    assert len(finding.value.split()) <= 60


def test_of_known_terms_the_matcher_decides_and_unknown_ones_are_kept_as_written():
    answer = stated(skills=["negotiation", "selling", "Juggling"], tools=["salesforce", "quux", "Zorblax"])
    assert [span.quote for span in answer.skills] == ["selling"]
    assert [span.quote for span in answer.tools] == ["Quux"]  # Zorblax is what the company sells
    assert (answer.stated, answer.located) == (6, 4)


def test_tasks_are_the_postings_own_words():
    tasks = stated(key_functions=["own the forecast of the whole northern region together with finance", "make coffee for everyone here"])
    assert tasks.findings["key_functions_hired_for"].value == ("Own the forecast of the whole northern region together with finance",)
