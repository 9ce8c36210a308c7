"""Made-up words, Zipf-distributed. English stemming leaves every one of them as it is, so that all peers find the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

VOCABULARY = 200_000
# The commonest words are a fifth of every text, and nobody searches for them.
STOP_WORDS = (
    "the", "and", "to", "of", "a", "in", "for", "with", "on", "is", "as", "are", "be", "our", "we", "you", "your", "will", "this", "that",
    "or", "by", "at", "from", "have", "an", "all", "it", "can", "their",
)  # fmt: skip
WORDS_PER_TEXT = 140
_CONSONANTS = "bdfgklmnprtvz"
_VOWELS = "aeiou"
# No English suffix ends in one of these.
_ENDS = "bkpxz"


def made_up_words(number: int) -> list[str]:
    """The first `number` words: shortest first, all different."""
    found: list[str] = []
    for word in _words():
        found.append(word)
        if len(found) == number:
            return found
    raise ValueError(f"there are only {len(found):,} words")


def _words() -> Iterator[str]:
    syllables = [consonant + vowel for consonant, vowel in product(_CONSONANTS, _VOWELS)]
    for length in (2, 3):
        for parts in product(syllables, repeat=length):
            yield from ("".join(parts) + end for end in _ENDS)


class ZipfWords:
    """A vocabulary, stop words first, whose word of rank r (from 0) comes with a probability in proportion to 1 / (r + 3)."""

    def __init__(self, number: int = VOCABULARY, seed: int = 0) -> None:
        order = np.random.default_rng([seed, number]).permutation(number)
        words = made_up_words(number)
        self.words: list[str] = [*STOP_WORDS, *(words[n] for n in order)][:number]
        weights = 1 / (np.arange(number) + 3.0)
        self.share = weights / weights.sum()

    @cached_property
    def _cumulated(self) -> NDArray[np.float64]:
        return np.cumsum(self.share)

    def draw(self, rng: np.random.Generator, number: int) -> NDArray[np.int64]:
        """Ranks of `number` words."""
        return np.minimum(np.searchsorted(self._cumulated, rng.random(number)), len(self.words) - 1)

    def rank_in(self, share_of_texts: float) -> int:
        """The rank of the word that about this share of texts of WORDS_PER_TEXT words contains."""
        wanted = -np.log1p(-share_of_texts) / WORDS_PER_TEXT
        return int(np.abs(self.share - wanted).argmin())
