"""Phrase tables over titles: the longest known phrase at each place, with its span.

Titles are short, so a look-up of word groups in a dict is enough and costs microseconds. A longer phrase
hides the shorter ones inside it, which is how exceptions are written: "chief of staff" hides "chief".
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from extraction.data_files import DATA

_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[,;:|()\[\]{}/@•]|\s[-\u2010-\u2015~]+|[-\u2010-\u2015]+\s")
_TIGHT_BREAKS = frozenset(",;:|()[]{}/@•")
_MAX_TITLE = 500
_LONGEST_KEPT_S = 3
_SILENT = "and"


def _folding() -> dict[int, str]:
    table = {ord(c): "'" for c in "\u2018\u2019\u00b4`"}
    for code in range(0xC0, 0x250):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            table[code] = base
    return table


_FOLDING = _folding()


def fold(text: str) -> str:
    """Lower case without Latin accents, exactly as long as `text`, so that offsets stay valid."""
    return text.lower() if text.isascii() else text.translate(_FOLDING).lower()


class Word(NamedTuple):
    """One word: its stem, its span in the title, and the number of the segment (between commas, dashes ...) it is in."""

    stem: str
    start: int
    end: int
    segment: int


class Match(NamedTuple):
    """A phrase found at `title[start:end]`, and what the table says about it."""

    phrase: str
    label: str
    kind: str
    start: int
    end: int
    segment: int


def stem(word: str) -> str:
    """A folded word without its plural s; applied to tables and titles alike, so it need not be right, only the same."""
    if len(word) > _LONGEST_KEPT_S and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def words_of(title: str) -> tuple[Word, ...]:
    """The words of a title with their segments, "and" left out as "&" is; a title longer than any real one is cut."""
    folded = fold(title[:_MAX_TITLE])
    words: list[Word] = []
    segment, previous = 0, 0
    for match in _WORD.finditer(folded):
        word, (start, end) = match[0], match.span()
        if word == _SILENT:
            continue
        if words and _is_break(folded[previous:start]):
            segment += 1
        words.append(Word(stem(word), start, end, segment))
        previous = end
    return tuple(words)


@lru_cache(maxsize=4096)
def _is_break(between: str) -> bool:
    """Whether a segment ends with what stands between two words: nearly always the same few signs."""
    return between in _TIGHT_BREAKS or (len(between) > 1 and _BREAK.search(between) is not None)


class PhraseTable:
    """Phrases with a label and a kind; `find` returns the longest ones from left to right, never overlapping."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._phrases: dict[str, tuple[str, str]] = {}
        lengths: dict[str, set[int]] = {}
        for row in rows:
            stems = [word.stem for word in words_of(row["phrase"])]
            self._phrases[" ".join(stems)] = (row["label"], row.get("kind", ""))
            lengths.setdefault(stems[0], set()).add(len(stems))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def phrases(self) -> list[str]:
        """All phrases of the table, as stems."""
        return list(self._phrases)

    def find(self, words: Sequence[Word]) -> list[Match]:
        matches: list[Match] = []
        stems = [word.stem for word in words]
        at = 0
        while at < len(words):
            lengths = self._lengths.get(stems[at])
            found = self._at(words, stems, at, lengths) if lengths else None
            if found:
                matches.append(found[0])
            at += found[1] if found else 1
        return matches

    def _at(self, words: Sequence[Word], stems: Sequence[str], at: int, lengths: Iterable[int]) -> tuple[Match, int] | None:
        first = words[at]
        for length in lengths:
            phrase = " ".join(stems[at : at + length])
            if phrase in self._phrases and (last := words[at : at + length][-1]).segment == first.segment:
                label, kind = self._phrases[phrase]
                return Match(phrase, label, kind, first.start, last.end, first.segment), length
        return None


@cache
def load_table(name: str) -> PhraseTable:
    """The table `extraction/data/<name>` (columns phrase, label and optionally kind)."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return PhraseTable(csv.DictReader(file))
