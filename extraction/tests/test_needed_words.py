"""Patterns behind their words: what is needed is in every match, and a gate never hides one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.rules.clues import load_clues
from extraction.rules.needed_words import GatedPattern, needed_words


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("remote", [[{"remote"}]]),
        (r"\bhybrid\b|wfh", [[{"hybrid"}], [{"wfh"}]]),
        (r"\b(?:seeking|hiring) (?:an? )?intern\b", [[{"intern"}, {"seeking", "hiring"}]]),
        (r"(?:in[- ])?office", [[{"office"}]]),
        (r"\d+ (?:days?)+ x{2,3}", [[{"day"}, {"x"}]]),
        (r"(?:week|\d)\w+", [[]]),
        (r"[ab]|office", [[], [{"office"}]]),
        (r"(?!not )(?<=a )remote", [[{"remote"}]]),
    ],
)
def test_the_words_that_a_match_needs(pattern, needed):
    assert [list(map(set, words)) for words in needed_words(pattern)] == needed


def test_a_pattern_without_needed_words_is_always_tried():
    pattern = GatedPattern(r"\d{2}|office")
    assert pattern.may_match("")
    assert pattern.search("since 1999", 0, 10)


def test_all_words_of_an_alternative_are_needed():
    pattern = GatedPattern(r"(?:seeking|hiring) an? intern\b|apprentice")
    assert not pattern.may_match("our internal tools")
    assert not pattern.may_match("hiring a welder")
    assert pattern.may_match("hiring a welder and an intern")
    assert pattern.may_match("an apprentice")


def test_only_the_stretch_that_is_searched_counts():
    pattern = GatedPattern("office")
    assert pattern.search("in the office", 0, 8) is None
    found = pattern.search("in the office", 3, 13)
    assert found
    assert found.span() == (7, 13)


_PATTERNS = sorted(
    {
        each.pattern.pattern
        for table in map(load_clues, ("remote", "employment"))
        for each in (*table.noise, *(pattern for rule in table.rules for pattern in rule.patterns))
    }
)


@settings(max_examples=30)
@given(st.data())
def test_no_gate_of_a_clue_hides_a_match(data):
    pattern = data.draw(st.sampled_from(_PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII))).lower()
    if re.search(pattern, text):
        assert GatedPattern(pattern).may_match(text)
