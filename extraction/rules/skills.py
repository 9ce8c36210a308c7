"""Skills and tools of a posting, found by the vocabulary (spec S1-S3).

Three steps: the index finds every written form; the longest at each place wins; names that are also ordinary words stay
only where their context says that they are meant (`skill_context`).
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple, TypeVar

from catalog.vocabulary.values import SkillTerm, Vocabulary
from extraction.document import Document, Section, SectionKind
from extraction.rules.company import stated_employer
from extraction.rules.skill_context import Context
from extraction.rules.skill_cues import CueKind, Cues, cue_phrases
from extraction.rules.skill_index import Form, Found, Name, SkillIndex, Span, folded_key

# To name a member of an enum takes ten times as long as to name a constant, and there are dozens of names in a text.
_ABOUT, _OTHER = SectionKind.ABOUT, SectionKind.OTHER
_BLOCK = CueKind.BLOCK.value
# What is named here is offered, or the law; it is nothing the person in the job uses.
_SILENT_SECTIONS = frozenset({SectionKind.BENEFITS, SectionKind.COMPENSATION, SectionKind.LEGAL})
_WHOLE = (Section(_OTHER, "", 0, sys.maxsize),)
_LEGAL_SUFFIX = re.compile(rb" (?:inc|llc|ltd|limited|gmbh|ag|se|sa|sas|bv|plc|corp|corporation|co|company|group|holdings?|labs?)$")
_SHORTEST_COMPANY = 3


_Claim = tuple[int, int, Form | None]
"""A name, or a phrase that is none."""
_C = TypeVar("_C", bound=_Claim)
_end = itemgetter(1)


class SkillMatch(NamedTuple):
    """One place where a term is named: `text[start:end]` is `surface`, written as the posting has it."""

    term: SkillTerm
    surface: str
    start: int
    end: int
    section: SectionKind


_match = partial(tuple.__new__, SkillMatch)
"""As SkillMatch(...), in less than half of the time: that goes through a `__new__` written in Python, for dozens of names in a text."""


class Matcher:
    """Finds the terms of one vocabulary. Build it once and share it: it holds no state of a document."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.version = vocabulary.version
        self._index = SkillIndex(vocabulary.terms, cue_phrases())
        # The postings of a board follow each other, and name the same terms.
        self._company = lru_cache(maxsize=64)(_Company)

    def match(self, document: Document) -> list[SkillMatch]:
        """Every place where a term is named as a skill or tool of the job, in order of position."""
        return self.match_all([document])[0]

    def match_all(self, documents: Sequence[Document]) -> list[list[SkillMatch]]:
        """The same for many documents, step by step: all texts through the index first, then name by name."""
        found = self._index.find_all([document.text for document in documents])
        return [self._matches(each, document.text, document.sections, document) for each, document in zip(found, documents, strict=True)]

    def match_titles(self, documents: Sequence[Document]) -> list[list[SkillMatch]]:
        """The same for the titles; offsets count inside the title."""
        titles = [document.posting.title for document in documents]
        found = self._index.find_all(titles)
        return [self._matches(each, title, _WHOLE, document) for each, title, document in zip(found, titles, documents, strict=True)]

    def _matches(self, found: Found, text: str, parts: Sequence[Section], document: Document) -> list[SkillMatch]:
        written, cues = found
        if not written:
            return []
        names, sections = _counting(_longest(written, cues.get(_BLOCK, ())), parts)
        if not names:
            return []
        context = Context(Cues.of(text, cues), names)
        company = self._company(stated_employer(document), document.source_key)
        return [
            _match((form.term, text[start:end], start, end, section))
            for index, ((start, end, form), section, meant) in enumerate(zip(names, sections, context.accepted(), strict=True))
            if meant
            and (_is_tool_of_job(context, index, section, company) if form.term.kind == "tool" else context.is_asked(index))
            and not context.is_negated(index)
        ]


def _is_tool_of_job(context: Context, index: int, section: SectionKind, company: _Company) -> bool:
    """Whether a tool is neither the company's own nor somebody else's; where the company speaks of itself, it must be said."""
    if section is _ABOUT and not context.is_of_job(index):
        return False
    return not company.owns(context.term(index)) and not context.is_of_others(index)


def _longest(written: Iterable[Name], blocks: Sequence[Span]) -> list[Name]:
    """The names that remain when, from left to right, the longest phrase at each place hides what it overlaps.

    Both come in order of their ends, so one that begins no later than those before it is the longer; a name hides an equal block.
    """
    if not blocks:
        return _apart(written)
    claims: list[_Claim] = sorted([*((start, end, None) for start, end in blocks), *written], key=_end)
    return [(start, end, form) for start, end, form in _apart(claims) if form is not None]


def _apart(claims: Iterable[_C]) -> list[_C]:
    """The claims that remain of those that overlap."""
    kept: list[_C] = []
    reached = 0
    for claim in claims:
        start, end, _ = claim
        if start < reached:
            before = _first_inside(kept, start)
            if before and kept[before - 1][1] > start:
                continue
            del kept[before:]
        kept.append(claim)
        reached = end
    return kept


def _first_inside(kept: Sequence[_Claim], start: int) -> int:
    """The index of the first of the last claims that begin at `start` or behind it."""
    index = len(kept)
    while index and kept[index - 1][0] >= start:
        index -= 1
    return index


def _counting(names: Sequence[Name], sections: Sequence[Section]) -> tuple[list[Name], list[SectionKind]]:
    """The names in sections where they can count, with their sections. About itself a company names no skill of the job."""
    kept: list[Name] = []
    kinds: list[SectionKind] = []
    starts = [start for start, _, _ in names]
    first = 0
    for section in sections:
        behind = bisect_left(starts, section.end, first)
        here, first = names[first:behind], behind
        if section.kind in _SILENT_SECTIONS:
            continue
        if section.kind is _ABOUT:
            here = [name for name in here if name[2].term.kind == "tool"]
        kept += here
        kinds += [section.kind] * len(here)
    return kept, kinds


class _Company:
    """The hiring company's own names: neither it nor a product that carries its name is a tool of the job."""

    def __init__(self, company_name: str, source_key: str) -> None:
        name = _LEGAL_SUFFIX.sub(b"", folded_key(company_name)).strip()
        self._keys = {key for key in (name, folded_key(source_key)) if len(key) >= _SHORTEST_COMPANY}
        self._known: dict[str, bool] = {}

    def owns(self, term: SkillTerm) -> bool:
        """Whether the term's name begins with the company's, or an alias is the company's."""
        owned = self._known.get(term.name)
        if owned is None:
            name = folded_key(term.name) + b" "
            owned = any(name.startswith(key + b" ") for key in self._keys) or any(folded_key(a) in self._keys for a in term.aliases)
            self._known[term.name] = owned
        return owned
