"""A posting's cleaned text as blocks to show, cut wherever a mark begins or ends. Pure: no Django, no database.

The cleaned text has one blank line between blocks and "• " before list items (`extraction.text`); marks may overlap in
any way. Every piece knows the keys of all marks that cover it, and the anchors of the marks that begin in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

BULLET = "• "
HEADING_MAX_CHARS = 80
_SENTENCE_END = ".!?;,"
_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]` supports the fact `key`; `anchor` is the id that links to this place use."""

    key: str
    start: int
    end: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same marks."""

    text: str
    keys: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (lines break where the posting breaks them), a heading, or a list (one line an item)."""

    kind: Literal["paragraph", "heading", "list"]
    lines: tuple[tuple[Piece, ...], ...]


def marked_blocks(text: str, marks: Iterable[Mark]) -> list[Block]:
    """The text as blocks. Marks that do not lie inside the text are left out."""
    inside = sorted((m for m in marks if 0 <= m.start < m.end <= len(text)), key=lambda m: (m.start, m.end))
    return list(_blocks(text, inside))


def marked_line(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """One line, such as a title, cut at its marks."""
    inside = [m for m in marks if 0 <= m.start < m.end <= len(text)]
    return list(_pieces(text, 0, len(text), inside)) if text else []


def _blocks(text: str, marks: Sequence[Mark]) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        lines = [(found.start() + line.start(), found.start() + line.end()) for line in _LINE.finditer(found[0])]
        for is_list, run in _runs(text, lines):
            kind: Literal["paragraph", "heading", "list"] = "list" if is_list else "paragraph"
            if not is_list and len(lines) == 1 and _reads_as_heading(text, lines[0]):
                kind = "heading"
            skip = len(BULLET) if is_list else 0
            yield Block(kind, tuple(tuple(_pieces(text, start + skip, end, marks)) for start, end in run))


def _runs(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[tuple[bool, list[tuple[int, int]]]]:
    """Neighbouring lines of the same kind: list items, or other lines."""
    run: list[tuple[int, int]] = []
    for line in lines:
        if run and _is_item(text, run[0]) != _is_item(text, line):
            yield _is_item(text, run[0]), run
            run = []
        run.append(line)
    if run:
        yield _is_item(text, run[0]), run


def _is_item(text: str, line: tuple[int, int]) -> bool:
    return text.startswith(BULLET, line[0])


def _reads_as_heading(text: str, line: tuple[int, int]) -> bool:
    """Cleaning keeps no heading tags: a short line of its own that ends no sentence, with more text after it, is one."""
    start, end = line
    return end - start <= HEADING_MAX_CHARS and text[end - 1] not in _SENTENCE_END and end < len(text)


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Piece]:
    """`text[start:end]` cut at the borders of the marks that touch it.

    A mark's anchor goes to the first piece that it covers on its first line, also when it begins on a bullet.
    """
    here = [m for m in marks if m.start < end and m.end > start]
    cuts = sorted({start, end, *(c for m in here for c in (m.start, m.end) if start < c < end)})
    line_start = text.rfind("\n", 0, start) + 1
    for left, right in pairwise(cuts):
        covering = [m for m in here if m.start < right and m.end > left]
        anchors = (m.anchor for m in covering if m.start >= line_start and max(m.start, start) == left)
        yield Piece(text[left:right], tuple(dict.fromkeys(m.key for m in covering)), tuple(anchors))
