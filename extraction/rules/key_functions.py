"""What the person is hired to do: the items of the responsibilities lists, verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extraction.document import Document, Section, SectionKind
from extraction.evidence import Evidence, Finding, span_of
from extraction.text import BULLET

MAX_ITEMS = 12
_MAX_CHARS = 400
_MIN_CHARS = 12
_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+(?=[A-ZÀ-Þ¿])")


def key_functions(document: Document) -> Finding[tuple[str, ...]]:
    """Items of every responsibilities section, in order, each a span of the text; empty when there is no such list."""
    sections = [section for section in document.sections if section.kind is SectionKind.RESPONSIBILITIES]
    items = [item for section in sections for item in list_items(document.text, section)]
    bullets = [item for item in items if document.text.startswith(BULLET, item[0] - len(BULLET))]
    spans = [_shortened(document.text, *item) for item in (bullets or items)[:MAX_ITEMS]]
    confidence = 0.9 if len(spans) >= 3 else 0.7 if spans else 0.3
    return Finding(tuple(span.quote for span in spans), "responsibilities_list", confidence, tuple(spans))


def list_items(text: str, section: Section) -> Iterator[tuple[int, int]]:
    """(start, end) of the items of a section: its bullets, or its lines after the heading when it has none."""
    lines = list(_lines(text, section))
    bullets = [(start + len(BULLET), end) for start, end in lines if text.startswith(BULLET, start)]
    yield from ((start, end) for start, end in bullets or lines[1:] if end - start >= _MIN_CHARS)


def _lines(text: str, section: Section) -> Iterator[tuple[int, int]]:
    return (line.span() for line in _LINE.finditer(text, section.start, section.end) if not line[0].isspace())


def _shortened(text: str, start: int, end: int) -> Evidence:
    """The item, or its first sentences (at worst its first words) when it is a whole paragraph."""
    if end - start > _MAX_CHARS:
        limit = start + _MAX_CHARS
        breaks = [match.start() for match in _SENTENCE_END.finditer(text, start, limit)]
        word_end = text.rfind(" ", start + 1, limit)
        end = breaks[-1] if breaks else word_end if word_end > start else limit
    return span_of(text, start, end)
