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
from extraction.rules.skill_context import BLOCK, Context, Cues, cue_phrases, is_of_others
from extraction.rules.skill_index import Cue, Form, Hit, SkillIndex, folded_key

# What is named here is offered, or the law; it is nothing the person in the job uses.
_SILENT_SECTIONS = frozenset({SectionKind.BENEFITS, SectionKind.COMPENSATION, SectionKind.LEGAL})
_LEGAL_SUFFIX = re.compile(
    rb" (?:inc|llc|ltd|limited|gmbh|ag|se|sa|sas|bv|plc|corp|corporation|co|company|group|holdings?|technologies|labs?)$"
)
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
        cues = Cues.of(hits)
        candidates = _longest(hits)
        certain = [(h.start, h.end, h.what) for h in candidates if isinstance(h.what, Form) and not h.what.ambiguous]
        context = Context(text, cues, certain)
        company = _Company(document)
        return [
            SkillMatch(form.term, text[hit.start : hit.end], hit.start, hit.end, section)
            for hit in candidates
            if isinstance(form := hit.what, Form)
            and (section := _section_kind(document, hit.start)) not in _SILENT_SECTIONS
            and (not form.ambiguous or context.supports(hit.start, hit.end, form))
            and not (form.term.kind == "tool" and (company.owns(form.term) or is_of_others(text, cues, hit.start)))
        ]


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that remain when, from left to right, the longest at each place hides what it overlaps."""
    claims = [h for h in hits if isinstance(h.what, Form) or h.what.kind == BLOCK]
    claims.sort(key=lambda h: (h.start, -h.end))
    kept: list[Hit] = []
    reached = 0
    for hit in claims:
        if hit.start >= reached:
            kept.append(hit)
            reached = hit.end
    return kept


def _section_kind(document: Document, position: int) -> SectionKind:
    section = document.section_at(position)
    return section.kind if section else SectionKind.OTHER


class _Company:
    """The hiring company's own names: neither it nor a product that carries its name is a tool of the job."""

    def __init__(self, document: Document) -> None:
        name = _LEGAL_SUFFIX.sub(b"", folded_key(document.company_name))
        self._keys = {key for key in (name, folded_key(document.source_key)) if len(key) >= _SHORTEST_COMPANY}
        self._known: dict[str, bool] = {}

    def owns(self, term: SkillTerm) -> bool:
        owned = self._known.get(term.name)
        if owned is None:
            forms = [folded_key(form) for form in (term.name, *term.aliases)]
            owned = any(f == key or f.startswith(key + b" ") for key in self._keys for f in forms)
            self._known[term.name] = owned
        return owned
