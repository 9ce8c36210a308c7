"""Tells a skill that the job asks for from a group of people of that name, and from what the company sells.

"Partner with Data Science, Risk Management and Legal" names colleagues, "our marketing automation platform" a product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.rules.skill_cues import Cues, same_sentence
from extraction.rules.skill_index import Form

DEPARTMENTS = frozenset(
    (
        "accounting", "analyst relations", "business development", "business operations", "corporate development", "customer experience",
        "customer marketing", "customer service", "customer success", "customer support", "data engineering", "data science", "deal desk",
        "demand generation", "event marketing", "field marketing", "GTM operations", "GTM strategy", "growth marketing",
        "information security", "internal audit", "internal controls", "investor relations", "lifecycle marketing",
        "marketing operations", "partner marketing", "partnerships", "people analytics", "performance marketing", "platform engineering",
        "pre-sales", "procurement", "product design", "product development", "product management", "product operations",
        "product marketing", "program management", "public relations", "quality assurance", "recruiting", "regulatory affairs",
        "regulatory compliance", "revenue operations", "risk management", "sales development", "sales enablement", "sales engineering",
        "sales leadership", "sales operations", "user research",
    )
)  # fmt: skip
"""Skills whose names departments bear: written with capitals they are whom the job works with, or where it sits."""

_ALSO_TEAMS = frozenset(
    (
        "account management", "ad operations", "analytics", "artificial intelligence", "back-end development", "brand management",
        "capital markets", "content marketing", "data analysis", "DevOps", "employee relations", "enterprise sales", "field sales",
        "financial planning", "FinOps", "front-end development", "machine learning", "MLOps", "payment networks", "UX design",
    )
)  # fmt: skip
"""Skills that stand for a team in a list of whom the job works with, but are written with capitals for no reason."""

_CAPITALS = re.compile(r"[A-Z][\w&]*[a-z][\w&]*(?:[ \-/](?:[A-Z][\w&]*|to|and|of|&))*$")
_STUDIES = re.compile(
    r"degree|bachelor|master'?s|graduate|qualification|diploma|background|major|studi|discipline|\bB\.?[AS]", re.IGNORECASE
)
_STUDIES_REACH = 160
# Names that begin alike stand together, and a word is not taken back letter by letter: nearly all names have something else behind them.
_PRODUCT = re.compile(
    r" (?:[\w\-]++ )?(?:p(?:latform|roducts?)|s(?:oftware|uite|olutions?|ystem|ervice)|marketplace|apps?|cloud|api)\b", re.IGNORECASE
)
_OFFER_REACH = 90
# "We offer SEO; you write the copy": from here on it is about the reader again.
_READER = re.compile(r";|\b(?:your?|du|dir|deine?|vous|votre)\b", re.IGNORECASE)
_PROVIDER_REACH = 40
_PROVIDES = re.compile(
    r"\b(?:(?:is|as|operates|offers|provides|builds|sells|runs) (?:a|an|the)|leading|largest|premier|(?i:world)[’']s)\b[^.,;:\n]*$"
)

# "Partner with Finance, Customer Success and our Legal team": a list of at most so many characters and words a member.
_LIST_REACH = 110
_LONGEST_MEMBER = 4
_SEPARATOR = re.compile(r"[,/&()]|\b(?:and|or|as well as)\b")
_SEPARATORS = (",", "/", "&", " ,", " /", " &", " and", " or")
"""One of these begins what `_STARTS_WITH_SEPARATOR` matches: most names have none behind them."""
_STARTS_WITH_SEPARATOR = re.compile(r"\s?(?:[,/&]|and\b|or\b)")
# A member of such a list is a noun; one of these means that the sentence went on to something else.
_PREPOSITIONS = "to on for in by that who which from of at using with via through while when how is are as into across about"
_GOES_ON = frozenset(_PREPOSITIONS.split())
_NOUNS_IN_ING = "marketing engineering accounting pricing billing advertising underwriting recruiting lending banking trading"
_ING_NOUNS = frozenset(_NOUNS_IN_ING.split())


def is_team(text: str, cues: Cues, start: int, end: int, form: Form) -> bool:
    """Whether the name is that of people ("data science teams", "DevOps engineer", "with Customer Success", "Department of Biology")."""
    if end + 1 in cues.teams or start - 1 in cues.units:
        return True
    name = form.term.name
    if name in DEPARTMENTS:
        if _is_written_as_department(text, cues, start, end) or _follows_colleagues(text, cues, start):
            return True
    elif name in _ALSO_TEAMS and not cues.leads(cues.before, start) and _follows_colleagues(text, cues, start):
        return True
    return text.startswith(_SEPARATORS, end) and _stands_before_teams(text, cues, start, end)


def is_own_product(text: str, cues: Cues, start: int, end: int) -> bool:
    """Whether the name is part of what the company sells: "our marketing automation platform", "we offer services such as ..."."""
    if cues.offers and _is_offered(text, cues, start):
        return True
    if text[end : end + 1] != " " or not _PRODUCT.match(text, end):
        return False
    if text.endswith("our ", 0, start):
        return True
    return not cues.leads(cues.before, start) and _PROVIDES.search(text, max(0, start - _PROVIDER_REACH), start) is not None


def _is_offered(text: str, cues: Cues, start: int) -> bool:
    """Whether the sentence begins with what the company offers, and speaks of nothing else before the name."""
    offer = cues.last(cues.offers, start, _OFFER_REACH)
    return offer is not None and not _READER.search(text, offer, start) and not cues.leads(cues.before, start)


def _is_written_as_department(text: str, cues: Cues, start: int, end: int) -> bool:
    """Whether the name has a department's capitals, and nothing says that it is a skill."""
    if not _CAPITALS.match(text, start, end) or end + 1 in cues.after_any or cues.leads(cues.before, start):
        return False
    line = max(text.rfind("\n", 0, start) + 1, start - _STUDIES_REACH)
    return not _STUDIES.search(text, line, start)


def _follows_colleagues(text: str, cues: Cues, start: int) -> bool:
    """Whether the name is in a list of those whom the job works with: "partner closely with product, risk management"."""
    end = cues.last(cues.colleagues, start, _LIST_REACH)
    return end is not None and _is_list(_SEPARATOR.split(text[end:start]))


def _stands_before_teams(text: str, cues: Cues, start: int, end: int) -> bool:
    """Whether a list goes on after the name and ends with "teams": "iOS, backend and web teams"."""
    team = cues.next(cues.team_starts, end, _LIST_REACH)
    if team is None or not _STARTS_WITH_SEPARATOR.match(text, end) or cues.leads(cues.before, start):
        return False
    return same_sentence(text, end, team) and _is_list(_SEPARATOR.split(text[end:team]))


def _is_list(members: Sequence[str]) -> bool:
    return all(_is_member(member.lower().split()) for member in members)


def _is_member(words: Sequence[str]) -> bool:
    if len(words) > _LONGEST_MEMBER:
        return False
    return not any(word in _GOES_ON or (word.endswith("ing") and word not in _ING_NOUNS) for word in words)
