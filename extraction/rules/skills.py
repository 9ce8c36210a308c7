"""Skills and tools of a posting, found by the vocabulary (spec S1-S3).

Three steps: the index finds every written form; the longest at each place wins; names that are also ordinary words stay
only where their context says that they are meant (`skill_context`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.vocabulary import SkillTerm, Vocabulary
from extraction.document import Document, SectionKind
from extraction.rules.skill_context import Candidate, Context
from extraction.rules.skill_cues import CueKind, Cues, cue_phrases
from extraction.rules.skill_index import Cue, Form, Hit, SkillIndex, folded_key

# What is named here is offered, or the law; it is nothing the person in the job uses.
_SILENT_SECTIONS = frozenset({SectionKind.BENEFITS, SectionKind.COMPENSATION, SectionKind.LEGAL})
_LEGAL_SUFFIX = re.compile(rb" (?:inc|llc|ltd|limited|gmbh|ag|se|sa|sas|bv|plc|corp|corporation|co|company|group|holdings?|labs?)$")
_SHORTEST_COMPANY = 3


@dataclass(frozen=True, slots=True)
class SkillMatch:
    """One place where a term is named: `text[start:end]` is `surface`, written as the posting has it."""

    term: SkillTerm
    surface: str
    start: int
    end: int
    section: SectionKind


class Matcher:
    """Finds the terms of one vocabulary. Build it once and share it: it holds no state of a document."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.version = vocabulary.version
        self._index = SkillIndex(vocabulary.terms, cue_phrases())

    def match(self, document: Document) -> list[SkillMatch]:
        """Every place where a term is named as a skill or tool of the job, in order of position."""
        text = document.text
        hits = list(self._index.hits(text))
        candidates = _longest(hits)
        context = Context(Cues.of(text, hits), candidates)
        company = _Company(document)
        return [
            SkillMatch(form.term, text[start:end], start, end, section)
            for index, ((start, end, form), meant) in enumerate(zip(candidates, context.accepted(), strict=True))
            if meant
            and _counts_in(section := _section_kind(document, start), form.term, context, index)
            and not (form.term.kind == "tool" and (company.owns(form.term) or context.is_of_others(index)))
        ]


def _longest(hits: Sequence[Hit]) -> list[Candidate]:
    """The names that remain when, from left to right, the longest phrase at each place hides what it overlaps."""
    claims = [h for h in hits if isinstance(h.what, Form) or h.what.kind == CueKind.BLOCK]
    claims.sort(key=lambda h: (h.start, -h.end, isinstance(h.what, Cue)))
    kept: list[Candidate] = []
    reached = 0
    for hit in claims:
        if hit.start >= reached:
            reached = hit.end
            if isinstance(hit.what, Form):
                kept.append((hit.start, hit.end, hit.what))
    return kept


def _section_kind(document: Document, position: int) -> SectionKind:
    section = document.section_at(position)
    return section.kind if section else SectionKind.OTHER


def _counts_in(section: SectionKind, term: SkillTerm, context: Context, index: int) -> bool:
    """Whether a name counts in its section: where the company speaks of itself, only a tool that is said to be used."""
    if section in _SILENT_SECTIONS:
        return False
    return section is not SectionKind.ABOUT or (term.kind == "tool" and context.is_of_job(index))


class _Company:
    """The hiring company's own names: neither it nor a product that carries its name is a tool of the job."""

    def __init__(self, document: Document) -> None:
        name = _LEGAL_SUFFIX.sub(b"", folded_key(document.company_name))
        self._keys = {key for key in (name, folded_key(document.source_key)) if len(key) >= _SHORTEST_COMPANY}
        self._known: dict[str, bool] = {}

    def owns(self, term: SkillTerm) -> bool:
        """Whether a form of the term is the company's name or begins with it."""
        owned = self._known.get(term.name)
        if owned is None:
            forms = [folded_key(form) for form in (term.name, *term.aliases)]
            owned = any(form == key or form.startswith(key + b" ") for key in self._keys for form in forms)
            self._known[term.name] = owned
        return owned
