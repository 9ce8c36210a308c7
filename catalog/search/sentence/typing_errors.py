"""Whether a word is a known one with a typing error. Pure.

One letter left out, doubled, added or two swapped; in words of eight letters one may be another letter. The first letter has
to be right: people rarely mistype it, and without that "server" is a misspelt "seller".
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

MIN_LENGTH = 5
_SUBSTITUTION_FROM = 8


def meant_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one is meant for, in alphabetical order of several; None if there is none."""
    return min((candidate for candidate in known if is_misspelt(word, candidate)), default=None)


def is_misspelt(word: str, meant: str) -> bool:
    """Whether `word` is `meant` with one typing error; both folded."""
    if min(len(word), len(meant)) < MIN_LENGTH or word[0] != meant[0] or word == meant:
        return False
    if word in (f"{meant}s", f"{meant}d") or meant in (f"{word}s", f"{word}d"):
        return False
    if OSA.distance(word, meant, score_cutoff=1) > 1:
        return False
    replaced = len(word) == len(meant) and sorted(word) != sorted(meant)
    return not replaced or len(word) >= _SUBSTITUTION_FROM
