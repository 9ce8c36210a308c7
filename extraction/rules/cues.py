"""The sentences of a text that hold one of a rule's cue words: what its patterns then read, instead of the whole text."""

from __future__ import annotations

from dataclasses import dataclass

from extraction.document import Document

_REACH = 180  # characters to each side of a cue at most: texts without punctuation exist
_MAX_SENTENCES = 40


@dataclass(frozen=True, slots=True)
class Sentence:
    """`lower` is the lower-cased text that starts at offset `start` of the document."""

    start: int
    lower: str


def cue_sentences(document: Document, cues: tuple[str, ...]) -> list[Sentence]:
    """Sentences or lines around the cues, in order, not overlapping. Cues are lower case."""
    lower = document.lower
    sentences: list[Sentence] = []
    covered = 0
    for position in sorted(_positions(lower, cues)):
        if position < covered:
            continue
        start, end = _bounds(lower, position, covered)
        sentences.append(Sentence(start, lower[start:end]))
        covered = end
        if len(sentences) == _MAX_SENTENCES:
            break
    return sentences


def _positions(lower: str, cues: tuple[str, ...]) -> set[int]:
    positions = set()
    for cue in cues:
        position = lower.find(cue)
        while position >= 0 and len(positions) < 10 * _MAX_SENTENCES:
            positions.add(position)
            position = lower.find(cue, position + len(cue))
    return positions


def _bounds(lower: str, position: int, covered: int) -> tuple[int, int]:
    left = max(covered, position - _REACH)
    right = min(len(lower), position + _REACH)
    start = max(lower.rfind("\n", left, position), lower.rfind(". ", left, position)) + 1 or left
    stops = [stop for stop in (lower.find("\n", position, right), lower.find(". ", position, right)) if stop >= 0]
    return max(start, left), min(stops, default=right)
