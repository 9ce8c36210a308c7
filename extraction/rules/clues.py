"""Clues in the text for a closed question (remote or not, which employment): tables of patterns, read sentence by sentence.

A table `data/<name>_clues.tsv` (value, strength, pattern) holds four kinds of rows: `cue`, literal words of which a sentence must
hold one to be read at all; `macro`, named parts that patterns use as `<NAME>`; `noise`, what looks like a clue and is none (it is
blanked before reading); and the clues themselves, in the order in which they are tried. Strength 3 says it outright of this job,
2 says it in passing, 1 hints at it. Patterns read lower-cased text; each alternative of one must hold a literal word.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from extraction.data_files import DATA
from extraction.document import Document
from extraction.evidence import Evidence, span_of
from extraction.rules.needed_words import GatedPattern, GatedPatterns
from extraction.rules.phrase_finder import PhraseFinder, PhraseGroup

_SUFFIX = "_clues.tsv"
_REACH = 120  # characters to each side of a cue at most: texts without punctuation exist
_MAX_SENTENCES = 40
_NO_CLUES = frozenset({"macro", "cue", "noise"})
_BLANK = "·"
_KEPT_SENTENCES = 8192  # boards repeat their sentences in every posting


class Clue(NamedTuple):
    """What a sentence says: the value, how plainly (3, 2, 1), and the words that say it."""

    value: str
    strength: int
    evidence: Evidence


class _Rule(NamedTuple):
    """Neighbouring rows of a table that say the same."""

    value: str
    strength: int


_NOISE = -1
"""In place of the index of a rule."""
_Hit = tuple[int, int, int]
"""(index of the rule, start, end) inside a sentence."""


@dataclass(frozen=True, slots=True)
class ClueTable:
    """Build with `load_clues`."""

    name: str
    cues: PhraseFinder
    rules: tuple[_Rule, ...]
    patterns: tuple[tuple[int, GatedPattern], ...]
    """Each with the index of its rule, those of noise first."""
    gates: GatedPatterns

    def read(self, document: Document) -> list[Clue]:
        """The clues of a text, in the order of the table; the first one mostly decides."""
        hits = [(rule, start + at, start + end) for start, found in self._sentences(document) for rule, at, end in found]
        # Stable: what one rule finds stays in order of position.
        hits.sort(key=itemgetter(0))
        return [Clue(self.rules[r].value, self.rules[r].strength, span_of(document.text, start, end)) for r, start, end in hits]

    def _sentences(self, document: Document) -> Iterator[tuple[int, tuple[_Hit, ...]]]:
        """(offset, hits) of the sentences or lines around the cues, in order."""
        lower = document.lower
        covered = count = 0
        for _, position in _PLACES[self.name].find(document):
            if position < covered or count == _MAX_SENTENCES:
                continue
            start, covered = _bounds(lower, position, covered)
            hits = _hits(self.name, lower[start:covered])
            if hits is not None:
                count += 1
                yield start, hits

    def hits(self, sentence: str) -> tuple[_Hit, ...] | None:
        """Where each rule is met first in a sentence; None where it holds no cue once its noise is blanked."""
        candidates = [self.patterns[index] for index in self.gates.with_words(sentence)]
        quiet = sentence
        for rule, noise in candidates:
            if rule == _NOISE and noise.may_match(quiet):
                quiet = noise.pattern.sub(_blanked, quiet)
        if not self.cues.phrases_in(quiet):
            return None
        first: dict[int, tuple[int, int]] = {}
        for rule, clue in candidates:
            met = clue.search(quiet) if rule != _NOISE else None
            # Of patterns that are met at the same place the one that stands first in the table counts.
            if met and met[0].strip() and (rule not in first or met.start() < first[rule][0]):
                first[rule] = met.span()
        return tuple((rule, *span) for rule, span in first.items())


@lru_cache(maxsize=_KEPT_SENTENCES)
def _hits(table: str, sentence: str) -> tuple[_Hit, ...] | None:
    return load_clues(table).hits(sentence)


def _blanked(noise: re.Match[str]) -> str:
    return _BLANK * len(noise[0])


def _bounds(lower: str, position: int, covered: int) -> tuple[int, int]:
    """[start, end) of the sentence or line that holds `position`, not before `covered`, within reach."""
    left, right = max(covered, position - _REACH), min(len(lower), position + _REACH)
    before = max(lower.rfind(stop, left, position) for stop in ("\n", ". "))
    after = [at for stop in ("\n", ". ") if (at := lower.find(stop, position + 1, right)) >= 0]
    return (before + 1 if before >= 0 else left), min(after, default=right)


@cache
def load_clues(name: str) -> ClueTable:
    """The table `data/<name>_clues.tsv`. Raises re.error for a pattern that is none, ValueError for one without any literal word."""
    rows = _rows(name)
    macros = {macro: pattern for value, macro, pattern in rows if value == "macro"}
    cues = PhraseFinder(_cues(name))
    groups = [(rule, [row[2] for row in group]) for rule, group in _grouped(row for row in rows if row[0] not in _NO_CLUES)]
    told = [(_NOISE, pattern) for value, _, pattern in rows if value == "noise"]
    told += [(index, pattern) for index, (_, group) in enumerate(groups) for pattern in group]
    patterns = tuple((index, _expanded(pattern, macros)) for index, pattern in told)
    rules = tuple(_Rule(value, int(strength)) for (value, strength), _ in groups)
    return ClueTable(name, cues, rules, patterns, GatedPatterns([pattern for _, pattern in patterns]))


@cache
def _rows(name: str) -> Sequence[tuple[str, str, str]]:
    """(value, strength, pattern) of a table."""
    with (DATA / f"{name}{_SUFFIX}").open(encoding="utf-8", newline="") as file:
        return [(row["value"], row["strength"], row["pattern"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _cues(name: str) -> list[str]:
    return [pattern for value, _, pattern in _rows(name) if value == "cue"]


_PLACES = {name: PhraseGroup(partial(_cues, name)) for name in sorted(path.name.removesuffix(_SUFFIX) for path in DATA.glob(f"*{_SUFFIX}"))}
"""Where the cues of each table stand in a text."""


def _grouped(rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str], Iterator[tuple[str, str, str]]]]:
    return groupby(rows, key=lambda row: (row[0], row[1]))


def _expanded(pattern: str, macros: dict[str, str]) -> GatedPattern:
    while used := re.search(r"<([A-Z]+)>", pattern):
        pattern = pattern.replace(used[0], macros[used[1]])
    return GatedPattern(pattern)
