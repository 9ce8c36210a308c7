"""Decides whether a name that is also an ordinary word ("Outreach", "Make", "R") means the tool where it stands.

Such a name counts when the words around it say so, never by itself: the phrases that say it are data
(`data/skill_cues.csv`), the relations between names (a list, the same family nearby) are rules here.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extraction.rules.skill_index import Cue, Form, Hit

_CUES = Path(__file__).parent.parent / "data" / "skill_cues.csv"

BEFORE = "before"
"""Names that follow in the sentence are skills: "experience with"."""
AFTER = "after"
"""The name directly before is a skill: "developer", "or similar"."""
BLOCK = "block"
"""The words of the phrase are no names: "Hong Kong", "go to"."""
OTHERS = "others"
"""Tools that follow in the sentence are somebody else's: "customers like", "follow us on"."""
LANGUAGE = "language"
"""Says that a spoken language nearby is one to speak: "fluent"."""

_NEAR = 60
_SENTENCE_END = re.compile(r"[\n!?]|\.\s")
# What may stand between two members of a list of names.
_LIST_GAP = re.compile(r"\s*(?:[,/|;&+•·()]|\b(?:and|or|und|oder|et|ou|y|o|e|og|en|of)\b|\s|[-–]\s?)+", re.IGNORECASE)
_LIST_END = re.compile(r"\s*(?:$|[,/|;&)(•\n.]|(?:and|or|und|oder|et|ou|y|e|etc)\b)")
_SPOKEN = "spoken_language"

_FAMILIES: Mapping[str, frozenset[str]] = {
    "engineering": frozenset(
        "language web_framework mobile cloud infrastructure testing security ide database data_science ai etl reverse_etl cdp "
        "data_transformation data_warehouse data_platform bi product_analytics experimentation".split()
    ),
    "work": frozenset("productivity design collaboration project_mgmt knowledge_base no_code ipaas itsm video".split()),
    "back_office": frozenset("finance_tool erp accounting planning procurement expense equity billing payments compliance privacy".split()),
    "people": frozenset("hr_tool ats recruiting hcm payroll performance_mgmt".split()),
}
_FAMILY_OF = {category: family for family, categories in _FAMILIES.items() for category in categories}


@cache
def cue_phrases() -> tuple[tuple[str, str], ...]:
    """(phrase, kind) of every cue in the data file."""
    with _CUES.open(encoding="utf-8", newline="") as file:
        return tuple((row["phrase"], row["kind"]) for row in csv.DictReader(file))


def family(category: str) -> str:
    """Which tools are named together; everything that is not engineering, office, finance or people is go-to-market."""
    return _FAMILY_OF.get(category, "go_to_market")


@dataclass(frozen=True)
class Cues:
    """The cues of one text, each kind in order of position."""

    before: Sequence[int]
    after: frozenset[int]
    others: Sequence[int]
    language: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> Cues:
        """Sorts the cue hits by what they say."""
        found: dict[str, list[Hit]] = {}
        for hit in hits:
            if isinstance(hit.what, Cue):
                found.setdefault(hit.what.kind, []).append(hit)
        return cls(
            before=sorted(h.end for h in found.get(BEFORE, ())),
            after=frozenset(h.start for h in found.get(AFTER, ())),
            others=sorted(h.end for h in found.get(OTHERS, ())),
            language=sorted((h.start, h.end) for h in found.get(LANGUAGE, ())),
        )


class Context:
    """One text with the names that are certain, asked about those that are not."""

    def __init__(self, text: str, cues: Cues, certain: Sequence[tuple[int, int, Form]]) -> None:
        self._text = text
        self._cues = cues
        self._certain = list(certain)
        self._starts = [start for start, _, _ in certain]

    def supports(self, start: int, end: int, form: Form) -> bool:
        """Whether the words around an ambiguous name say that it is meant as the skill."""
        if self._is_compound(start, end):
            return False
        if form.term.category == _SPOKEN:
            return self._near_language_cue(start, end) or self._in_list(start, end, form)
        if form.term.kind == "skill":
            return self._after_cue(start) or self._in_list(start, end, form)
        return (
            end + 1 in self._cues.after
            or self._after_cue(start)
            or self._in_list(start, end, form)
            or (not self.opens_sentence(start) and self._near_family(start, end, form))
        )

    def opens_sentence(self, start: int) -> bool:
        """Whether only a line start, a bullet or the end of a sentence stands before `start`."""
        before = self._text[max(0, start - 3) : start].rstrip(" ")
        return not before or before[-1] in "\n•.!?:*-–"

    def _is_compound(self, start: int, end: int) -> bool:
        return self._text[start - 1 : start] in {"-", "'", "’"} or self._text[end : end + 1] in {"-", "'", "’"}

    def _after_cue(self, start: int) -> bool:
        return _follows(self._text, self._cues.before, start, _NEAR)

    def _near_language_cue(self, start: int, end: int) -> bool:
        index = bisect_left(self._cues.language, (start - _NEAR, 0))
        for cue_start, cue_end in self._cues.language[index:]:
            if cue_start > end + _NEAR:
                return False
            between = self._text[cue_end:start] if cue_end <= start else self._text[end:cue_start]
            if not _SENTENCE_END.search(between):
                return True
        return False

    def _in_list(self, start: int, end: int, form: Form) -> bool:
        """Whether a certain name of the same kind is the neighbour in a list."""
        index = bisect_left(self._starts, start)
        before = self._certain[index - 1] if index else None
        after = self._certain[index] if index < len(self._certain) else None
        if before and _listed_together(before[2], form) and _LIST_GAP.fullmatch(self._text, before[1], start):
            return bool(_LIST_END.match(self._text, end))
        return bool(after and _listed_together(after[2], form) and _LIST_GAP.fullmatch(self._text, end, after[0]))

    def _near_family(self, start: int, end: int, form: Form) -> bool:
        own = family(form.term.category)
        index = bisect_left(self._starts, start - _NEAR)
        for other_start, other_end, other in self._certain[index:]:
            if other_start > end + _NEAR:
                return False
            between = self._text[other_end:start] if other_end <= start else self._text[end:other_start]
            if other.term.kind == "tool" and family(other.term.category) == own and not _SENTENCE_END.search(between):
                return True
        return False


def is_of_others(text: str, cues: Cues, start: int) -> bool:
    """Whether the name belongs to customers, investors or the like: a phrase that says so stands before it in the sentence."""
    return _follows(text, cues.others, start, 3 * _NEAR)


def _follows(text: str, ends: Sequence[int], start: int, reach: int) -> bool:
    """Whether the last of `ends` at or before `start` is in reach and in the same sentence."""
    index = bisect_left(ends, start + 1)
    if not index or start - ends[index - 1] > reach:
        return False
    return not _SENTENCE_END.search(text, ends[index - 1], start)


def _listed_together(one: Form, other: Form) -> bool:
    return one.term.kind == other.term.kind and (one.term.category == _SPOKEN) == (other.term.category == _SPOKEN)
