"""Years of experience that a text asks for, and other words of the text about the level of this very job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from extraction.document import Document, SectionKind
from extraction.rules.phrase_finder import PhraseGroup

_MAX_YEARS = 20
_BEFORE, _AFTER = 60, 80
_MOST_STATEMENTS = 60
_KEPT = 4096  # boards ask for experience in the same words in every posting
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "one un une uno una um uma ein eine een",
            "two deux dos dois duas due zwei twee",
            "three trois tres três tre drei drie",
            "four quatre cuatro quatro quattro vier",
            "five cinq cinco cinque funf fünf vijf",
            "six seis sei sechs zes",
            "seven sept siete sete sette sieben zeven",
            "eight huit ocho oito otto acht",
            "nine neuf nueve nove neun negen",
            "ten dix diez dez dieci zehn tien",
        ),
        start=1,
    )
    for word in words.split()
}
# Unit words, cheap to look for; the pattern below makes sure of the word.
_UNITS = ("year", "yrs", " ans", "année", "annee", "jahr", "año", " anos", "anni", "jaar", "年")
_PLACES = PhraseGroup(lambda: _UNITS)
_UNIT = re.compile(r"(?:years?|yrs?|ans|ann[ée]es?|jahren?|a[ñn]os?|anni|anno|jaar|jaren|年)(?![a-z])['’]?\)?")
_NUMBER = r"(?:\d{1,2}(?:[.,]\d)?|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
_AMOUNT = re.compile(
    rf"(?<![\w$€£.,])(?P<low>{_NUMBER})\)?\s*(?:\(\s*\d{{1,2}}\s*\))?\s*(?P<plus>\+|plus\b)?\s*"
    rf"(?:(?:-|–|—|~|to|a|bis|y|e|or|and|ou|o|oder|tot|à|/)\s*{_NUMBER}\)?\s*\+?)?\s*"
    r"(?:\+|or more|plus|ou plus|o m[aá]s|ou mais|oder mehr|of meer|full|solid|recent|relevant|progressive|consecutive)?"
    r"[\s-]*(?:of\s)?$"
)
_ABOUT_EXPERIENCE = re.compile(
    r"exp[eé]ri|erfahr|esperienz|ervaring|background|working|worked|work in|in a similar|in a related|in similar|"
    r"track record|pqe|post[- ]qualif|post grad|practi[cs]|leadership|managing|leading|building|as an? |"
    r"in (?:the )?[a-z&/ -]{2,40}|of [a-z&/ -]{2,40}|经验|経験"
)
_EXPERIENCE = re.compile(r"exp[eé]ri|erfahr|esperienza|ervaring|经验|経験")
_ASKED_BEFORE = re.compile(
    r"exp[eé]ri|erfahr|esperienz|ervaring|m[ií]nim|at least|au moins|mindestens|al menos|pelo menos|almeno|minstens|require"
)
_NOT_EXPERIENCE = re.compile(
    r"vest|combined|collective|\bold\b|of age|ago\b|anniversar|warrant|histor|heritage|degree program|contract|fixed.term|"
    r"renew|accredit|tenure|sabbatical|vacation|holiday|of growth|of success|of operation\b|of innovation|of service\b|"
    r"in business|in operation|running|in a row|alter\b|\d[- ]year (?:degree|college|university|program)"
)
_TOGETHER = re.compile(r"combined|collective")
_COMPANY_BEFORE = re.compile(
    r"\b(?:over|for|past|last|next|than|nearly|almost|every|within|after|first|during|through|us|our|seit|depuis|since|"
    r"celebrating|founded|we|we've|we have|has|been|per|age|aged)\W*(?:the\s)?(?:past\s|last\s|next\s)?$"
)
_UP_TO = re.compile(
    r"(?:up to|less than|under|fewer than|maximum(?: of)?|no more than|jusqu['’][àa]|bis zu|hasta|at[ée]|at most|moins de|max\.?)\s*$"
)
_CLAUSE_END = re.compile(r"[,(;]|\. ")
_PREFERRED = re.compile(
    r"preferred|is prefer|nice to have|bonus|desirable|desired|a plus\b|an asset|advantage|souhait|"
    r"w[uü]nschenswert|von vorteil|deseable|desej[aá]vel|preferib|un plus"
)


class AskedYears(NamedTuple):
    """Years of experience asked for (the lower bound of a range) at `text[start:end]`; 0 for "up to 2 years"."""

    years: float
    required: bool
    start: int
    end: int


class _Amount(NamedTuple):
    """A number of years at `start`; the lower one of a range."""

    start: int
    years: float
    or_more: bool


def asked_years(document: Document) -> AskedYears | None:
    """The first required statement of years of experience, else the first preferred one."""
    preferred = None
    for asked in _statements(document, document.lower):
        if asked.required:
            return asked
        preferred = preferred or asked
    return preferred


def _statements(document: Document, lower: str) -> Iterator[AskedYears]:
    for position in _unit_positions(document):
        asked = _statement(document, lower, position)
        if asked:
            yield asked


def _unit_positions(document: Document) -> list[int]:
    """Where the unit words begin, a leading space left out."""
    return sorted(start + (_UNITS[unit][0] == " ") for unit, start in _PLACES.find(document))[:_MOST_STATEMENTS]


def _statement(document: Document, lower: str, position: int) -> AskedYears | None:
    unit = _UNIT.match(lower, position)
    if not unit:
        return None
    line_start = max(lower.rfind("\n", 0, position) + 1, position - _BEFORE)
    before = lower[line_start:position]
    amount = _amount(before)
    if amount is None:
        return None
    line_end = lower.find("\n", position)
    after = lower[unit.end() : min(line_end if line_end >= 0 else len(lower), unit.end() + _AFTER)]
    lead_in = before[: amount.start]
    years = amount.years
    if years > _MAX_YEARS or not _is_experience(lead_in, after, amount.or_more):
        return None
    if _UP_TO.search(lead_in):
        years = 0
    required = not _is_preferred(document, lead_in, _CLAUSE_END.split(after, maxsplit=1)[0], position)
    return AskedYears(years, required, line_start + amount.start, unit.end())


@lru_cache(maxsize=_KEPT)
def _amount(before: str) -> _Amount | None:
    """The number that ends what stands before a unit."""
    found = _AMOUNT.search(before)
    return _Amount(found.start(), _years(found["low"]), bool(found["plus"])) if found else None


def _years(number: str) -> float:
    return _NUMBER_WORDS[number] if number in _NUMBER_WORDS else float(number.replace(",", "."))


@lru_cache(maxsize=_KEPT)
def _is_experience(lead_in: str, after: str, plus: bool) -> bool:
    sentence = after.split(". ")[0]
    if _EXPERIENCE.search(sentence, 0, 25) and not _TOGETHER.search(sentence):
        return True
    if _NOT_EXPERIENCE.search(sentence) or (_COMPANY_BEFORE.search(lead_in) and not _EXPERIENCE.search(sentence, 0, 60)):
        return False
    at_start = len(lead_in.strip(" •-*·–~(>")) == 0
    asked = bool(_ASKED_BEFORE.search(lead_in))
    about = bool(_ABOUT_EXPERIENCE.search(sentence, 0, 50))
    return asked or (about and (plus or at_start or bool(_EXPERIENCE.search(sentence))))


def _is_preferred(document: Document, lead_in: str, sentence: str, position: int) -> bool:
    """Whether the years are a wish: "ideally 5 years", "5 years preferred"; but "5 years, ideally in banking" asks for the years."""
    if _PREFERRED.search(lead_in) or "ideal" in lead_in or _PREFERRED.search(sentence):
        return True
    section = document.section_at(position)
    return section is not None and section.kind is SectionKind.PREFERRED
