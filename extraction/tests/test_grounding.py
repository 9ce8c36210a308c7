from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.grounding import Found, Haystack

TEXT = """We don’t ask for a degree.
• Own the   forecast – end to end
You need 5 years of “consultative” selling in B2B software. This is not a remote role.
Straße, İstanbul, Go-to-market, R&D."""


def found(quote: str, text: str = TEXT):
    haystack = Haystack(text)
    place = haystack.locate(quote)
    return None if place is None else (place.found, haystack.evidence(place).quote)


@pytest.mark.parametrize(
    ("quote", "how", "words"),
    [
        ("You need 5 years", Found.EXACT, "You need 5 years"),
        ("  'You need 5 years' ", Found.EXACT, "You need 5 years"),
        ("we don't ask for a degree", Found.NORMALISED, "We don’t ask for a degree"),
        ("own the forecast - end to end", Found.NORMALISED, "Own the   forecast – end to end"),
        ('5 years of "consultative" selling', Found.NORMALISED, "5 years of “consultative” selling"),
        ("degree. Own the forecast", Found.NORMALISED, "degree.\n• Own the   forecast"),
        (
            "You need 5 years of consultative sellings in B2B software",
            Found.FUZZY,
            "You need 5 years of “consultative” selling in B2B software",
        ),
        ("straße", Found.NORMALISED, "Straße"),
    ],
)
def test_quotes_are_found_at_their_very_place(quote, how, words):
    assert found(quote) == (how, words)


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "  ' ",
        "We do ask for a diploma in law",
        "You need 8 years of “consultative” selling in B2B software.",  # another number
        "This is a remote role. Straße, İstanbul, Go-to-market",  # the negation is gone
        "egree",
        "5 year",
        "B2",
    ],
)
def test_what_does_not_stand_there_is_not_found(quote):
    assert found(quote) is None


def test_texts_that_are_too_long_for_the_bounded_search_are_not_searched():
    text = "Lorem ipsum. " * 10_000 + "You will own the whole forecast of the region."
    assert found("You will own the entire forecast of the region.", text) is None
    assert found("you will own the whole forecast of the region.", text)


@given(st.text(max_size=200), st.data())
def test_a_span_always_is_the_text_of_its_place(text, data):
    start = data.draw(st.integers(0, len(text)))
    quote = text[start : start + data.draw(st.integers(0, 40))]
    haystack = Haystack(text)
    place = haystack.locate(quote)
    if place is not None and text[place.start : place.end].strip():
        evidence = haystack.evidence(place)
        assert text[evidence.start : evidence.end] == evidence.quote
