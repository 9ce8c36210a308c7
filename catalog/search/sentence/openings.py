"""How many open jobs a company has, in a sentence: "with more than 5 jobs", "20+ open roles". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.search.sentence.money import LEAST_BARE
from catalog.search.sentence.parts import Kind, Part, Sentence

_MOST = 1_000_000
_least = r"at\s+least|not?\s+(?:less|fewer)\s+than|min(?:imum)?(?:\s+of)?|>=|≥"
_few = r"(?:less|fewer)\s+than|under|below|up\s+to|at\s+most|not?\s+(?:more\s+than|over|above)|max(?:imum)?(?:\s+of)?|<=?|≤"
_OPENINGS = re.compile(
    r"(?P<has>(?:with|having|(?:that|who|which)\s+have)\s+)?"
    rf"(?:(?P<few>{_few})\s*|(?P<least>{_least})\s*|(?P<more>more\s+than|over|above|>)\s*)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,7})(?:(?P<plus>\s?\+|\s+or\s+more\b)|(?P<or_few>\s+or\s+(?:less|fewer)\b))?\s*"
    r"(?P<open>(?:open|current|active|live)\s+)?(?:jobs?|roles?|openings?|positions?|vacanc(?:y|ies)|(?:job\s+)?postings?)\b"
    r"(?!\s+(?:titles?|levels?|functions?|descriptions?|boards?)\b)",
    re.ASCII | re.IGNORECASE,
)
_NO_COUNT_AFTER = re.compile(r"(?:/\s*|\b(?:levels?|grades?|tiers?|bands?)\s+)\Z", re.IGNORECASE)
"""What a number belongs to that stands behind it: "level 5+ roles", "24/7+ jobs"."""
_OF_ALL = "all open jobs of a company, wherever they are"
_NO_MOST = "there is no filter for at most so many open jobs"


def recognise_openings(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """A least number of jobs; "10 jobs" alone is none, nor are jobs of one kind ("5 sales roles"). A greatest one is not used."""
    start = sentence.words[at].start
    match = _OPENINGS.match(sentence.text, start)
    if not match or _NO_COUNT_AFTER.search(sentence.text[:start]):
        return None
    number = int(match["number"].replace(",", ""))
    if number >= LEAST_BARE and not (match["has"] or match["open"]):
        return None  # pay: "over 100000 jobs"
    stop = sentence.stop_at(match.end())
    if match["few"] or match["or_few"]:
        return replace(sentence.part(Kind.UNUSED, at, stop), note=_NO_MOST)
    least = number + bool(match["more"])
    if not (match["more"] or match["least"] or match["plus"]) or not 1 <= least <= _MOST:
        return None
    return replace(sentence.part(Kind.FILTER, at, stop, (("min_open_jobs", str(least)),)), note=_OF_ALL)
