"""The closed vocabulary of sentences: what phrases mean as filters, and which carry no meaning. Pure.

`meanings.csv` has a phrase in small letters, the filters it asks for (`function=sales seniority=vp`), and alternatives to
look for in the text of jobs, parted by "|", where it says more than the filters do. A phrase without either is a filler:
it is heard and means nothing. Phrases match in singular and plural, with and without hyphens.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from catalog.search.sentence.parts import Filters, Kind, Part, Sentence
from catalog.search.sentence.words import Word, words_of

PATH = Path(__file__).with_name("meanings.csv")
HEADS = frozenset({"analyst", "specialist", "admin", "coordinator", "consultant", "associate"})
"""Words that name an occupation, but not its function; other phrases without a function only describe the job ("mid-market")."""
_NAMING = frozenset({"seniority", "remote", "employment"})
_JOINTS = {
    ",": Kind.COMMA, ";": Kind.COMMA, "and": Kind.AND, "&": Kind.AND, "+": Kind.AND, "plus": Kind.AND, "as well as": Kind.AND,
    "or": Kind.OR, "nor": Kind.OR, "/": Kind.OR, "|": Kind.OR, "and/or": Kind.OR,
}  # fmt: skip
_NOTS = (
    "not", "no", "non", "without", "except", "except for", "excluding", "exclude", "excludes", "exclusive of", "other than", "but not",
    "but no", "neither", "avoid", "skip", "never", "minus", "outside", "outside of", "aside from", "apart from", "isn't", "aren't",
    "don't", "doesn't", "don't want", "ignore", "leave out", "anything but", "and not", "and no", "or no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase of `size` words asks for."""

    kind: Kind
    size: int
    filters: Filters = ()
    words: tuple[str, ...] = ()


def recognise_meaning(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """The longest phrase of the vocabulary that begins at a word."""
    meaning = meaning_at(sentence.words, at)
    return sentence.part(meaning.kind, at, at + meaning.size, meaning.filters, meaning.words) if meaning else None


def meaning_at(words: Sequence[Word], at: int) -> Meaning | None:
    """The longest phrase of the vocabulary that begins at a word."""
    table, longest = _table()
    stems = tuple(word.stem for word in words[at : at + longest])
    return next((table[stems[:size]] for size in range(len(stems), 0, -1) if stems[:size] in table), None)


@lru_cache(maxsize=1)
def vocabulary_words() -> frozenset[str]:
    """The words of what names jobs (occupations, levels, kinds of work), for finding typing errors."""
    table, _ = _table()
    naming = (phrase for phrase, meaning in table.items() if meaning.kind is Kind.ROLE or _NAMING & {name for name, _ in meaning.filters})
    return frozenset(word for phrase in naming for word in phrase if word.isalpha())


@lru_cache(maxsize=1)
def _table() -> tuple[Mapping[tuple[str, ...], Meaning], int]:
    """Phrases as stems of their words, and the number of words of the longest."""
    table: dict[tuple[str, ...], Meaning] = {}
    with PATH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            _add(table, row["phrase"], *_read(row["filters"], row["words"]))
    for phrase, kind in (*_JOINTS.items(), *((phrase, Kind.NOT) for phrase in _NOTS)):
        _add(table, phrase, kind, (), ())
    return table, max(map(len, table))


def _read(filters: str, words: str) -> tuple[Kind, Filters, tuple[str, ...]]:
    pairs = tuple((name, value) for name, _, value in (item.partition("=") for item in filters.split()))
    alternatives = tuple(words.split("|")) if words else ()
    if any(name == "function" for name, _ in pairs) or not HEADS.isdisjoint(alternatives):
        return Kind.ROLE, pairs, alternatives
    kind = Kind.WORD if alternatives else Kind.FILTER if pairs else Kind.FILLER
    return kind, pairs, alternatives


def _add(table: dict[tuple[str, ...], Meaning], phrase: str, kind: Kind, filters: Filters, words: tuple[str, ...]) -> None:
    stems = tuple(word.stem for word in words_of(phrase))
    table.setdefault(stems, Meaning(kind, len(stems), filters, words))
