"""Years of experience in a sentence: no filter knows them, so they are shown as words that were not used. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.search.sentence.parts import Kind, Part, Sentence

_YEARS = re.compile(
    r"(?:with\s+|at\s+least\s+|minimum\s+(?:of\s+)?|over\s+|more\s+than\s+)*\d{1,2}\s?\+?(?:\s?(?:-|–|to)\s?\d{1,2})?\s?\+?\s?(?:years?|yrs?|yoe)\b"
    r"(?:\s+(?:of\s+)?(?:relevant\s+|work(?:ing)?\s+|professional\s+)?(?:experience|exp))?(?!\s+old)",
    re.IGNORECASE,
)


def recognise_years(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """Such as "5+ years", "with at least 3 years of experience"."""
    match = _YEARS.match(sentence.text, sentence.words[at].start)
    if not match:
        return None
    part = sentence.part(Kind.UNUSED, at, sentence.stop_at(match.end()))
    return replace(part, note="there is no filter for years of experience")
