"""Patterns that are tried only where their words stand: to look for a word is a hundred times quicker than to try a pattern.

The words come from the pattern itself, so that the two cannot disagree: of every alternative, the literal parts that each match
holds. Parsing is left to the parser of `re`, which is not public; its form has not changed since Python 2, and a test holds us to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from extraction.rules.phrase_finder import PhraseFinder

Words = frozenset[str]
"""One of these stands in every match."""


class GatedPattern:
    """A pattern, written in small letters, with the words that it needs. With `re.IGNORECASE` it reads text in any letters."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Raises re.error for a pattern that is none."""
        self.pattern = re.compile(pattern, flags)
        self.any_case = bool(flags & re.IGNORECASE)
        read = _lowered if self.any_case else str
        self._gates = tuple(tuple(tuple(map(read, words)) for words in sets) for sets in needed_words(pattern))

    def may_match(self, text: str) -> bool:
        """Whether a text holds words that a match needs; plain loops, since a generator takes twice the time."""
        if self.any_case:
            text = _lowered(text)
        for gate in self._gates:
            for words in gate:
                for word in words:
                    if word in text:
                        break
                else:
                    break
            else:
                return True
        return False

    def rarest_words(self) -> Words:
        """Of these every text that may match holds one. Raises ValueError for a pattern that can match without any word."""
        if not all(self._gates):
            raise ValueError(f"no words are known of {self.pattern.pattern}")
        return frozenset(word for gate in self._gates for word in gate[0])

    def matches(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer` does."""
        return self.pattern.finditer(text, start) if self.may_match(text[start:]) else iter(())

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.search` does."""
        return self.pattern.search(text, start, end) if self.may_match(text[start:end]) else None


class GatedPatterns:
    """Many patterns, few of which have their words in any one text: those are found in one pass."""

    def __init__(self, patterns: Sequence[GatedPattern]) -> None:
        """Raises ValueError unless all of them need words, and all read text in small letters or all text in any."""
        if len({pattern.any_case for pattern in patterns}) > 1:
            raise ValueError("some of the patterns read text in small letters only, others text in any letters")
        self._any_case = any(pattern.any_case for pattern in patterns)
        owners: dict[str, set[int]] = {}
        for index, pattern in enumerate(patterns):
            for word in pattern.rarest_words():
                owners.setdefault(word, set()).add(index)
        self._finder = PhraseFinder(list(owners))
        self._owners = list(owners.values())

    def with_words(self, text: str) -> list[int]:
        """Indices of the patterns that may match a text, in their order: all that do, and some that `may_match` leaves out."""
        found = self._finder.phrases_in(_lowered(text) if self._any_case else text)
        return sorted(set().union(*[self._owners[word] for word in found]))


def _lowered(text: str) -> str:
    """As `re` lowers it without regard to case: `str.lower` makes two letters of "İ" and leaves "ı" and "ſ" as they are.

    Replaced one by one, since `str.translate` takes several times as long.
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("ı", "i").replace("ſ", "s").lower()


def needed_words(pattern: str) -> list[list[Words]]:
    """For each alternative of a pattern: the sets of words of which a match holds one each; no sets where none are known."""
    parsed = [part for part in _parser.parse(pattern) if part[0] is not ops.AT]  # what all alternatives begin with stands before them
    if len(parsed) == 1 and parsed[0][0] is ops.BRANCH:
        return [_rarest_first(_sets(branch)) for branch in parsed[0][1][1]]
    return [_rarest_first(_sets(parsed))]


def _rarest_first(found: Iterable[Words]) -> list[Words]:
    return sorted(found, key=_rarity, reverse=True)


def _rarity(words: Words) -> tuple[int, int]:
    """Long words are rare, and so is one of few."""
    return min(map(len, words)), -len(words)


def _sets(parsed: Sequence[Any]) -> list[Words]:
    """The sets of words of a sequence."""
    found: list[Words] = []
    run = ""
    for op, argument in [*parsed, (ops.AT, None)]:
        if op is ops.LITERAL:
            run += chr(argument)
            continue
        if run.strip():
            found.append(frozenset([run]))
        run = ""
        found += _inner(op, argument)
    return found


def _inner(op: Any, argument: Any) -> list[Words]:
    if op is ops.SUBPATTERN:
        return _sets(argument[3])
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        return _sets(argument[2]) if argument[0] else []
    return _of_branches(argument[1]) if op is ops.BRANCH else []


def _of_branches(branches: Sequence[Sequence[Any]]) -> list[Words]:
    """The rarest set of each, together; nothing where one of them can match without a word."""
    best = [max(_sets(branch), key=_rarity, default=None) for branch in branches]
    known = [words for words in best if words]
    return [frozenset().union(*known)] if len(known) == len(best) else []
