"""The spans of the text that support the record's facts, labelled by what they support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from extraction.document import Document, SectionKind
from extraction.evidence import Evidence
from extraction.rules.key_functions import list_items
from extraction.rules.skills import SkillMatch

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


def highlights(document: Document, facts: Mapping[str, Sequence[Evidence]], skills: Sequence[SkillMatch]) -> list[dict[str, Any]]:
    """Members of `schema.Highlight` in order of position, each once. `facts` maps a label to the evidence of the fact; only its
    spans of the text count.
    """
    text = document.text
    spans = sorted(set(_spans(document, facts, skills)))[:MAX_HIGHLIGHTS]
    return [{"label": label, "text": text[start:end], "start_char": start, "end_char": end} for start, end, label in spans]


def _spans(document: Document, facts: Mapping[str, Sequence[Evidence]], skills: Sequence[SkillMatch]) -> Iterator[tuple[int, int, str]]:
    for label, evidence in facts.items():
        for span in evidence:
            if span.pointer is None and span.start is not None and span.end is not None and span.end - span.start <= _MAX_CHARS:
                yield span.start, span.end, label
    for section in document.sections:
        label = _LISTS.get(section.kind, "")
        if label:
            for start, end in list_items(document.text, section)[:_ITEMS]:
                yield start, min(end, start + _MAX_CHARS), label
    yield from _skills(skills)


def _skills(skills: Sequence[SkillMatch]) -> Iterator[tuple[int, int, str]]:
    """The first place of each skill and tool."""
    first = {match.term.name: match for match in reversed(skills)}
    for match in islice(reversed(first.values()), _SKILLS):
        yield match.start, match.end, "tools" if match.term.kind == "tool" else "skills"
