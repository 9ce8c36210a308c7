"""What the person is hired to do: the items of the responsibilities lists, verbatim."""

from __future__ import annotations

import re

from extraction.document import Document, Section, SectionKind
from extraction.evidence import Evidence, Finding, span_of
from extraction.text import BULLET

MAX_ITEMS = 12
_MAX_CHARS = 400
_RESPONSIBILITIES = SectionKind.RESPONSIBILITIES
_MIN_CHARS = 12
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+(?=[A-ZÀ-Þ¿])")


def key_functions(document: Document) -> Finding[tuple[str, ...]]:
    """Items of every responsibilities section, in order, each a span of the text; empty when there is no such list."""
    sections = [section for section in document.sections if section.kind is _RESPONSIBILITIES]
    items = [item for section in sections for item in list_items(document.text, section)]
    bullets = [item for item in items if document.text.startswith(BULLET, item[0] - len(BULLET))]
    spans = [_shortened(document.text, *item) for item in (bullets or items)[:MAX_ITEMS]]
    confidence = 0.9 if len(spans) >= 3 else 0.7 if spans else 0.3
    return Finding(tuple([span.quote for span in spans]), "responsibilities_list", confidence, tuple(spans))


def list_items(text: str, section: Section) -> list[tuple[int, int]]:
    """(start, end) of the items of a section: its bullets, or its lines after the heading when it has none."""
    bullets: list[tuple[int, int]] = []
    lines: list[tuple[int, int]] = []
    start = section.start
    for line in text[section.start : section.end].split("\n"):
        end = start + len(line)
        if line.startswith(BULLET):
            bullets.append((start + len(BULLET), end))
        elif line and not line.isspace():
            lines.append((start, end))
        start = end + 1
    return [item for item in bullets or lines[1:] if item[1] - item[0] >= _MIN_CHARS]


def _shortened(text: str, start: int, end: int) -> Evidence:
    """The item, or its first sentences (at worst its first words) when it is a whole paragraph."""
    if end - start > _MAX_CHARS:
        limit = start + _MAX_CHARS
        breaks = [match.start() for match in _SENTENCE_END.finditer(text, start, limit)]
        word_end = text.rfind(" ", start + 1, limit)
        end = breaks[-1] if breaks else word_end if word_end > start else limit
    return span_of(text, start, end)
