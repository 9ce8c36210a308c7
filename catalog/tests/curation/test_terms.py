"""What looks like the name of a skill or tool, in sentences of our own."""

from __future__ import annotations

import sys

import pytest

from catalog.curation.terms import candidates, context, wider


def forms(text: str) -> list[str]:
    return [found.form for found in candidates(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Experience with Foobase, Quuxly and BarTool Pro.", ["Foobase", "Quuxly", "BarTool Pro"]),
        ("• Proficiency in the Zibby CRM or similar tools", ["Zibby CRM"]),
        ("tools such as Framzo/Plonk (Wiffle is a plus)", ["Framzo", "Plonk", "Wiffle"]),
        ("Kenntnisse in Framzo und Plonk", ["Framzo", "Plonk"]),
        ("built using Next.js and D3", ["Next.js", "D3"]),
        ("experience with large teams, tight deadlines", []),
        ("Experience with AI-driven products, Finance and Legal", []),
        ("You will love Framzo", []),
        ("experience with Framzo. We at Plonk", ["Framzo"]),
        ("experience with Framzo\nPlonk", ["Framzo"]),
        ("experience in May", []),
        ("experience with Framzo 27001, Plonk&A and Wiffle.AI", ["Framzo 27001", "Plonk&A", "Wiffle.AI"]),
        ("experience with Framzo.Plonk and Wiffle@Work", []),
        ("Experience with Wiffle's Ratings", ["Wiffle's Ratings"]),
        ("Experience in R&D and Framzo", ["Framzo"]),
    ],
)
def test_names_in_lists_that_ask(text, expected):
    assert forms(text) == expected


@pytest.mark.parametrize(
    ("text", "form", "whole"),
    [
        ("experience with Google Pub/Sub.", "Sub", "Google Pub/Sub"),
        ("experience with Google Pub/Sub.", "Google Pub", "Google Pub/Sub"),
        ("experience with SAP S/4HANA (or alike)", "SAP S", "SAP S/4HANA"),
        ("experience with SPIN selling", "SPIN", "SPIN selling"),
    ],
)
def test_a_part_is_seen_within_the_whole(text, form, whole):
    (found,) = [found for found in candidates(text) if found.form == form]
    assert whole in list(wider(text, found))
    assert all(form in name for name in wider(text, found))


def test_the_words_of_another_line_are_not_around():
    text = "Google\nusing Framzo\nPlonk"
    (found,) = candidates(text)
    assert max(wider(text, found), key=len) == "using Framzo"


def test_spans_are_exact_and_no_word_is_cut():
    text = "experience with " + ", ".join(f"Product{'x' * number}" for number in range(1, 40))
    found = list(candidates(text))
    assert found
    assert all(text[c.start : c.end] == c.form for c in found)
    assert all(text[c.end] == "," for c in found)


def test_the_context_stays_on_its_line():
    text = "First line\nexperience with Framzo or alike\nlast"
    (found,) = candidates(text)
    assert context(text, found) == {"before": "experience with ", "form": "Framzo", "after": " or alike"}


@pytest.mark.parametrize("filler", ["experience with ", "A, ", "using Tool ", "such as (", "Aa ", "x" * 9])
def test_work_grows_with_the_text_only_linearly(filler):
    def calls(length: int) -> int:
        count = 0

        def count_call(_frame, event, _argument):
            nonlocal count
            count += event in ("call", "c_call")

        text = (filler * length)[:length]
        sys.setprofile(count_call)
        try:
            list(candidates(text))
        finally:
            sys.setprofile(None)
        return count

    assert calls(20_000) < 5 * calls(5_000)
