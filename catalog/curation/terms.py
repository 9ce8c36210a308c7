"""Finds what looks like the name of a skill or tool: capitalised members of the lists that postings ask with.

"Experience with Kafka, Pulsar or similar", "tools such as Figma and Zeplin (Sketch is a plus)". Pure: no Django, no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LEAD = re.compile(
    r"\b(?:experience(?: working)? (?:with|in|using)|experienced (?:with|in)|proficien(?:t|cy) (?:with|in)|fluen(?:t|cy) (?:with|in)"
    r"|knowledge (?:of|in)|familiar(?:ity)? with|expertise (?:with|in)|skilled (?:with|in)|exposure to|background in|trained in"
    r"|certified in|understanding of|comfortable with|using|tools?(?: like| such as| including)?|platforms?(?: like| such as| including)"
    r"|software(?: like| such as| including)?|systems?(?: like| such as| including)|technologies|frameworks?|stack|languages"
    r"|erfahrung mit|kenntnisse in|expérience avec|maîtrise de|outils (?:comme|tels que)|experiencia (?:con|en)|experiência com"
    r"|such as|e\.g\.)[:,]? *\(?",
    re.IGNORECASE,
)
_LIST_REACH = 160
_LIST_END = re.compile(r"[\n;:!?]|\.(?:\s|$)")
_SEPARATOR = re.compile(r"\s*[,/|()•]\s*|\s+(?:and|or|und|oder|et|ou|y|e|&|and/or)\s+")
_ARTICLE = r"(?:(?:the|a|an|our|both|either|modern|basic|advanced|strong|with|in|like|or|and|similar to) )?"
_WORD = r"[^\W\d_a-zß-öø-ÿ][\w+#&\-]*(?:\.(?:[a-z]{2,3}|NET|AI|IO)\b|['’]s\b)?"
_NAME = re.compile(rf"{_ARTICLE}({_WORD}(?: (?:{_WORD}|\d[\w\-]*)){{0,2}})")
# What follows shows that the name goes on: Framzo@Work, Plonk.Pro.
_GOES_ON = re.compile(r"\w|[.&'’@][\w]")
_SHORTEST, _LONGEST = 2, 60
_CONTEXT = 60
_WIDER_WORDS = 2
_WIDER_REACH = 60
_BARE_WORD = re.compile(r"[^\s,;:()•|]+")
_WORDS = """
a b2b b2c bachelor bachelors bs ba ms mba phd the we you your our us usa uk eu emea apac latam na english monday friday q1 q2 q3 q4
january february march april may june july august september october november december inc llc ltd gmbh ceo cto cfo coo vp cs it
europe asia africa america australia china india japan global north south east west bonus plus degree university i ci cd hr pm
r&d q&a p&l engineering engineer engineers finance product marketing sales legal operations tax risk security design data development
developer technology business growth strategy platform platforms infrastructure web digital cloud payment payments banking
fintech crypto saas familiarity experience knowledge insurance governance audit delivery math sciences
"""
_NO_NAMES = frozenset(_WORDS.split())
_ADJECTIVE = re.compile(
    r"-(?:assisted|based|driven|powered|enabled|related|augmented|adjacent|native|first|style|facing|like|level)$", re.I
)


class Candidate(NamedTuple):
    """`text[start:end]` may be the name of a skill or tool."""

    form: str
    start: int
    end: int


def candidates(text: str) -> Iterator[Candidate]:
    """Every candidate of a posting's cleaned text, each place once, in order. Work grows with the text only linearly."""
    reached = 0
    for lead in _LEAD.finditer(text):
        start = max(lead.end(), reached)
        end = _whole_words(text, lead.end() + _LIST_REACH)
        if (stop := _LIST_END.search(text, start, end)) is not None:
            end = stop.start()
        if start < end:
            reached = end
            yield from _members(text, start, end)


def context(text: str, found: Candidate) -> dict[str, str]:
    """The words around a candidate: `{before, form, after}`."""
    before = text[max(0, found.start - _CONTEXT) : found.start].rpartition("\n")[2]
    after = text[found.end : found.end + _CONTEXT].partition("\n")[0]
    return {"before": before, "form": found.form, "after": after}


def wider(text: str, found: Candidate) -> Iterator[str]:
    """The candidate with what stands around it, as whole words of its line: "Pub/Sub" and "Google Pub/Sub" of the candidate "Sub"."""
    reach = max(0, found.start - _WIDER_REACH)
    start = max(reach, text.rfind("\n", reach, found.start) + 1)
    newline = text.find("\n", found.end, found.end + _WIDER_REACH)
    words = [match.span() for match in _BARE_WORD.finditer(text, start, newline if newline >= 0 else found.end + _WIDER_REACH)]
    first = next((n for n, word in enumerate(words) if word[1] > found.start), len(words))
    last = next((n for n, word in enumerate(words) if word[1] >= found.end), first)
    for begin in range(max(0, first - _WIDER_WORDS), first + 1):
        for finish in range(last, min(len(words), last + _WIDER_WORDS + 1)):
            yield text[words[begin][0] : words[finish][1]].rstrip(".!?")


def _members(text: str, start: int, end: int) -> Iterator[Candidate]:
    while start < end:
        separator = _SEPARATOR.search(text, start, end)
        member_end = separator.start() if separator else end
        name = _NAME.match(text, start, member_end)
        if name and _is_candidate(name[1]) and not _GOES_ON.match(text, name.end()):
            yield Candidate(name[1], *name.span(1))
        start = separator.end() if separator else end


def _is_candidate(form: str) -> bool:
    return _SHORTEST <= len(form) <= _LONGEST and form.casefold() not in _NO_NAMES and not _ADJECTIVE.search(form)


def _whole_words(text: str, end: int) -> int:
    """The end of the last whole word before `end`."""
    return text.rfind(" ", 0, end) if end < len(text) else len(text)
