"""Which of many fixed phrases stand in a text, and where: one pass of an Aho-Corasick automaton, however many phrases there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter

from ahocorasick_rs import AhoCorasick, Implementation

from extraction.document import Document

Hit = tuple[int, int]
"""(index of the phrase, start)."""

_by_start = itemgetter(1)


class PhraseFinder:
    """Phrases are matched as written; give lower-case phrases and lower-cased texts."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(phrases), implementation=Implementation.DFA)

    def phrases_in(self, text: str) -> set[int]:
        """Indices of the phrases that stand in a text, overlapping ones too."""
        return {phrase for phrase, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True)}


class PhraseGroup:
    """The phrases that one rule looks for in whole texts.

    The first rule that asks has the phrases of all groups found, in one pass over the text; to make a pass for each rule took a
    tenth of all rules' time. A line break counts as a space. Make groups at import: a pass finds the groups that exist by then.
    """

    def __init__(self, load: Callable[[], Sequence[str]]) -> None:
        """`load` gives the phrases in small letters; it is called when the first text is read."""
        self.load = load
        self._number = len(_groups)
        _groups.append(self)

    def find(self, document: Document) -> list[Hit]:
        """Every place in the document's text, overlapping ones too, in order of position."""
        passed: list[list[Hit]] | None = document.remembered.get(PhraseGroup)
        if passed is None or len(passed) <= self._number:
            passed = document.remembered[PhraseGroup] = _pass(document.lower.replace("\n", " "))
        return sorted(passed[self._number], key=_by_start)


_groups: list[PhraseGroup] = []


def _pass(lower: str) -> list[list[Hit]]:
    """The hits of each group, in order of their ends."""
    automaton, meanings = _all_phrases(len(_groups))
    hits: list[list[Hit]] = [[] for _ in _groups]
    for phrase, start, _ in automaton.find_matches_as_indexes(lower, overlapping=True):
        for group, index in meanings[phrase]:
            hits[group].append((index, start))
    return hits


@cache
def _all_phrases(number_of_groups: int) -> tuple[AhoCorasick, Sequence[Sequence[tuple[int, int]]]]:
    """The automaton over the phrases of the first groups, and for each phrase the (group, index in the group) that it belongs to."""
    meanings: dict[str, list[tuple[int, int]]] = {}
    for number, group in enumerate(_groups[:number_of_groups]):
        for index, phrase in enumerate(group.load()):
            meanings.setdefault(phrase, []).append((number, index))
    return AhoCorasick(list(meanings), implementation=Implementation.DFA), list(meanings.values())
