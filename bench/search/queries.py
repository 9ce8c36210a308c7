"""What is asked: classes of queries, and the mix of all of them. The same seed gives the same queries."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.search.rows import Corpus

KEYSET = "keyset"
NEWEST = "newest_first"
FILTERS = "filters"
SKILLS = "skills"
COMMON = "word_20_percent"
# Without words: not ranked, so that full-text peers have no part in them.
WITHOUT_WORDS = (NEWEST, KEYSET, FILTERS, SKILLS)
# Share of the mix. `word_*`: the share of all rows that have the word.
MIX: Mapping[str, float] = {
    "word_rare": 0.14, "word_0.1_percent": 0.12, "word_1_percent": 0.12, "word_5_percent": 0.06, COMMON: 0.04, "two_words": 0.1,
    "either_word": 0.04, "word_but_not_another": 0.04, "phrase": 0.1, "word_and_filters": 0.08, SKILLS: 0.06, FILTERS: 0.06, NEWEST: 0.04,
}  # fmt: skip
CLASSES = (*MIX, KEYSET)
# Filters as the product names them -> the column of the peers' tables.
COLUMNS = {"seniority": "seniority", "function": "function", "remote": "remote", "employment": "employment", "country": "country"}
_SENIORITY, _FUNCTIONS, _REMOTE = ("senior", "mid", "junior"), ("engineering", "sales", "data", "marketing"), ("remote", "hybrid")
_COUNTRIES = ("US", "GB", "DE", "IN")


@dataclass(frozen=True)
class Query:
    """One search for open jobs. All words must be there, or with `either` one; or they are one phrase."""

    kind: str
    words: Sequence[str] = ()
    unwanted: str = ""
    either: bool = False
    phrase: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)
    skills: Sequence[int] = ()
    depth: float = 0.0

    @property
    def text(self) -> str:
        """As a person would type it."""
        words = (" OR " if self.either else " ").join(self.words)
        without = f" -{self.unwanted}" if self.unwanted else ""
        return f'"{words}"' if self.phrase else f"{words}{without}"

    def address(self, skill_names: Sequence[str]) -> str:
        """The query string that the product takes."""
        parameters = {"q": self.text, **self.filters, "skill": ",".join(skill_names[skill] for skill in self.skills)}
        return urlencode({name: value for name, value in parameters.items() if value})


class Asker:
    """Makes queries over a corpus."""

    def __init__(self, corpus: Corpus, seed: int = 1) -> None:
        self._corpus = corpus
        self._random = random.Random(seed)

    def of(self, kind: str) -> Query:
        return _MAKERS[kind](self)

    def mix(self, number: int) -> list[Query]:
        return [self.of(kind) for kind in self._random.choices(list(MIX), list(MIX.values()), k=number)]

    def word(self, share: float) -> str:
        """A word that about this share of the texts has."""
        rank = self._corpus.vocabulary.rank_in(share)
        return self._corpus.vocabulary.words[max(31, int(rank * self._random.uniform(0.9, 1.1)))]

    def words(self, *shares: float) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.word(share) for share in shares))

    def phrase(self) -> tuple[str, ...]:
        words = self._corpus.vocabulary.words
        return tuple(words[rank] for rank in self._corpus.phrase(int(self._random.uniform(0, 500))))

    def filters(self) -> dict[str, str]:
        pick = self._random.choice
        return {"seniority": pick(_SENIORITY), "function": pick(_FUNCTIONS), "country": pick(_COUNTRIES)}

    def few_filters(self) -> dict[str, str]:
        every = {**self.filters(), "remote": self._random.choice(_REMOTE)}
        return {name: every[name] for name in self._random.sample(list(every), k=self._random.randint(1, 3))}

    def skills(self) -> tuple[int, ...]:
        return tuple(sorted(self._random.sample(range(12), k=2)))

    def depth(self) -> float:
        return self._random.uniform(0.1, 0.9)


_MAKERS: Mapping[str, Callable[[Asker], Query]] = {
    "word_rare": lambda a: Query("word_rare", a.words(0.0001)),
    "word_0.1_percent": lambda a: Query("word_0.1_percent", a.words(0.001)),
    "word_1_percent": lambda a: Query("word_1_percent", a.words(0.01)),
    "word_5_percent": lambda a: Query("word_5_percent", a.words(0.05)),
    COMMON: lambda a: Query(COMMON, a.words(0.2)),
    "two_words": lambda a: Query("two_words", a.words(0.1, 0.02)),
    "either_word": lambda a: Query("either_word", a.words(0.01, 0.02), either=True),
    "word_but_not_another": lambda a: Query("word_but_not_another", a.words(0.05), unwanted=a.word(0.2)),
    "phrase": lambda a: Query("phrase", a.phrase(), phrase=True),
    "word_and_filters": lambda a: Query("word_and_filters", a.words(0.2), filters=a.filters()),
    SKILLS: lambda a: Query(SKILLS, skills=a.skills()),
    FILTERS: lambda a: Query(FILTERS, filters=a.few_filters()),
    NEWEST: lambda a: Query(NEWEST),
    KEYSET: lambda a: Query(KEYSET, depth=a.depth()),
}
