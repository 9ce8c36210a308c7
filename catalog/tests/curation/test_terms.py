"""What looks like the name of a skill or tool, in sentences of our own."""

from __future__ import annotations

import sys

import pytest

from catalog.curation.terms import candidates, context


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
    ],
)
def test_names_in_lists_that_ask(text, expected):
    assert forms(text) == expected


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
