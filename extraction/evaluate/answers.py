"""What a provider answers for a labelled row, and the tables that hold labels of other people against ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from catalog.vocabulary.values import SkillTerm, Vocabulary
from extraction.document import Document
from extraction.evaluate.documents import document_from_row
from extraction.evaluate.rows import Row
from extraction.providers.base import Result

MAPS_NAME = "maps.json"
ODD_ROW = (KeyError, TypeError, ValueError)
"""What reading a row raises that has another form than its file's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One row, the line it stands in, the document made of it and the provider's result."""

    line: int
    row: Row
    document: Document
    result: Result


class Measurable(Protocol):
    """What is measured: a provider, or a model over one."""

    @property
    def name(self) -> str: ...

    @property
    def tier(self) -> int: ...

    @property
    def version(self) -> str: ...

    def extract(self, documents: Sequence[Document]) -> list[Result]: ...


@dataclass(frozen=True)
class Bench:
    """What scorers need: the provider measured, the vocabulary, and the label maps of the folder."""

    provider: Measurable
    vocabulary: Vocabulary
    maps: Mapping[str, Any]

    def answers(self, rows: Sequence[tuple[int, Row]]) -> tuple[list[Answer], list[tuple[int, str]]]:
        """The answers to numbered rows, asked for together, and (line, reason) of rows that have not the form of their file.

        Raises ProviderError as the provider does.
        """
        read: list[tuple[int, Row, Document]] = []
        odd: list[tuple[int, str]] = []
        for line, row in rows:
            try:
                read.append((line, row, document_from_row(row)))
            except ODD_ROW as error:
                odd.append((line, oddity(error)))
        results = self.provider.extract([document for _, _, document in read])
        return [Answer(*item, result) for item, result in zip(read, results, strict=True)], odd

    def canonical(self, surface: str) -> str:
        """The canonical name of a written form, folded; the form itself where the vocabulary has none."""
        key = surface.casefold().strip()
        return _names(self.vocabulary).get(key, key)

    def accepts(self, table: str, label: str) -> list[str] | None:
        """Our values that count as right for a label of a map; None where the map does not score it."""
        return self.maps[table].get(label) or None


def oddity(error: Exception) -> str:
    return f"not a row of this file ({type(error).__name__}: {error})"


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
