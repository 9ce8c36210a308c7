"""What people ask for that no filter can say: it is shown as not used instead of being looked for as words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.search.sentence.parts import Kind, Part, Sentence

_more = r"(?:(?:with|at\s+least|minimum(?:\s+of)?|over|above|(?:more|less|fewer)\s+than|under|below|up\s+to)\s+)"
_range = r"\d[\d,.]*k?\s?\+?(?:\s?(?:-|–|to)\s?\d[\d,.]*k?)?\s?\+?"
_UNSAID = (
    (
        rf"{_more}*{_range}\s?(?:years?|yrs?|yoe)\b(?:\s+(?:of\s+)?(?:relevant\s+|work(?:ing)?\s+|professional\s+)?(?:experience|exp)\b)?(?!\s+old)",
        "there is no filter for years of experience",
    ),
    (rf"{_more}*{_range}\s?(?:employees|people|staff|fte)\b", "there is no filter for the size of companies"),
    (
        r"(?:(?:their|its)\s+(?:very\s+)?first\b(?:[- ]ever\b)?|first[- ]ever\b|first\s+hires?\b)(?!\s+seen)",
        "there is no filter for first hires; the page of a company shows them as signals",
    ),
    (r"(?:stopped|ceased|paused|froze)\s+(?:hiring|recruiting)\b", "there is no filter for who stopped hiring"),
    (
        r"(?:over|above|at\s+least|more\s+than|under|below|less\s+than|up\s+to)\s+\d{2,3}(?![\w.,]*\w)",
        "if this is pay, write it with “k” or a currency",
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), note) for pattern, note in _UNSAID)


def recognise_unsaid(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """Such as "5+ years", "more than 500 employees", and a bare "above 150", "their first"."""
    for pattern, note in _PATTERNS:
        if match := pattern.match(sentence.text, sentence.words[at].start):
            return replace(sentence.part(Kind.UNUSED, at, sentence.stop_at(match.end())), note=note)
    return None
