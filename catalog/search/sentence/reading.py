"""From parts to a search: what is negated, what "and" and "or" join, and which words are looked for in the text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.search.sentence.companies import recognise_company
from catalog.search.sentence.dates import recognise_date
from catalog.search.sentence.levels import recognise_levels
from catalog.search.sentence.meanings import recognise_meaning
from catalog.search.sentence.money import recognise_money
from catalog.search.sentence.openings import recognise_openings
from catalog.search.sentence.parts import JOINTS, Kind, Part, Recogniser, Sentence
from catalog.search.sentence.places import recognise_led_place, recognise_place
from catalog.search.sentence.skills import recognise_skill
from catalog.search.sentence.unsaid import recognise_unsaid

# Of parts of the same length the first one counts.
_RECOGNISERS: Sequence[Recogniser] = (
    recognise_date, recognise_money, recognise_openings, recognise_unsaid, recognise_company, recognise_levels, recognise_meaning,
    recognise_led_place, recognise_skill, recognise_place,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A part that means something, whether it is negated, and what stands before it: what joins it to the part before, fillers
    that part them (`Kind.FILLER`), or nothing.
    """

    part: Part
    negated: bool
    joint: Kind | None


def parts_of(sentence: Sentence) -> list[Part]:
    """The sentence cut into parts, each as long as it can be; a word that nothing recognises is a part of its own."""
    parts: list[Part] = []
    at = 0
    while at < len(sentence.words):
        found = [part for recognise in _RECOGNISERS if (part := recognise(sentence, at, parts))]
        part = max(found, key=_weight) if found else _plain(sentence, at)
        parts.append(part)
        at = part.stop
    return parts


def _weight(part: Part) -> tuple[int, bool]:
    """Longer parts count before shorter ones, of the same length those that mean something before those that do not."""
    return part.size, part.kind is not Kind.FILLER


def _plain(sentence: Sentence, at: int) -> Part:
    kind = Kind.WORD
    if sentence.words[at].is_sign:
        kind = Kind.NOT if _is_minus(sentence, at) else Kind.FILLER
    return sentence.part(kind, at, at + 1)


def _is_minus(sentence: Sentence, at: int) -> bool:
    """Whether a word follows a "-" at once, as in the language of full text search."""
    sign, after = sentence.words[at], sentence.word(at + 1)
    return sign.text == "-" and after is not None and after.start == sign.end


@dataclass
class _Scope:
    """What a negation covers: the first thing behind it, and what is joined to that."""

    negated: bool = False
    family: str = ""
    joint: Kind | None = None
    gap: bool = False
    said: list[Said] = field(default_factory=list)
    denied: list[Part] = field(default_factory=list)
    """A "not" whose object has not come yet, and the fillers behind it."""

    def hear(self, part: Part) -> None:
        if part.kind is Kind.NOT:
            self.negated, self.family, self.joint = True, "", self._joint(part)
            self.denied = [part]
        elif part.kind in JOINTS:
            self.joint = _stronger(self.joint, part.kind)
        elif part.kind is Kind.FILLER:
            self.gap = True
            self.denied += [part] * bool(self.denied)
        else:
            self._content(part)

    def end(self) -> None:
        """A "not" without an object ("no experience") is told, and does nothing."""
        if len(self.denied) > 1:
            text = " ".join(part.text for part in self.denied)
            self.said.append(Said(Part(Kind.UNUSED, self.denied[0].first, self.denied[-1].stop, text), negated=False, joint=None))

    def _joint(self, part: Part) -> Kind | None:
        return _stronger(self.joint, Kind.AND) if part.text.casefold().startswith("and") else self.joint

    def _content(self, part: Part) -> None:
        self.denied = []
        if self.negated and self.family and not self._goes_on(part):
            self.negated = False
        self.said.append(Said(part, self.negated, self.joint or (Kind.FILLER if self.gap else None)))
        self.family, self.joint, self.gap = part.family, None, False

    def _goes_on(self, part: Part) -> bool:
        """Across "or" to anything ("no agencies or startups"); across "and" and commas to what is of the same family."""
        return self.joint is Kind.OR or (self.joint in JOINTS and part.family == self.family)


def _stronger(one: Kind | None, other: Kind) -> Kind:
    """Of ", or" the "or" counts."""
    return other if one in (None, Kind.COMMA) else one


def said_in(parts: Sequence[Part]) -> list[Said]:
    """The parts that mean something, with the negations resolved."""
    scope = _Scope()
    for part in parts:
        scope.hear(part)
    scope.end()
    return scope.said


def unknown_words(parts: Sequence[Part]) -> list[Part]:
    """Words that nothing recognised."""
    return [part for part in parts if part.kind is Kind.WORD and not part.words]
