"""Splits cleaned text into sections by its headings, in the languages postings come in.

A heading is a short line of its own whose words name a kind ("What you'll do", "Profil recherché"), or such words with a
colon in front of a paragraph ("Requirements: 5 years ..."). A short line that names no kind stays in the section it stands in.
The words stand in `data/headings.tsv`; its order decides, so that "preferred qualifications" is not read as "qualifications".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import groupby

from extraction.data_files import DATA
from extraction.document import Section, SectionKind
from extraction.text import BULLET

_HEADINGS = DATA / "headings.tsv"
_HEADING_CHARS = 80
_HEADING_WORDS = 11
_INLINE_CHARS = 40
# A short line, or what stands before the colon of a longer one; no list item.
_CANDIDATE = re.compile(rf"\n(?!\n|{BULLET})(?:([^\n]{{1,{_HEADING_CHARS}}}+(?=\n|\Z))|([^\n:]{{0,{_INLINE_CHARS - 1}}}:))")
# A key with its value ("Location: Berlin") is no section; only these kinds may start in front of running text.
_INLINE_KINDS = frozenset({SectionKind.RESPONSIBILITIES, SectionKind.REQUIREMENTS, SectionKind.PREFERRED, SectionKind.BENEFITS})
_OTHER = SectionKind.OTHER
_EDGES = re.compile(r"^[^\w¿]+|[^\w)]+$")


def split_sections(text: str) -> list[Section]:
    """Consecutive sections that together cover the text; the first has an empty heading unless the text begins with one."""
    starts = list(_headings(text))
    if not starts or starts[0][0] > 0:
        starts.insert(0, (0, "", _OTHER))
    ends = [start for start, _, _ in starts[1:]] + [len(text)]
    return [Section(kind, heading, start, end) for (start, heading, kind), end in zip(starts, ends, strict=True)]


def _headings(text: str) -> Iterator[tuple[int, str, SectionKind]]:
    for line in _CANDIDATE.finditer(f"\n{text}"):
        short, beginning = line.groups()
        found = _heading_line(short) if short else _inline_heading(beginning)
        if found:
            yield line.start(), *found


@lru_cache(maxsize=8192)
def _heading_line(line: str) -> tuple[str, SectionKind] | None:
    """(heading, kind) of a line on its own; cached because boards repeat their headings in every posting."""
    if line.endswith((".", ",", ";")) or line.count(" ") >= _HEADING_WORDS:
        return _inline_heading(line)
    heading, colon, rest = line.partition(":")
    if colon and rest.strip(" *_"):
        return _inline_heading(line)
    kind = _kind_of(_folded(heading))
    return (heading.strip(), kind) if kind else None


def _inline_heading(line: str) -> tuple[str, SectionKind] | None:
    colon = line.find(":", 0, _INLINE_CHARS)
    if colon < 0:
        return None
    kind = _kind_of(_folded(line[:colon]))
    return (line[:colon].strip(), kind) if kind in _INLINE_KINDS else None


def _folded(heading: str) -> str:
    return _EDGES.sub("", heading.replace("’", "'")).lower()


@lru_cache(maxsize=8192)
def _kind_of(heading: str) -> SectionKind | None:
    return next((kind for kind, names in _patterns() if names(heading)), None) if heading else None


@cache
def _patterns() -> tuple[tuple[SectionKind, Callable[[str], re.Match[str] | None]], ...]:
    """(kind, pattern's search) in the order of the file; neighbours of one kind are one pattern."""
    with _HEADINGS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    groups = groupby(rows, key=lambda row: (row["kind"], row["where"]))
    return tuple((SectionKind(kind), _search(where, [row["pattern"] for row in group])) for (kind, where), group in groups)


def _search(where: str, patterns: list[str]) -> Callable[[str], re.Match[str] | None]:
    """Of patterns that begin the heading ("start"), one of its words ("word": tried there only), or stand "anywhere" in it."""
    joined = "|".join(patterns)
    if where == "start":
        return re.compile(joined).match
    return re.compile(rf"\b(?=\w)(?:{joined})" if where == "word" else joined).search
