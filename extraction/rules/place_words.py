"""Words in strings of places: `data/place_words.tsv` by kind, and what such a string denies ("not remote", "except New York").

Kinds: `whole` = names that hold a separator, `noise` = what is no place, by folded form; `before` and `after` = words around a name
that do not change which place it is; `away` = work elsewhere than at the employer's; `deny` = before such a word, that it is not
meant; `except` = what follows is left out. Patterns, but for `noise`.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from extraction.rules import gazetteer
from extraction.rules.needed_words import GatedPattern, GatedPatterns


def _read() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    with (gazetteer.DATA / "place_words.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            words.setdefault(row["kind"], []).append(row["pattern"])
    return words


WORDS = _read()


def any_of(kind: str) -> str:
    """A pattern for all words of a kind."""
    return "|".join(WORDS[kind])


_NO = r"(?:no|non|nein|não|nao|nee|nie|nej)"
# "NO Remote" is Norway's.
_DENIED = GatedPattern(
    rf"\b(?!(?-i:NO)\b)(?:{any_of('deny')})[ -](?:(?:an?|currently|fully|for|open to|eligible for) )*(?:{any_of('away')})\b"
    rf"|\b(?:{any_of('away')})\s?[:?=]\s?{_NO}(?!\w)",
    re.IGNORECASE,
)
# To the end of its bracket, else of the list it stands in; "outside" at the very beginning is part of a description.
_LEFT_OUT = GatedPattern(rf"\b(?:{any_of('except')}|(?<=[\w(,-] )outside|(?<=\()outside)\b[^)\];|\n]*", re.IGNORECASE)


_GATES = GatedPatterns([_DENIED, _LEFT_OUT])


def without_denied_work(text: str) -> str:
    """As long as `text`, with spaces for the work elsewhere that it denies."""
    return _DENIED.pattern.sub(_blank, text)


@lru_cache(maxsize=8192)
def without_denied(text: str) -> str:
    """As long as `text`, with spaces for the work elsewhere that it denies and for the places that it leaves out."""
    for index in _GATES.with_words(text):
        text = (_DENIED, _LEFT_OUT)[index].pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
