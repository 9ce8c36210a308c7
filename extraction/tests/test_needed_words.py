"""Patterns behind their words: what is needed is in every match, and a gate never hides one."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.rules.clues import load_clues
from extraction.rules.employment import _words
from extraction.rules.needed_words import GatedPattern, GatedPatterns, needed_words
from extraction.rules.remote import _TITLE_WORDS
from extraction.rules.title_noise import _BARE_TAIL, _TAIL


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


_PATTERNS = sorted({each.pattern.pattern for table in map(load_clues, ("remote", "employment")) for _, each in table.patterns})


_REPEATED = settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@_REPEATED
@given(st.data())
def test_no_gate_of_a_clue_hides_a_match(data):
    pattern = data.draw(st.sampled_from(_PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII))).lower()
    if re.search(pattern, text):
        assert GatedPattern(pattern).may_match(text)


_GATED = list(map(GatedPattern, _PATTERNS))
_ALL_GATED = GatedPatterns(_GATED)


@_REPEATED
@given(st.data())
def test_one_pass_finds_every_pattern_that_may_match(data):
    pattern = data.draw(st.sampled_from(_PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII))).lower()
    found = _ALL_GATED.with_words(text)
    assert found == sorted(found)
    assert {index for index, each in enumerate(_GATED) if each.may_match(text)} <= set(found)


def test_one_pass_leaves_out_patterns_without_their_words():
    assert GatedPatterns([GatedPattern("office"), GatedPattern("(?:at|from) home"), GatedPattern("on site")]).with_words("from home") == [1]


def test_one_pass_reads_letters_as_its_patterns_do():
    any_case = GatedPatterns([GatedPattern("office", re.IGNORECASE), GatedPattern("wfh", re.IGNORECASE)])
    assert any_case.with_words("Back OFFİCE") == [0]
    small = GatedPatterns([GatedPattern("yarı zamanlı"), GatedPattern("office")])
    assert small.with_words("yarı zamanlı") == [0]


def test_patterns_that_read_letters_differently_cannot_be_found_together():
    with pytest.raises(ValueError, match="some of the patterns"):
        GatedPatterns([GatedPattern("office"), GatedPattern("wfh", re.IGNORECASE)])


def test_a_pattern_that_needs_no_word_cannot_be_found_by_words():
    with pytest.raises(ValueError, match="no words are known"):
        GatedPatterns([GatedPattern(r"office|\d+")])


@pytest.mark.parametrize("text", ["STAJYER", "İNTERN", "Part-tıme", "HYBRİD", "ONſITE"])
def test_letters_that_stand_for_i_and_s_in_any_case_pass_the_gate(text):
    pattern = GatedPattern(r"\b(?:stajyer|intern|part-time|hybrid|onsite)\b", re.IGNORECASE)
    assert pattern.search(f"Welder - {text}")


def test_letters_of_a_pattern_stand_for_i_and_s_too():
    pattern = GatedPattern("yarı zamanlı|deneyimſiz", re.IGNORECASE)
    assert pattern.search("Welder - YARI ZAMANLI")
    assert pattern.search("Welder - deneyimsiz")
    assert GatedPatterns([pattern]).with_words("Yarı zamanlı") == [0]


_ANY_CASE = sorted(
    {each.pattern.pattern for each in (_TAIL, _BARE_TAIL, *(words for _, words in (*_TITLE_WORDS, *_words("title"), *_words("field"))))}
)
_LETTERS = {"i": "iIİı", "s": "sSſ"}


@_REPEATED
@given(st.data())
def test_no_gate_of_a_titles_pattern_hides_a_match_in_any_letters(data):
    pattern = data.draw(st.sampled_from(_ANY_CASE))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII)))
    text = "".join(data.draw(st.sampled_from(_LETTERS.get(letter, letter + letter.upper()))) for letter in text.lower())
    if re.search(pattern, text, re.IGNORECASE):
        assert GatedPattern(pattern, re.IGNORECASE).may_match(text)
