"""What a provider answers for a labelled row, and the tables that hold labels of other people against ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from catalog.vocabulary import SkillTerm, Vocabulary
from extraction.document import Document
from extraction.evaluate.documents import document_from_row
from extraction.evaluate.rows import Row
from extraction.providers.base import Provider, Result
from extraction.rules.skills import Matcher, SkillMatch

MAPS_NAME = "maps.json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row, the document made of it and the provider's result."""

    row: Row
    document: Document
    result: Result


@dataclass(frozen=True)
class Bench:
    """What scorers need: the provider measured, the vocabulary, and the label maps of the folder."""

    provider: Provider
    matcher: Matcher
    vocabulary: Vocabulary
    maps: Mapping[str, Any]

    def answer(self, row: Row) -> Answer:
        """Raises ValueError, KeyError or TypeError for a row that has not the form of its file."""
        document = document_from_row(row)
        return Answer(row, document, *self.provider.extract([document]))

    def skills(self, row: Row) -> list[SkillMatch]:
        """Only the skills of a row, without the other rules."""
        return self.matcher.match(document_from_row(row))

    def canonical(self, surface: str) -> str:
        """The canonical name of a written form, folded; the form itself where the vocabulary has none."""
        key = surface.casefold().strip()
        return _names(self.vocabulary).get(key, key)

    def accepts(self, table: str, label: str) -> list[str] | None:
        """Our values that count as right for a label of a map; None where the map does not score it."""
        return self.maps[table].get(label) or None


@cache
def _names(vocabulary: Vocabulary) -> dict[str, str]:
    names: dict[str, str] = {}
    for term in vocabulary.terms:
        for form in _forms(term):
            names.setdefault(form.casefold(), term.name.casefold())
    return names


def _forms(term: SkillTerm) -> tuple[str, ...]:
    return (term.name, *term.aliases)


def read_maps(folder: Path, default: Path) -> Mapping[str, Any]:
    """The folder's own label maps, else those of the sample set. Raises ValueError for a file that is not JSON."""
    path = folder / MAPS_NAME
    return dict(json.loads((path if path.exists() else default / MAPS_NAME).read_text(encoding="utf-8")))
