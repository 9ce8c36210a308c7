"""What in a title is no part of the role: gender marks, ids, work-place and contract words, seasons, shifts, programmes, regions."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import pycountry

from extraction.rules import title_noise_words as words
from extraction.rules.gazetteer import STATE_COUNTRIES
from extraction.rules.location import is_place
from extraction.rules.needed_words import GatedPattern
from extraction.rules.phrases import fold

_GENDER_LETTERS = r"(?:all genders?|[mfwdhxiv*](?:\s?[/|,.\-]\s?(?:[mfwdhxiv*]|n[ab]|gn|divers|non-binary|all))+)"
_GENDER = re.compile(
    rf"\s*[(\[{{]\s*(?:{_GENDER_LETTERS}|gn)\s*[)\]}}]|\s+-?\s*(?<![\w/]){_GENDER_LETTERS}(?![\w/])(?=\s*(?:$|[-–|,(]))", re.IGNORECASE
)
_GENDER_MARKS = frozenset("/(|[,.-{")
_DIGIT = re.compile(r"\d\d")
_PREFIX_ID = re.compile(r"^(?:\[?#?(?:req|job|ref|id|r|jr)?[-_ .:#]*\d{3,}\]?)\s*[-–:|_]*\s+(?=\D)", re.IGNORECASE)
_ID_NAME = (
    r"(?:\b(?:req|requisition|job|ref|reference|posting|position|vacancy)\b\.?\s*(?:id|no|nr|number|code|#)?|#|\b(?:id|jr|r)[-_ :#]?)"
)
_SUFFIX_ID = re.compile(
    rf"[\s\-–|,_]*\(?{_ID_NAME}\s*[:#.\-]*\s*[a-z]{{0,4}}[-_]?\d{{2,}}[\w-]*\)?\s*$|[\s\-–|,_]+\(?\d{{5,}}[\w-]*\)?\s*$",
    re.IGNORECASE,
)
_STANDING = r"fully remote|100% remote|remote|hybrid|on-?site|full[- ]time|part[- ]time|freelance|urgent"
_TAIL = GatedPattern(
    rf"[\s,|–-]+(?:{_STANDING}|wfh|work from home|home office|vollzeit|teilzeit|temps plein|temps partiel|cdi|cdd|télétravail|"
    r"remoto|híbrido|presencial|evergreen|immediate start|fixed[- ]term|ftc|"
    r"\d{2,3}\s?%?(?:\s?[-–]\s?\d{2,3})?\s?%|\(?(?:m/w/d|h/f|f/h)\)?)\s*[!.]*$",
    re.IGNORECASE,
)
_SHIFT = r"(?:day|night|morning|evening|afternoon|overnight|swing|graveyard|weekend|1st|2nd|3rd|first|second|third|rotating)[ -]shifts?"
_BARE_TAIL = GatedPattern(
    rf"\s+(?:{_SHIFT}|(?<!\bof )(?<!& )(?<!and )(?<!\bfor )(?:emea|apac|apj|latam|amer|namer|noram|anz|mena|dach|benelux|nordics|"
    r"north america|latin america|south america))$",
    re.IGNORECASE,
)
_BARE_HEAD = re.compile(rf"^{_SHIFT}\s*[-–:,]*\s+(?=\S)", re.IGNORECASE)
_HEAD = re.compile(
    rf"^(?:{_STANDING}|now hiring|hiring|temporary|seasonal|contract)\s*[-–:|!,]+\s*|"
    r"^(?:full[- ]time|part[- ]time|remote|temporary|seasonal|freelance)\s+(?=[A-Z])",
    re.IGNORECASE,
)

_WORD = "|".join((*words.WORK_PLACE, *words.CONTRACT, *words.CALL, *words.REGION, *words.SEASON, *words.SHIFT, *words.IDENTIFIER))
_NOISE = re.compile(rf"(?:{_WORD})(?:(?:\s*[,/|&+–-]\s*|\s+(?:or |and |in )?)(?:{_WORD})){{0,3}}")
_PROGRAM = re.compile("|".join(words.PROGRAM))
_LANGUAGE = re.compile(r"speak|lingual|native|fluent", re.IGNORECASE)
_LONGEST_NOISE = 80
_SHORTEST_BARE_PLACE = 5
_JOB_WORDS = frozenset(
    {
        *("manager", "executive", "representative", "director", "lead", "agent", "coordinator", "analyst", "associate", "officer"),
        *("engineer", "developer", "consultant", "specialist", "advisor", "driver", "operator", "assistant", "recruiter", "technician"),
        *("teacher", "nurse", "rep", "partner", "buyer", "supervisor", "intern", "accountant", "designer", "architect"),
    }
)
_CODE_LENGTH = 3
_STATE_LETTERS = 2  # "Recife/PE" beside the posting's own "Recife"
_CODE_WORDS = re.compile(r"[^\W\d_]+")
# Short words that do belong to names of places.
_PLACE_CODES = frozenset(
    (
        *("us", "usa", "uk", "eu", "uae", "nyc", "sf", "la", "dc", "ksa", "anz", "apj", "uki", "lac", "mea", "cis", "gcc", "sea"),
        *("the", "of", "in", "or", "and", "new", "los", "las", "san", "st", "da", "de", "do", "el", "rio", "são", "sao", "paz", "ile"),
        *("abu", "hue", "ho", "chi"),
    )
)
# Technologies and words of titles that are towns too.
_NOT_PLACES = frozenset({"java", "solana", "nova", "spring", "unity", "apex", "julia", "clay", "vite", "first", "studio"})
_MULTI = re.compile(r"\s*(?:[,/|&;+–]|\s-\s|\bor\b|\band\b|\bin\b|\bbased\b|\boffice\b)\s*")


def strip_inline(text: str) -> str:
    """Leave out marks that need no separator: gender marks, ids, a trailing or leading "Remote", "Full-time"."""
    if _GENDER_MARKS & set(text):
        text = _GENDER.sub(" ", text)
    if _DIGIT.search(text):
        text = _SUFFIX_ID.sub("", _PREFIX_ID.sub("", text))
    text = _headless(_HEAD, _without(_TAIL, text.strip()))
    return _headless(_BARE_HEAD, _without(_BARE_TAIL, text))


def _headless(head: re.Pattern[str], text: str) -> str:
    """Without what a pattern matches at the beginning; `sub` would look for it everywhere."""
    found = head.match(text)
    return text[found.end() :] if found else text


def _without(tail: GatedPattern, text: str) -> str:
    return tail.pattern.sub("", text) if tail.may_match(text) else text


def is_noise(part: str, places: frozenset[str], company: str) -> bool:
    """Is this part of a title (in brackets, or between separators) no part of the role?"""
    folded = fold(part).strip(" .!*-–")
    if not folded:
        return True
    if len(folded) > _LONGEST_NOISE:
        return False
    by_words = _is_noise_by_words(folded)
    if by_words is None:
        return folded == company or _is_place(part, folded, places)
    return by_words


@lru_cache(maxsize=8192)
def _is_noise_by_words(folded: str) -> bool | None:
    """What the words alone say; None where it depends on the posting."""
    if _LANGUAGE.search(folded):
        return False
    return True if _NOISE.fullmatch(folded) or _PROGRAM.fullmatch(folded) else None


def ends_with_place(text: str) -> bool:
    """Does a word for the job stand before a clear place at the very end ("Account Manager Spain")?"""
    words_of_end = text.rsplit(" ", 2)[1:]
    if len(words_of_end) < len(("job", "place")) or len(words_of_end[1]) < _SHORTEST_BARE_PLACE:
        return False
    job, place = words_of_end
    return job.lower() in _JOB_WORDS and place[0].isupper() and _is_clear_place(place)


def _is_place(part: str, folded: str, places: frozenset[str]) -> bool:
    if folded in places:
        return True
    pieces = _pieces(folded)
    known = [is_noise or piece in places for piece, is_noise in pieces]
    if all(known) or (
        known[0] and all(len(piece) == _STATE_LETTERS for (piece, _), is_known in zip(pieces, known, strict=True) if not is_known)
    ):
        return True
    return _is_clear_place(part.strip())


@lru_cache(maxsize=8192)
def _pieces(folded: str) -> tuple[tuple[str, bool], ...]:
    """The names in a part of several, and which of them are noise by themselves."""
    return tuple((piece, _NOISE.fullmatch(piece) is not None) for piece in _MULTI.split(folded) if piece)


@lru_cache(maxsize=50_000)
def _is_clear_place(part: str) -> bool:
    """A place by its name alone; short codes only behind a city ("Austin TX") or where no role is so called ("UK")."""
    names = _CODE_WORDS.findall(part)
    codes = [word for word in names if len(word) <= _CODE_LENGTH and word.lower() not in _PLACE_CODES]
    behind_city = len(names) > 1 and names[-1] in _state_codes() and codes == names[-1:]
    if (codes and not behind_city) or any(word.lower() in _NOT_PLACES for word in names):
        return False
    return is_place(part)


@cache
def _state_codes() -> frozenset[str]:
    """Letters of the states of the US, Canada and Australia."""
    return frozenset(division.code.split("-")[1] for division in pycountry.subdivisions if division.country_code in STATE_COUNTRIES)
