"""What in a title is no part of the role: gender marks, ids, work-place and contract words, seasons, shifts, programmes, regions."""

from __future__ import annotations

import re
from functools import cache

import pycountry

from extraction.rules.phrases import fold

_GENDER_LETTERS = r"(?:all genders?|[mfwdhxiv*](?:\s?[/|,.\-]\s?(?:[mfwdhxiv*]|n[ab]|gn|divers|non-binary|all))+)"
_GENDER = re.compile(
    rf"\s*[(\[{{]\s*{_GENDER_LETTERS}\s*[)\]}}]|\s+-?\s*(?<![\w/]){_GENDER_LETTERS}(?![\w/])(?=\s*(?:$|[-–|,(]))", re.IGNORECASE
)
_PREFIX_ID = re.compile(r"^(?:\[?#?(?:req|job|ref|id|r|jr)?[-_ .:#]*\d{3,}\]?)\s*[-–:|_]*\s+(?=\D)", re.IGNORECASE)
_SUFFIX_ID = re.compile(
    r"[\s\-–|,_]*(?:\(?(?:\b(?:req|requisition|job|ref|reference|posting|position|vacancy)\b\.?\s*(?:id|no|nr|number|code|#)?|#|\b(?:id|jr|r)[-_ :#]?)\s*[:#.\-]*\s*[a-z]{0,4}[-_]?\d{2,}[\w-]*\)?)\s*$"
    r"|[\s\-–|,_]+\(?\d{5,}[\w-]*\)?\s*$",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,|–-]+(?:fully remote|100% remote|remote|hybrid|on-?site|wfh|work from home|home office|full[- ]time|part[- ]time|"
    r"vollzeit|teilzeit|temps plein|temps partiel|cdi|cdd|freelance|télétravail|remoto|híbrido|presencial|evergreen|urgent|"
    r"immediate start|fixed[- ]term|ftc|\(?(?:m/w/d|h/f|f/h)\)?)\s*[!.]*$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^(?:fully remote|remote|hybrid|on-?site|full[- ]time|part[- ]time|urgent|now hiring|hiring|temporary|seasonal|freelance|contract)\s*[-–:|!,]+\s*|^(?:full[- ]time|part[- ]time|remote|temporary|seasonal|freelance)\s+(?=[A-Z])",
    re.IGNORECASE,
)

