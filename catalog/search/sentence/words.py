"""A typed sentence as words with their places in it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

# Abbreviations with dots; words with dots, "&" and apostrophes inside, "+" and "#" behind (Node.js, R&D, C++); any other sign.
_WORD = re.compile(r"(?:[^\W_]\.){2,}|\.?[^\W_](?:[\w.&'’]*[^\W_])?(?:\+\+|#)?|[^\s\w]")
_PLURAL_ES = ("sses", "xes", "ches", "shes")
_NO_PLURAL = ("ss", "us", "is")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a single sign; `text` as typed or as corrected, `start` and `end` count in the sentence as typed."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return fold(self.text)

    @property
    def stem(self) -> str:
        return singular(self.folded)

    @property
    def is_sign(self) -> bool:
        return not any(c.isalnum() for c in self.text)

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()


def words_of(text: str) -> list[Word]:
    """Words and signs in order; hyphens inside of compounds ("full-time") only part them."""
    found = [Word(match[0], *match.span()) for match in _WORD.finditer(text)]
    return [word for word in found if not (word.text == "-" and text[word.start - 1 : word.start].isalnum() and _goes_on(text, word.end))]


def corrected(words: Sequence[Word], corrections: Mapping[str, str]) -> list[Word]:
    """The same words, those with a correction (by folded word) as they were meant."""
    return [replace(word, text=corrections[word.folded]) if word.folded in corrections else word for word in words]


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents, and without the genitive's "'s"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.replace("’", "'")) if not unicodedata.combining(c))
    return plain.casefold().removesuffix("'s")


@lru_cache(maxsize=4096)
def singular(folded: str) -> str:
    """A word without the ending of an English plural: "agencies" -> "agency", "reps" -> "rep"; "sales" -> "sale" too."""
    if len(folded) < 3 or not folded.endswith("s") or folded.endswith(_NO_PLURAL):
        return folded
    if folded.endswith("ies") and len(folded) > 4:
        return folded[:-3] + "y"
    return folded[:-2] if folded.endswith(_PLURAL_ES) else folded[:-1]


def _goes_on(text: str, at: int) -> bool:
    return text[at : at + 1].isalnum()
