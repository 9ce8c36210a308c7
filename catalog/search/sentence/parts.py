"""What a stretch of a sentence means: the pieces that the recognisers of this package find. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from catalog.search.sentence.words import Word

MAX_PHRASE_WORDS = 5


class Kind(StrEnum):
    """What a part is good for. The first four mean nothing by themselves."""

    FILLER = "filler"
    NOT = "not"
    AND = "and"
    OR = "or"
    COMMA = "comma"
    WORD = "word"
    UNUSED = "unused"
    FILTER = "filter"
    ROLE = "role"
    SKILL = "skill"
    PLACE = "place"
    COMPANY = "company"


JOINTS = frozenset({Kind.AND, Kind.OR, Kind.COMMA})
EMPTY = JOINTS | {Kind.FILLER, Kind.NOT}

Filters = tuple[tuple[str, str], ...]
"""(parameter, value) pairs, in the order in which they were said."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words `first` to `stop` (exclusive) of a sentence.

    `filters` is what they ask for; `words` are alternatives to look for in the text of jobs ("account executive", AE);
    `note` is for people: how it was read, or why it is not used, where that is not plain.
    """

    kind: Kind
    first: int
    stop: int
    text: str
    filters: Filters = ()
    words: tuple[str, ...] = ()
    note: str = ""

    @property
    def size(self) -> int:
        return self.stop - self.first

    @property
    def family(self) -> str:
        """What it can be joined with by "and" or "or" under one negation: parts of the same family."""
        return self.filters[0][0] if self.filters else str(self.kind)


@dataclass(frozen=True, slots=True)
class SkillForm:
    """A form that stands for a skill; `ambiguous` forms are ordinary words too."""

    name: str
    form: str
    kind: str
    category: str
    ambiguous: bool


class UsdRate(Protocol):
    """US dollars for one unit of a currency on a day; None for a currency without a rate."""

    def __call__(self, currency: str, on: date) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up for one sentence: skills by folded form, folded names of towns that have jobs."""

    today: date
    usd_rate: UsdRate
    skills: Mapping[str, SkillForm] = field(default_factory=dict)
    towns: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A typed text, its words, and what is known about them."""

    text: str
    words: Sequence[Word]
    known: Known

    @property
    def is_shouted(self) -> bool:
        """Whether several words are all in capitals, so that capitals tell nothing."""
        return len(self.words) > 1 and self.text.isupper()

    def stop_at(self, end: int) -> int:
        """The index of the first word that begins at or after this place in the text."""
        return next((index for index, word in enumerate(self.words) if word.start >= end), len(self.words))

    def typed(self, first: int, stop: int) -> str:
        """Words as they stand in the text, with what is between them, corrections applied."""
        pieces = []
        for index in range(first, stop):
            gap = self.text[self.words[index - 1].end : self.words[index].start] if index > first else ""
            pieces.append(gap + self.words[index].text)
        return "".join(pieces)

    def word(self, index: int) -> Word | None:
        return self.words[index] if 0 <= index < len(self.words) else None

    def folded(self, index: int) -> str:
        """The folded word, "" outside of the sentence."""
        word = self.word(index)
        return word.folded if word else ""

    def part(self, kind: Kind, first: int, stop: int, filters: Filters = (), words: tuple[str, ...] = ()) -> Part:
        return Part(kind, first, stop, self.typed(first, stop), filters, words)


class Recogniser(Protocol):
    """Finds one sort of part at a word. `before` are the parts already found to its left."""

    def __call__(self, sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None: ...


def last_content(before: Sequence[Part]) -> Part | None:
    """The nearest part to the left that means something by itself."""
    return next((part for part in reversed(before) if part.kind not in EMPTY), None)
