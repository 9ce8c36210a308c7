"""The spans of the text that support the record's facts, labelled by what they support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from extraction.document import Document, SectionKind
from extraction.evidence import Evidence, span_of
from extraction.rules.key_functions import list_items
from extraction.rules.skills import SkillMatch
from extraction.schema import Highlight

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
    """In order of position, each once. `facts` maps a label to the evidence of the fact; only spans of the text count."""
    found = {(h.start_char, h.end_char, h.label): h for h in _all(document, facts, skills) if len(h.text) <= _MAX_CHARS}
    return [found[key] for key in sorted(found)][:MAX_HIGHLIGHTS]


def _all(document: Document, facts: Mapping[str, Sequence[Evidence]], skills: Sequence[SkillMatch]) -> Iterator[Highlight]:
    for label, spans in facts.items():
        yield from (_highlight(label, span) for span in spans if span.in_text)
    for section in document.sections:
        label = _LISTS.get(section.kind, "")
        if label:
            items = list(list_items(document.text, section))[:_ITEMS]
            yield from (_highlight(label, span_of(document.text, start, end)) for start, end in items)
    yield from _skills(document, skills)


def _skills(document: Document, skills: Sequence[SkillMatch]) -> Iterator[Highlight]:
    """The first place of each skill and tool."""
    first = {match.term.name: match for match in reversed(skills)}
    for match in list(first.values())[-_SKILLS:]:
        label = "tools" if match.term.kind == "tool" else "skills"
        yield _highlight(label, span_of(document.text, match.start, match.end))


def _highlight(label: str, span: Evidence) -> Highlight:
    # The span was computed from the text itself (span_of), so validating it again would only cost time.
    return Highlight.model_construct(label=label, text=span.quote, start_char=span.start or 0, end_char=span.end or 0)
