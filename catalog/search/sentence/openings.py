"""How many open jobs a company has, in a sentence: "with more than 5 jobs", "20+ open roles". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.search.sentence.parts import Kind, Part, Sentence

_MOST = 1_000_000
_OPENINGS = re.compile(
    r"(?:(?:with|having|(?:that|who|which)\s+have)\s+)?"
    r"(?:(?P<more>more\s+than|over|above|>)\s*|(?P<least>at\s+least|no\s+(?:less|fewer)\s+than|min(?:imum)?(?:\s+of)?|>=|≥)\s*)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,7})(?P<plus>\s?\+|\s+or\s+more\b)?\s*"
    r"(?:(?:open|current|active|live)\s+)?(?:jobs?|roles?|openings?|positions?|vacanc(?:y|ies)|(?:job\s+)?postings?)\b",
    re.ASCII | re.IGNORECASE,
)


def recognise_openings(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """A least number of jobs; "10 jobs" alone is none, nor are jobs of one kind ("5 sales roles")."""
    match = _OPENINGS.match(sentence.text, sentence.words[at].start)
    if not match or not (match["more"] or match["least"] or match["plus"]):
        return None
    least = int(match["number"].replace(",", "")) + bool(match["more"])
    if not 1 <= least <= _MOST:
        return None
    return sentence.part(Kind.FILTER, at, sentence.stop_at(match.end()), (("min_open_jobs", str(least)),))
