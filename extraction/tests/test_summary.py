import math
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.rules.summary import _Scorer, job_summary
from extraction.tests.documents import a_document

TEXT = """About Acme

Acme was founded in 1920 and is a leading provider of anvils for millions of coyotes in many countries.

About the role

We are looking for a Welder who joins the anvils into chains. You will work with two others in the hall. Apply by mail to our office until May.

Responsibilities

• Weld anvils to chains every day

Equal opportunity

We hire regardless of age."""


def test_sentences_about_the_role_are_taken_verbatim() -> None:
    document = a_document(TEXT)
    finding = job_summary(document)
    assert finding.value == "We are looking for a Welder who joins the anvils into chains. You will work with two others in the hall."
    assert all(document.text[s.start : s.end] == s.quote for s in finding.evidence)
    assert " ".join(s.quote for s in finding.evidence) == finding.value


def test_a_list_item_serves_where_there_is_no_sentence() -> None:
    document = a_document("Responsibilities\n\n• Weld anvils to long and heavy chains every single day")
    assert job_summary(document).value == "Weld anvils to long and heavy chains every single day"


@pytest.mark.parametrize("text", ["", "Apply now.", "Benefits\n\nWe offer free coffee and dental insurance to everybody in the team here."])
def test_nothing_about_the_role_gives_no_summary(text: str) -> None:
    finding = job_summary(a_document(text, title="X"))
    assert (finding.value, finding.evidence) == ("", ())


def test_never_more_than_60_words() -> None:
    text = "About the role\n\n" + " ".join(f"You will weld {n} anvils with great care and a very steady hand each day." for n in range(40))
    finding = job_summary(a_document(text))
    assert 0 < len(finding.value.split()) <= 60
    assert job_summary(a_document("About the role\n\nYou will " + "weld and " * 80)).value == ""


def test_what_one_does_comes_before_how_the_role_is_framed() -> None:
    text = """About the role

This role exists because demand is outpacing the team.

You will report to the head of Sales and work closely with Legal and Finance.

The role is full-time (40 hours a week).

As Welder you will join heavy anvils into chains and keep the hall in order."""
    assert job_summary(a_document(text)).value.startswith("As Welder you will join heavy anvils")


def test_whole_sentences_of_the_next_paragraph_follow_and_lines_cut_short_do_not() -> None:
    role = "We are looking for a Welder to join the anvils of our hall."
    whole = job_summary(a_document(f"About the role\n\n{role}\n\nYou will weld chains with two others every single day."))
    assert whole.value == f"{role} You will weld chains with two others every single day."
    cut = job_summary(a_document(f"About the role\n\n{role}\n\nYou will weld chains with two others every single day and our"))
    assert cut.value == role


def test_the_sentence_that_names_the_role_wins() -> None:
    text = """About the role

The hall has grown; as Anvil Welder you make sure that it remains a pleasure to work in.

You will report to the welder in charge and work closely with Legal and Finance."""
    assert job_summary(a_document(text, title="Anvil Welder, Nights")).value.startswith("The hall has grown; as Anvil Welder")


@pytest.mark.parametrize(
    "sentence",
    [
        "We act as the bridge between welders and the coyotes of the whole region.",
        "Our welding team is responsible for the anvils and chains of every customer.",
        "The Chains team is responsible for how the company welds its many anvils.",
        "If you're passionate about welding anvils, join us and help us weld more of them.",
        "As a member of our internship program the welder will be given a chance to grow.",
    ],
)
def test_a_sentence_of_us_or_for_the_reader_gives_way_to_a_task(sentence: str) -> None:
    text = f"About the team\n\n{sentence}\n\nResponsibilities\n\n• Weld anvils to long and heavy chains every single day"
    assert job_summary(a_document(text)).value == "Weld anvils to long and heavy chains every single day"


def test_what_you_will_do_counts_whatever_else_the_sentence_names() -> None:
    text = (
        "About the role\n\nThe hall is large and warm in winter. As a Welder you will weld a portfolio of anvils for millions of coyotes."
    )
    assert job_summary(a_document(text)).value.startswith("As a Welder you will weld")


_LINES = (
    "About the role",
    "Responsibilities",
    "Requirements",
    "Benefits",
    "About Acme",
    "You will weld anvils to chains with two others in the hall.",
    "As Anvil Welder you keep the hall in order and the anvils warm.",
    "We are looking for an Anvil Welder who joins anvils into chains.",
    "You will report to the head of Welding and to the people of the hall.",
    "Our team is responsible for the anvils and chains of every customer.",
    "The hall has been warm and dry in winter since the year of its founding.",
    "• Weld anvils to long and heavy chains every single day",
    "• Sweep the hall and look after all the tools that hang in it",
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(_LINES), max_size=12))
def test_sections_that_are_not_read_change_no_summary(lines: list[str]) -> None:
    text = "\n\n".join(lines)
    finding = job_summary(a_document(text, title="Anvil Welder"))
    with patch.object(_Scorer, "best_bonus", return_value=math.inf):
        assert job_summary(a_document(text, title="Anvil Welder")) == finding


@pytest.mark.parametrize(
    "sentence",
    [
        "As our Sr. Account Executive you will sell software to banks across the whole of Europe.",
        "You will own our tools, e.g. Salesforce and others, and drive the pipeline of the team.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    assert job_summary(a_document(sentence)).value == sentence


def test_a_sentence_may_end_with_an_abbreviation() -> None:
    text = "There are many people and many desks at Initech Inc. You will lead the sales team of our office in Leeds."
    assert job_summary(a_document(text)).evidence[-1].quote == "You will lead the sales team of our office in Leeds."
    text = text.replace("You will lead", "Lead")
    assert job_summary(a_document(text)).evidence[-1].quote == "Lead the sales team of our office in Leeds."
