"""The words around a name that say what it is: read from `data/skill_cues.csv`, found together with the names."""

from __future__ import annotations

import csv
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from extraction.data_files import DATA
from extraction.rules.skill_index import Span

_FILE = DATA / "skill_cues.csv"
_NEAR = 60
# Between a leading phrase and the name stand only further members of its list, up to one of these.
_SEPARATORS = frozenset(",/;:(&|•+")
_JOINING = "and or and/or und oder et ou y o e og of en the la le les in de any with both either basic advanced strong modern"
_JOINING_WORDS = frozenset(_JOINING.split())
_FULL_STOP = re.compile(r"\.\s")
_SENTENCE_START = re.compile(r"(?:^|[\n.!?:])[\s•*–-]*$")
_OPENING_REACH = 8


class CueKind(StrEnum):
    """What a phrase says about the names near it."""

    BEFORE = "before"
    """Names that follow are skills: "experience with"."""
    EXAMPLE = "example"
    """Names that follow are examples of something, which may also be customers: "such as"."""
    AFTER = "after"
    """The tool directly before is one of the job: "developer", "dashboards"."""
    AFTER_ANY = "after_any"
    """The skill or tool directly before is one of the job: "experience", "or similar"."""
    BLOCK = "block"
    """The words of the phrase are no names: "Hong Kong", "go to"."""
    WITH = "with"
    """Who follows is whom the job works with: "partner closely with"."""
    TEAM = "team"
    """The skill directly before names a group of people to work with: "data science teams"."""
    UNIT = "unit"
    """The skill directly after names a part of an organisation or who leads it: "department of"."""
    NEGATION = "negation"
    """Names that follow are what the job does not ask for: "this is not about"."""
    DENIED = "denied"
    """The name directly before is not asked for: "is not required"."""
    OFFER = "offer"
    """Skills that follow are what the company does for its customers, where the sentence begins so: "we offer"."""
    OTHERS = "others"
    """Tools that follow belong to somebody else: "customers like", "follow us on"."""
    BRAND = "brand"
    """A well-known company that is nobody's tool; the names listed with it are companies too."""
    LANGUAGE = "language"
    """Names of languages nearby mean languages that people speak: "fluent"."""


# To name a member of an enum takes ten times as long as to name a constant, and every text asks for all kinds.
_BEFORE, _EXAMPLE, _AFTER, _AFTER_ANY = CueKind.BEFORE.value, CueKind.EXAMPLE.value, CueKind.AFTER.value, CueKind.AFTER_ANY.value
_WITH, _TEAM, _UNIT, _NEGATION = CueKind.WITH.value, CueKind.TEAM.value, CueKind.UNIT.value, CueKind.NEGATION.value
_DENIED, _OFFER, _OTHERS, _BRAND, _LANGUAGE = (
    *(CueKind.DENIED.value, CueKind.OFFER.value, CueKind.OTHERS.value),
    *(CueKind.BRAND.value, CueKind.LANGUAGE.value),
)


@cache
def cue_phrases() -> tuple[tuple[str, str], ...]:
    """(phrase, kind) of every cue in the data file; ValueError for a kind that does not exist."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple((row["phrase"], CueKind(row["kind"]).value) for row in csv.DictReader(file))


def same_sentence(text: str, start: int, end: int) -> bool:
    """Whether no line or sentence ends in `text[start:end]`; a pattern for all its signs takes four times as long to find none."""
    between = text[start:end]
    return not ("\n" in between or "!" in between or "?" in between or ("." in between and _FULL_STOP.search(between)))


def _opens_sentence(text: str, start: int) -> bool:
    """Whether a sentence or line begins at `start`."""
    return _SENTENCE_START.search(text, max(0, start - _OPENING_REACH), start) is not None


def _starts(found: Mapping[str, Sequence[Span]], kind: str) -> list[int]:
    return sorted([start for start, _ in found[kind]]) if kind in found else []


def _ends(found: Mapping[str, Sequence[Span]], kind: str) -> list[int]:
    return [end for _, end in found[kind]] if kind in found else []


class Cues(NamedTuple):
    """The cues of one text as sorted positions: ends for what stands before a name, starts for what stands after it."""

    text: str
    before: Sequence[int]
    examples: Sequence[int]
    others: Sequence[int]
    negations: Sequence[int]
    denials: Mapping[int, int]
    """Ends by starts."""
    offers: Sequence[int]
    colleagues: Sequence[int]
    units: frozenset[int]
    brands: Sequence[int]
    languages: Sequence[int]
    after_tool: frozenset[int]
    after_any: frozenset[int]
    team_starts: Sequence[int]
    teams: frozenset[int]

    @classmethod
    def of(cls, text: str, found: Mapping[str, Sequence[Span]]) -> Cues:
        """The cues of `text` from their spans by kind, which come in order of their ends."""
        after_any = frozenset(_starts(found, _AFTER_ANY))
        teams = _starts(found, _TEAM)
        return cls(
            text=text,
            before=_ends(found, _BEFORE),
            examples=_ends(found, _EXAMPLE),
            others=_ends(found, _OTHERS),
            negations=_ends(found, _NEGATION),
            denials=dict(sorted(found.get(_DENIED, ()))),
            offers=[end for start, end in found.get(_OFFER, ()) if _opens_sentence(text, start)],
            colleagues=_ends(found, _WITH),
            units=frozenset(_ends(found, _UNIT)),
            brands=_starts(found, _BRAND),
            languages=_starts(found, _LANGUAGE),
            after_tool=after_any.union(_starts(found, _AFTER)),
            after_any=after_any,
            team_starts=teams,
            teams=frozenset(teams),
        )

    def last(self, ends: Sequence[int], start: int, reach: int) -> int | None:
        """The last of `ends` not after `start`, when it is in reach and in the same sentence."""
        index = bisect_right(ends, start)
        if not index or start - ends[index - 1] > reach:
            return None
        return ends[index - 1] if same_sentence(self.text, ends[index - 1], start) else None

    def next(self, starts: Sequence[int], end: int, reach: int) -> int | None:
        """The first of `starts` not before `end`, when it is in reach."""
        index = bisect_left(starts, end)
        return starts[index] if index < len(starts) and starts[index] - end <= reach else None

    def leads(self, ends: Sequence[int], start: int) -> bool:
        """Whether one of the phrases that end at `ends` leads to `start`: nothing or members of a list stand between."""
        end = self.last(ends, start, _NEAR)
        if end is None:
            return False
        between = self.text[end:start].rstrip()
        return not between or between[-1] in _SEPARATORS or between.rsplit(None, 1)[-1].lower() in _JOINING_WORDS

    def is_near(self, positions: Sequence[int], start: int, end: int, reach: int) -> bool:
        """Whether one of the positions is in the sentence, at most `reach` characters before or after the span."""
        for index in range(bisect_left(positions, start - reach), len(positions)):
            position = positions[index]
            if position > end + reach:
                return False
            if same_sentence(self.text, min(position, end), max(start, position)):
                return True
        return False
