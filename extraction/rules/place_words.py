"""Words in strings of places: `data/place_words.tsv` by kind, and what such a string denies ("not remote", "except New York").

Kinds: `whole` = names that hold a separator, `noise` = what is no place, by folded form; `before` and `after` = words around a name
that do not change which place it is; `away` = work elsewhere than at the employer's; `deny` = before such a word, that it is not
meant, and with `half` between them, not wholly; `except` = what follows is left out, `except_bracket` = only inside brackets,
`except_wide` = only right behind `wide`, a name of much land. Patterns, but for `noise`.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from extraction.data_files import DATA
from extraction.rules.needed_words import GatedPattern, GatedPatterns


def _read() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    with (DATA / "place_words.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            words.setdefault(row["kind"], []).append(row["pattern"])
    return words


WORDS = _read()


def any_of(kind: str) -> str:
    """A pattern for all words of a kind."""
    return "|".join(WORDS[kind])


_NO = r"(?:no|non|nein|não|nao|nee|nie|nej)"
# "NO Remote" and "Oslo, NO Remote" are Norway's; "Austin, NO REMOTE" is not.
_NORWAY = r"\A(?-i:NO)\b|(?<=(?:oslo|rgen|heim|nger|rway), )(?-i:NO)\b"
_DENIED = GatedPattern(
    rf"(?:\. )?\b(?!{_NORWAY})(?:{any_of('deny')})[ -](?:(?:an?|for|open to|eligible for) ){{0,3}}(?:{any_of('away')})\b"
    rf"|\b(?:{any_of('away')})\s?[:?=]\s?{_NO}(?!\w)",
    re.IGNORECASE,
)
# "Not fully remote": how much of it is, nobody says.
_HALF_DENIED = GatedPattern(rf"\b(?:{any_of('deny')}) (?:{any_of('half')}) (?:{any_of('away')})\b", re.IGNORECASE)
# To the end of its bracket, part or sentence. Elsewhere such words are names ("San Salvo") or belong to the work ("outside sales").
_REST = r"[\s:](?:(?! - |\. )[^()\[\];|\n])*"
_LEFT_OUT = GatedPattern(
    rf"(?<=[(\[])(?:[^()\[\];|\n]*?\b)?(?:{any_of('except')}|{any_of('except_bracket')}){_REST}"
    rf"|\b(?:{any_of('wide')})(?!\w)[\s,:–—-]{{0,3}}[(\[]?\b(?:{any_of('except')}|{any_of('except_wide')}){_REST}",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(rf"\b(?:{any_of('except')}|{any_of('except_bracket')}|{any_of('except_wide')})[\s:]", re.IGNORECASE)
_GATES = GatedPatterns([_DENIED, _HALF_DENIED, _LEFT_OUT])
_BLANK = ","
"""A separator: a name never reaches over what was taken out."""


def denies_work(text: str) -> bool:
    """Whether a string of places denies work elsewhere, and not only part of it."""
    return _DENIED.search(text) is not None


def without_denied_work(text: str) -> str:
    """As long as `text`, with commas for the work elsewhere that it denies."""
    for denied in (_DENIED, _HALF_DENIED):
        if denied.may_match(text):
            text = denied.pattern.sub(_blank, text)
    return text


@lru_cache(maxsize=8192)
def without_denied(text: str) -> str:
    """As long as `text`, with commas for the work elsewhere that it denies and for the places that it leaves out."""
    denied = _GATES.with_words(text)
    if not denied:
        return text
    return _LEFT_OUT.pattern.sub(_blank_exception, without_denied_work(text))


def _blank(match: re.Match[str]) -> str:
    return _BLANK * len(match[0])


def _blank_exception(match: re.Match[str]) -> str:
    """What stands before the word that leaves places out is kept."""
    word = _EXCEPTION.search(match[0])
    kept = word.start() if word else 0
    return match[0][:kept] + _BLANK * (len(match[0]) - kept)
