"""Reads `data/skills.csv` into a Vocabulary. Pure: no Django, no database (`evaluate` runs without one)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from catalog.vocabulary.values import SkillKind, SkillTerm, Vocabulary

DEFAULT_PATH = Path(__file__).parents[1] / "data" / "skills.csv"
COLUMNS = ("name", "kind", "category", "aliases", "ambiguous", "domain")
_KINDS: Mapping[str, SkillKind] = {"skill": "skill", "tool": "tool"}
_VERSION_LENGTH = 12


class VocabularyError(ValueError):
    """A vocabulary file that cannot be used; the message names the file, the line and the reason."""


def read_vocabulary(path: Path = DEFAULT_PATH) -> Vocabulary:
    """The vocabulary in a CSV file with the columns of `COLUMNS`; lists inside a cell are separated by `;`.

    Raises VocabularyError for a missing column, an empty name, an unknown kind, an ambiguous form that is neither name
    nor alias, and a form that stands for two terms (compared without case).
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise VocabularyError(f"{path.name}:1: columns are {reader.fieldnames}, not {list(COLUMNS)}")
        terms = tuple(_unique(path, _terms(path, reader)))
    return Vocabulary(terms=terms, version=version_of(terms))


def version_of(terms: Iterable[SkillTerm]) -> str:
    """A short checksum of the terms; their order does not matter."""
    lines = sorted("\t".join((t.name, t.kind, t.category, ";".join(t.aliases), ";".join(sorted(t.ambiguous)), t.domain)) for t in terms)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_VERSION_LENGTH]


def _terms(path: Path, reader: csv.DictReader[str]) -> Iterator[tuple[int, SkillTerm]]:
    try:
        for row in reader:
            try:
                yield reader.line_num, term_of_row(row)
            except VocabularyError as error:
                raise VocabularyError(f"{path.name}:{reader.line_num}: {error}") from None
    except csv.Error as error:
        raise VocabularyError(f"{path.name}:{reader.line_num + 1}: {error}") from error


def term_of_row(row: Mapping[str, str | None]) -> SkillTerm:
    """The term of one line, its cells by column. Raises VocabularyError with the reason."""
    if None in row or None in row.values():
        raise VocabularyError(f"expected {len(COLUMNS)} columns")
    name, category = _cell(row, "name"), _cell(row, "category")
    kind = _KINDS.get(_cell(row, "kind"))
    if not name or not category:
        raise VocabularyError("name and category must not be empty")
    if kind is None:
        raise VocabularyError(f"kind of {name!r} is {row['kind']!r}, not one of {', '.join(_KINDS)}")
    aliases, ambiguous = _list(row, "aliases"), frozenset(_list(row, "ambiguous"))
    if strangers := ambiguous - {name, *aliases}:
        raise VocabularyError(f"ambiguous forms of {name!r} are neither its name nor an alias: {', '.join(sorted(strangers))}")
    return SkillTerm(name, kind, category, aliases, ambiguous, _cell(row, "domain"))


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row[column] or "").strip()


def _list(row: Mapping[str, str | None], column: str) -> tuple[str, ...]:
    return tuple(part for part in (p.strip() for p in _cell(row, column).split(";")) if part)


def _unique(path: Path, numbered: Iterable[tuple[int, SkillTerm]]) -> Iterator[SkillTerm]:
    owners: dict[str, tuple[int, str]] = {}
    for line, term in numbered:
        for form in (term.name, *term.aliases):
            first_line, owner = owners.setdefault(form.casefold(), (line, term.name))
            if first_line != line:
                raise VocabularyError(f"{path.name}:{line}: {form!r} of {term.name!r} already stands for {owner!r} (line {first_line})")
        yield term
