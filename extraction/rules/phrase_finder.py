"""Where any of many fixed phrases stands in a text: one pass of an Aho-Corasick automaton, however many phrases there are."""

from __future__ import annotations

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation


class PhraseFinder:
    """Phrases are matched as written; give lower-case phrases and lower-cased texts."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(phrases), implementation=Implementation.DFA)

    def find(self, text: str) -> list[tuple[int, int]]:
        """(index of the phrase, start) of every place, overlapping ones too, in order of position."""
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return sorted(((phrase, start) for phrase, start, _ in matches), key=lambda match: match[1])
