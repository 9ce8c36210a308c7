"""The spans of the text that support the record's facts, labelled by what they support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from extraction.document import Document, SectionKind
from extraction.evidence import Evidence
from extraction.rules.key_functions import list_items
from extraction.rules.skills import SkillMatch
from extraction.schema import Highlight

_Span = tuple[int, int, str]
"""(start, end, label)."""

MAX_HIGHLIGHTS = 120
_MAX_CHARS = 1000
_ITEMS = 8
_SKILLS = 60

# Lists that are facts of their own: nothing in the record holds them, but a reader wants to find them.
_LISTS = {
    SectionKind.REQUIREMENTS: "requirements",
    SectionKind.PREFERRED: "preferred",
    SectionKind.BENEFITS: "benefits",
}


def highlights(document: Document, facts: Mapping[str, Sequence[Evidence]], skills: Sequence[SkillMatch]) -> list[Highlight]:
    """In order of position, each once. `facts` maps a label to the evidence of the fact; only its spans of the text count."""
    text = document.text
    # Only facts can share a place under one label.
    spans = sorted([*set(_facts(facts)), *_items(document), *_skills(skills)])[:MAX_HIGHLIGHTS]
    return [{"label": label, "text": text[start:end], "start_char": start, "end_char": end} for start, end, label in spans]


def _facts(facts: Mapping[str, Sequence[Evidence]]) -> list[_Span]:
    return [
        (span.start, span.end, label)
        for label, evidence in facts.items()
        for span in evidence
        if span.pointer is None and span.start is not None and span.end is not None and span.end - span.start <= _MAX_CHARS
    ]


def _items(document: Document) -> list[_Span]:
    """The first items of each list."""
    return [
        (start, min(end, start + _MAX_CHARS), _LISTS[section.kind])
        for section in document.sections
        if section.kind in _LISTS
        for start, end in list_items(document.text, section)[:_ITEMS]
    ]


def _skills(skills: Sequence[SkillMatch]) -> list[_Span]:
    """The first place of each skill and tool."""
    first: dict[str, SkillMatch] = {}
    for match in skills:
        first.setdefault(match.term.name, match)
    return [(match.start, match.end, "tools" if match.term.kind == "tool" else "skills") for match in islice(first.values(), _SKILLS)]
