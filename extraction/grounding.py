"""Where a model's words stand in the posting: looked up by us, never taken on trust (spec E6).

Three steps, each bounded: as written; with white space, quotes, dashes and case made equal; nearly so, for quotes long enough to
be told apart, with the same numbers and the same negations. What is found nowhere is no evidence, and its value no fact.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rapidfuzz import fuzz

from extraction.evidence import Evidence, span_of

# Shorter quotes resemble too much by chance; longer texts would make one look-up cost more than a call is worth.
FUZZY_QUOTE_CHARS = 24
FUZZY_TEXT_CHARS = 60_000
FUZZY_SCORE = 92.0

# Characters that models write differently; each folds to one character, so that offsets stay those of the text.
_SAME = str.maketrans({**dict.fromkeys("’‘‛′ʼ`", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "•": " "})
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|non|never|without|nicht|kein\w*|ohne|pas|sans|sin|sem|senza|niet|geen|n't)\b")


class Found(StrEnum):
    """How a quote was found, the surest first."""

    EXACT = "exact"
    NORMALISED = "normalised"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]` holds the quote."""

    start: int
    end: int
    found: Found


class Haystack:
    """One text to look quotes up in."""

    def __init__(self, text: str) -> None:
        self.text = text

    def locate(self, quote: str) -> Place | None:
        """The first place where the quote stands as whole words; None where it stands nowhere."""
        quote = quote.strip().strip("\"'“”„…").strip()
        if not quote:
            return None
        return self._exact(quote) or self._normalised(quote) or self._nearly(quote)

    def evidence(self, place: Place) -> Evidence:
        return span_of(self.text, place.start, place.end)

    def _exact(self, quote: str) -> Place | None:
        start = _whole_words(self.text, quote)
        return None if start is None else Place(start, start + len(quote), Found.EXACT)

    def _normalised(self, quote: str) -> Place | None:
        folded = _folded(quote)[0].strip()
        start = _whole_words(self._folded[0], folded) if folded else None
        return None if start is None else self._place(start, start + len(folded), Found.NORMALISED)

    def _nearly(self, quote: str) -> Place | None:
        folded = _folded(quote)[0].strip()
        text = self._folded[0]
        if len(folded) < FUZZY_QUOTE_CHARS or len(folded) > len(text) or len(text) > FUZZY_TEXT_CHARS:
            return None
        aligned = fuzz.partial_ratio_alignment(folded, text, score_cutoff=FUZZY_SCORE)
        if aligned is None:
            return None
        start, end = _to_word_ends(text, aligned.dest_start, aligned.dest_end)
        return self._place(start, end, Found.FUZZY) if _says_the_same(folded, text[start:end]) else None

    def _place(self, start: int, end: int, found: Found) -> Place:
        """From offsets in the folded text to those in the text."""
        offsets = self._folded[1]
        return Place(offsets[start], offsets[end - 1] + 1, found)

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        return _folded(self.text)


def _folded(text: str) -> tuple[str, list[int]]:
    """(text with runs of white space as one space, plain quotes and dashes, lower case; where each of its characters stood)."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text.translate(_SAME)):
        if character.isspace():
            if characters and characters[-1] == " ":
                continue
            character = " "
        lowered = character.lower()
        characters.append(lowered if len(lowered) == 1 else character)
        offsets.append(offset)
    return "".join(characters), offsets


def _whole_words(text: str, wanted: str) -> int | None:
    """Where `wanted` first stands in `text` without a letter or digit glued to either end."""
    start = text.find(wanted)
    while start >= 0:
        if not _is_glued(text, start) and not _is_glued(text, start + len(wanted)):
            return start
        start = text.find(wanted, start + 1)
    return None


def _is_glued(text: str, position: int) -> bool:
    """Whether a position lies inside a word."""
    return 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()


def _to_word_ends(text: str, start: int, end: int) -> tuple[int, int]:
    while _is_glued(text, start):
        start -= 1
    while _is_glued(text, end):
        end += 1
    return start + (text[start] == " "), end - (text[end - 1] == " ")


def _says_the_same(quote: str, text: str) -> bool:
    """Nearly the same words may say the opposite: numbers and negations must be equal."""
    return all(Counter(pattern.findall(quote)) == Counter(pattern.findall(text)) for pattern in (_NUMBER, _NEGATION))
