"""Levels from one on: "senior and above", "director of sales or higher", "at least senior", "staff+". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.choices import Seniority
from catalog.search.sentence.meanings import meaning_at
from catalog.search.sentence.parts import Kind, Part, Sentence

_LEVELS = [level for level in Seniority.values if level != Seniority.UNKNOWN]
_BEHIND = re.compile(r"(?:level\s+)?(?:(?:and|or)\s+(?:above|up|higher|beyond|upwards?|more\s+senior)|(?<=\w)\+)(?!\w)", re.IGNORECASE)
_BEFORE = re.compile(r"(?:at\s+least|minimum|min\.?|from)\s+(?:an?\s+)?", re.IGNORECASE)


def recognise_levels(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """The levels above one that has been named, or from one on that follows "at least"."""
    start = sentence.words[at].start
    if match := _BEHIND.match(sentence.text, start):
        named = next((value for part in reversed(before) for name, value in part.filters if name == "seniority"), None)
        return _from_level(sentence, at, sentence.stop_at(match.end()), named) if named else None
    if match := _BEFORE.match(sentence.text, start):
        first = sentence.stop_at(match.end())
        meaning = meaning_at(sentence.words, first)
        if meaning and meaning.kind is Kind.FILTER and len(meaning.filters) == 1 and meaning.filters[0][0] == "seniority":
            return _from_level(sentence, at, first + meaning.size, meaning.filters[0][1])
    return None


def _from_level(sentence: Sentence, at: int, stop: int, level: str) -> Part:
    filters = tuple(("seniority", value) for value in _LEVELS[_LEVELS.index(level) :])
    return replace(sentence.part(Kind.FILTER, at, stop), filters=filters)
