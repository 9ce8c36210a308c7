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
# Begins with what it looks for, which is quicker than to ask at every place whether a line begins there.
_BULLET_LINE = re.compile(f"\n{BULLET}(.*)")
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
    return [item for item in _bullets(text, section) or _lines(text, section)[1:] if item[1] - item[0] >= _MIN_CHARS]


def _bullets(text: str, section: Section) -> list[tuple[int, int]]:
    found = [match.span(1) for match in _BULLET_LINE.finditer(text, max(section.start - 1, 0), section.end)]
    if section.start == 0 and text.startswith(BULLET):
        found.insert(0, (len(BULLET), len(text[: section.end].partition("\n")[0])))
    return found


def _lines(text: str, section: Section) -> list[tuple[int, int]]:
    """(start, end) of the lines of a section that hold more than white space."""
    found = []
    start = section.start
    for line in text[section.start : section.end].split("\n"):
        if line and not line.isspace():
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def _shortened(text: str, start: int, end: int) -> Evidence:
    """The item, or its first sentences (at worst its first words) when it is a whole paragraph."""
    if end - start > _MAX_CHARS:
        limit = start + _MAX_CHARS
        breaks = [match.start() for match in _SENTENCE_END.finditer(text, start, limit)]
        word_end = text.rfind(" ", start + 1, limit)
        end = breaks[-1] if breaks else word_end if word_end > start else limit
    return span_of(text, start, end)
