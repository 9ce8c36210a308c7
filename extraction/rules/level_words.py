"""Words of the text about the level of this very job: a named level, people to lead, or how experience is worded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from extraction.document import Document
from extraction.rules.needed_words import GatedPattern
from extraction.rules.phrase_finder import PhraseGroup
from extraction.schema import Seniority

_WINDOW_BEFORE, _WINDOW_AFTER = 90, 60
_MOST_PLACES = 60


class TextLevel(NamedTuple):
    """A level found at `text[start:end]`."""

    level: Seniority
    start: int
    end: int


_CALL = (
    r"\b(?:looking for|seeking|searching for|hiring|recruiting|in search of|as an?|as our|role of|position of|we need|need|"
    r"join (?:us|our team) as|opportunity for|suit|suitable for|"
    r"recherch\w+|suchen|buscamos|procuramos|cerchiamo|zoeken|experienced and)\b[^.\n]{0,55}?"
)
_OTHER_PEOPLE = (
    "leader|manage|executive|stakeholder|team|member|staff|engineers|people|decision|level stake|level exec|officials|partners|"
    "colleague|clients|directors|vice|care|living|citizens|developers|designers|analysts|consultants|and junior|professionals|recruit"
)
# A level word is about this job behind a call for people, or before a word for the job itself.
_LEVELS: tuple[tuple[str, Seniority, GatedPattern], ...] = (
    (
        "intern",
        Seniority.INTERN,
        GatedPattern(
            r"\binternship (?:program(?:me)?|opportunit|is |position|role|lasts|will|runs)|"
            + _CALL
            + r"\bintern\b|\b(?:the|our|this) intern(?:ship)?\b|paid internship"
        ),
    ),
    ("apprentice", Seniority.INTERN, GatedPattern(_CALL + r"\bapprentice\b|\bapprenticeship (?:program|position|role|is )")),
    ("traineeship", Seniority.INTERN, GatedPattern(r"\b(?:this|our|the|a) traineeship\b")),
    (
        "entry",
        Seniority.JUNIOR,
        GatedPattern(
            r"\bentry[ -]level\b(?=[^.\n]{0,30}\b(?:role|position|job|opportunit|candidate|sales|career|applicant|staff|\w+er\b))"
        ),
    ),
    (
        "graduate",
        Seniority.JUNIOR,
        GatedPattern(
            _CALL + r"\b(?:recent|new|fresh)?[ -]?graduates?\b(?! (?:degree|level|qualif|student|school|recruit|program manager))|"
            r"\bas a recent graduate\b|\bgraduate (?:role|position|scheme|program(?:me)?\b)"
        ),
    ),
    (
        "junior",
        Seniority.JUNIOR,
        GatedPattern(
            _CALL + r"\bjunior\b(?! (?:staff|team|member|colleague|engineers|developers|analysts|designers|high|doctor|lawyers))|"
            r"\bjunior (?:role|position|level)"
        ),
    ),
    (
        "intermediate",
        Seniority.MID,
        GatedPattern(_CALL + r"\bintermediate\b(?! level)|\bintermediate (?:level )?(?:role|position|level)\b"),
    ),
    (
        "mid",
        Seniority.MID,
        GatedPattern(_CALL + r"\bmid(?:[ -](?:level|weight)\b|(?: to | or |/| ?- ?)senior\b)|\bmid[ -]level (?:role|position)\b"),
    ),
    (
        "senior",
        Seniority.SENIOR,
        GatedPattern(
            _CALL + rf"\bsenior\b(?! (?:{_OTHER_PEOPLE}))|"
            r"\bsenior (?:role|position)\b"
        ),
    ),
)

_PLACES = PhraseGroup(lambda: [gate for gate, _, _ in _LEVELS])
_NO_LEVELS = ("interna", "interne", "seniority")
"""Beginnings of words that begin like a level and are none: "internal" stands in most texts."""


def stated_level(document: Document) -> TextLevel | None:
    """The first level word of the text that speaks of this job."""
    places: dict[int, list[int]] = {}
    for gate, start in _PLACES.find(document):
        if not document.lower.startswith(_NO_LEVELS, start):
            places.setdefault(gate, []).append(start)
    # In the order of the table: of levels that one call for people names, the first counts.
    hits = [hit for gate in sorted(places) if (hit := _first(document.lower, places[gate][:_MOST_PLACES], *_LEVELS[gate][1:]))]
    return min(hits, key=lambda hit: hit.start, default=None)


def _first(lower: str, places: Iterable[int], level: Seniority, pattern: GatedPattern) -> TextLevel | None:
    for at in places:
        start = max(lower.rfind("\n", 0, at) + 1, at - _WINDOW_BEFORE)
        match = pattern.search(lower, start, at + _WINDOW_AFTER)
        if match and match.end() > at:
            return TextLevel(level, max(match.start(), start), match.end())
    return None


def _places_of(lower: str, gate: str) -> Iterator[int]:
    """Where a word stands in the text; a word repeated more often than any posting does is not followed further."""
    at = lower.find(gate)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return
        yield at
        at = lower.find(gate, at + len(gate))


_LEADING = (
    r"manag(?:e|es|ing)|lead|leads|leading|supervis(?:e|es|ing)|oversee(?:ing|s)?|coach(?:ing)?|mentor(?:ing)?|develop(?:ing)?|"
    r"grow(?:ing)?|build(?:ing)?|hir(?:e|ing)|recruit(?:ing)?|direct(?:ing)?|inspir(?:e|ing)|motivat(?:e|ing)|head(?:ing)?|"
    r"encadre[rz]|dirige[rz]|anime[rz]|managez|führe?n|führst|leiten|leitest|lidera[rs]?|gestiona[rs]?|gestire|aansturen"
)
_NOT_BETWEEN = "cross|across|project|virtual|client|customer|with|to|from|between|among|in|for|on|by|into|within|that|who|which"
_TEAM = GatedPattern(
    rf"(?<!\ba )(?<!\bour )(?<!\bthe )(?<!\bwe )(?<!room to )(?<!-)\b(?:{_LEADING})\b(?: and \w+|, \w+,?)*(?: and \w+)?"
    r"(?: (?:a|an|the|your|our|its|this|une|l'|le|la|ein|das|a un|un|el|uma|um|o|een|het))?"
    rf"(?: (?!{_NOT_BETWEEN})[\w&/-]+){{0,4}}?"
    r" (?:teams?|[ée]quipe|equipo|squad|direct reports|staff|managers|employees|engineers|pms|people)\b(?! member)"
)
_TEAM_GATES = ("team", "direct report", "staff", "quip", "people", "employees")
_PEOPLE = GatedPattern(
    r"\bdirect reports\b|\bpeople[ -]manage(?:ment|r)\b|\bline manage|\bteam management\b|\bmanaging people\b|"
    r"\bperformance (?:reviews|management) (?:of|for|with)|\b(?:personalverantwortung|führungsverantwortung)\b|"
    r"\b(?:manag\w+|lead|leading|build|building|grow|growing) (?:and \w+ )?(?:a |the |your |our )?(?:\w+ ){0,3}team of\b"
)


def leads_people(document: Document) -> tuple[int, int] | None:
    """The span that gives this job people to lead, None when no such statement is found."""
    lower = document.lower
    for gate in _TEAM_GATES:
        for at in _places_of(lower, gate):
            start = max(lower.rfind("\n", 0, at) + 1, at - _WINDOW_BEFORE)
            match = _PEOPLE.search(lower, start, at + _WINDOW_AFTER) or _TEAM.search(lower, start, at + len(gate) + 8)
            if match:
                return match.span()
    return None


_WORDINGS: tuple[tuple[tuple[str, ...], Seniority, GatedPattern], ...] = (
    (
        ("training", "experience", "internship", "première expérience", "erste berufserfahrung", "primera experiencia"),
        Seniority.JUNIOR,
        GatedPattern(
            r"\bno (?:prior |previous )?(?:\w+ )?experience (?:is )?(?:necessary|needed|required)|"
            r"\bfull training (?:is |will be )?(?:provided|given|offered)|\btraining (?:is |will be )?provided\b|"
            r"experience[^.\n]{0,50}not (?:necessary|essential|required)|\binternships?\b[^.\n]{0,40} experience|"
            r"\bfirst experience\b|\bpremi[èe]re exp[ée]rience|\berste berufserfahrung|\bprimera experiencia"
        ),
    ),
    (
        ("extensive", "significant", "seasoned", "substantial", "highly experienced", "senior-level", "experienced"),
        Seniority.SENIOR,
        GatedPattern(
            r"\b(?:extensive|significant|substantial|considerable) (?:\w+ ){0,4}(?:experience|expertise|background|knowledge)|"
            r"\bseasoned\b|\bhighly experienced\b|\bsenior[ -]level\b|"
            r"\b(?:seeking|looking for|hiring|need|require) (?:an? |\w+ ){0,4}experienced\b"
        ),
    ),
    (
        ("experience", "expérience", "erfahrung", "experiencia", "experiência", "esperienza", "ervaring"),
        Seniority.MID,
        GatedPattern(
            r"\b(?:proven|previous|prior|demonstrated|solid|relevant|similar|strong|sound|demonstrable|must have) "
            r"(?:\w+ ){0,4}experience|"
            r"\bexperience (?:is )?(?:required|essential|necessary)|(?<!immersive )(?<!amount of )(?<!gain )(?<!user )(?<!customer )"
            r"\bexperience (?:in|with|of|as|working|within|using)\b|\bexperienced\b|"
            r"\berfahrung (?:in|mit|als)\b|\bexp[eé]rience (?:en|dans|de|avec|confirm)|\bexperi[eê]ncia (?:en|em|con|com|de)\b"
        ),
    ),
    (
        ("qualif", "degree", "diploma", "certificate", "bachelor", "registration"),
        Seniority.MID,
        GatedPattern(
            r"\bqualifi(?:ed|cations?) (?:in|as)\b|\b(?:(?<!school )(?:degree|diploma)|certificate [iv]+|bachelor'?s?)\b|"
            r"\bregistration\b"
        ),
    ),
)


def worded_level(document: Document) -> TextLevel | None:
    """A weak guess from how experience is asked for: none needed -> junior, extensive -> senior, proven -> mid."""
    lower = document.lower
    for gates, level, pattern in _WORDINGS:
        for gate in gates:
            found = _first(lower, _places_of(lower, gate), level, pattern)
            if found:
                return found
    return None