_WORD = (
    r"(?:fully |100 ?% |open to |us |usa |uk |eu |partially |mostly )?remote(?:ly)?(?: (?:only|ok|friendly|possible|eligible|role|position|work|first|based|optional|us|usa|uk|eu))?|remoto|teletravail|home ?office|homeoffice|"
    r"hybrid(?: (?:remote|role|work))?|hibrido|presencial|on-? ?site|onsite|in[- ]office|in[- ]person|work from home|wfh|telecommute|virtual|"
    r"full[- ]?time|part[- ]?time|ft|pt|vollzeit|teilzeit|temps plein|temps partiel|tempo (?:pieno|indeterminato|determinato|integral|parcial)|tiempo completo|medio tiempo|"
    r"contract(?:or)?(?: (?:role|position|to hire|to perm))?|contract-to-hire|fixed[- ]?term(?: contract)?|ftc|permanent|perm|temporary|temp|temp[- ]to[- ]perm|freelance|freelancer|cdi|cdd|clt|pj|befristet|unbefristet|festanstellung|vast|interim|"
    r"w2|1099|c2c|prn|per diem|casual|seasonal|zero hours|b2b|b2b contract|independent contractor|stage|alternance|internship|intern|apprenticeship|maternity(?: leave)?(?: cover)?|parental leave cover|mat(?:ernity)? cover|paternity cover|leave cover(?:age)?|vertretung|elternzeitvertretung|"
    r"urgent|immediate(?: start| joiner)?|evergreen|new|hiring now|now hiring|open application|multiple (?:positions|openings|locations|levels)|various locations?|all levels|pipeline|future opportunit\w+|bonus|sign[- ]on bonus|exempt|non[- ]exempt|"
    r"all genders|any gender|global|worldwide|anywhere|nationwide|international|"
    r"emea|apac|amer|americas|latam|noram|north america|south america|latin america|central america|europe|eu|asia|asia pacific|south ?east asia|apj|anz|mena|middle east|dach|benelux|nordics?|cee|uki|uk ?& ?i|iberia|cis|gcc|greater china|africa|sub-saharan africa|ssa|southern europe|northern europe|eastern europe|western europe|"
    r"(?:us|usa) (?:east|west|central|northeast|southeast|midwest|remote)|east coast|west coast|"
    r"(?:early |late )?(?:summer|fall|autumn|winter|spring)(?: (?:19|20)\d\d)?|(?:19|20)\d\d(?:[-/]\d{2,4})?|(?:q[1-4]|h[12]) ?(?:19|20)?\d{2}|(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.? (?:19|20)\d\d(?: start)?|(?:start|starting|starts)(?: date)?:? .*|sy ?\d\d.*|class of (?:19|20)\d\d|"
    r"(?:(?:day|night|morning|evening|afternoon|overnight|swing|graveyard|weekend|weekday|rotating|1st|2nd|3rd|first|second|third|am|pm|late|early|twilight|split|mid)\s?[/&-]?\s?)+(?:shifts?)?|shift [a-d1-3]|[a-d] shift|nights?|days?|weekends?|"
    r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)\w*(?:day)?s?(?:\s?(?:-|–|to|&|and|,)\s?(?:mon|tue|wed|thu|fri|sat|sun)\w*)*(?: .*\d.*)?|"
    r"\d{1,3} ?(?:hours?|hrs?|h|std)(?: ?(?:per|/|a|pro) ?(?:week|wk|woche))?|\d{1,3} ?%(?: ?- ?\d{1,3} ?%)?|"
    r"\d{1,2}[- ]?(?:\+ ?)?(?:to |- ?)?(?:\d{1,2} ?)?[- ]?(?:months?|mos?|weeks?|monate)(?:[ -](?:contract|ftc|fixed[- ]term|fixed[- ]term contract|assignment|temp|temporary|maternity cover|internship|term))*|"
    r"[$£€] ?\d.*|.*\$ ?\d+.*(?:hr|hour|k\b|year|yr|week).*|up to [$£€].*|"
    r"(?:req|job|ref|id|requisition)?\.?[ #:-]*[a-z]{0,4}[-_]?\d{3,}[a-z]?"
)
_NOISE = re.compile(rf"(?:{_WORD})(?:\s*[,/|&+–-]\s*(?:{_WORD})|\s+(?:or|and|in)\s+(?:{_WORD})|\s+(?:{_WORD}))*", re.IGNORECASE)
_PROGRAM = re.compile(
    r"^(?:[\w&.']+ ){0,4}(?:(?:talent|accelerator|internship|intern|graduate|trainee|apprenticeship|leadership|rotational|development|early careers?|new grad|campus|returnship|fellowship|summer|associate) ?)+(?:program(?:me)?s?|scheme|cohort|track)$|"
    r"^(?:internships?|praktikum|werkstudent(?:\*?in)?|stage|alternance|(?:19|20)\d\d (?:internship|intern|graduate|new grad|summer)(?: program(?:me)?)?)$",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"speak|lingual|native|fluent", re.IGNORECASE)
_MULTI = re.compile(r"\s*(?:[,/|&;+–]|\s-\s|\bor\b|\band\b|\bin\b|\bbased\b|\boffice\b)\s*")


def strip_inline(text: str) -> str:
    """Leave out marks that need no separator: gender marks, ids, a trailing or leading "Remote", "Full-time"."""
    text = _GENDER.sub(" ", text)
    text = _PREFIX_ID.sub("", text)
    text = _SUFFIX_ID.sub("", text)
    return _HEAD.sub("", _TAIL.sub("", text.strip()))


def is_noise(part: str, places: frozenset[str], company: str) -> bool:
    """Is this part of a title (in brackets, or between separators) no part of the role?"""
    folded = fold(part).strip(" .!*-–")
    if not folded:
        return True
    if _LANGUAGE.search(folded):
        return False
    if folded == company or _NOISE.fullmatch(folded) or _PROGRAM.match(folded):
        return True
    return _is_place(folded, places)


def _is_place(folded: str, places: frozenset[str]) -> bool:
    if folded in places or folded in _countries():
        return True
    parts = [piece for piece in _MULTI.split(folded) if piece]
    return len(parts) >= 1 and all(piece in places or piece in _countries() or _NOISE.fullmatch(piece) for piece in parts)


@cache
def _countries() -> frozenset[str]:
    """Folded country names and the short forms that titles use."""
    names = {
        "us",
        "usa",
        "u.s.",
        "u.s",
        "united states",
        "uk",
        "u.k.",
        "england",
        "scotland",
        "wales",
        "uae",
        "korea",
        "russia",
        "vietnam",
        "taiwan",
        "turkey",
        "czech republic",
        "ksa",
        "roc",
    }
    for country in pycountry.countries:
        names.add(fold(country.name))
        names.add(fold(getattr(country, "common_name", country.name)))
    return frozenset(names)
