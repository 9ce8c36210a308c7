"""A string of places -> tokens with their readings. Which reading holds is decided by `place_parser`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from extraction.rules import gazetteer
from extraction.rules.gazetteer import City, Division
from extraction.rules.place_words import WORDS, any_of, without_denied

# No StrEnum: to name one of its members takes ten times as long as to write its value, and readings are compared all the time.
Kind = Literal["country", "state", "division", "city", "region", "letters", "noise", "unknown"]


class Reading(NamedTuple):
    """One thing a token can mean; `cities` are the candidates of a CITY, `is_code` = two or three capital letters.

    LETTERS are those of a division of another country than the US, Canada and Australia; `lands` = countries that have such a one.
    `is_taken` = the name of a city is also a country's, a region's or a code: it is meant only where it is large or its state is named.
    """

    kind: Kind
    country: str | None = None
    state: str | None = None
    name: str = ""
    cities: tuple[City, ...] = ()
    is_code: bool = False
    lands: frozenset[str] = frozenset()
    is_taken: bool = False


class Token(NamedTuple):
    """`text` at `[start, end)` of the string; `opens` = a hard separator (";", "or") stands before it."""

    text: str
    start: int
    end: int
    opens: bool
    readings: tuple[Reading, ...]

    @property
    def is_noise(self) -> bool:
        return {reading.kind for reading in self.readings} <= {"noise"}


NOISE = Reading("noise")


_JOINING = ("or", "and", "oder", "und", "ou", "et", "y", "e", "o")
_HARD = rf"\s*[;|•·\n\t/+]\s*|\s+(?:{'|'.join(_JOINING)})\s+|\s*(?:,\s*)?\b(?:or|and)\s+|\s*&\s*"
_SOFT = r"\s*[,()\[\]:_]\s*|\s+[-‐-―>]+\s*|\s*[-‐-―]+\s+|\s*[–—]\s*|\.\s+(?=[A-Z]{2}\b)"
_SCAN = re.compile(rf"(?P<whole>{any_of('whole')})|(?P<hard>{_HARD})|(?P<soft>{_SOFT})", re.IGNORECASE)
# Nothing in words alone is a separator but one of these: to look for all separators takes as long as to look up ten names.
_WORDS_ALONE = re.compile(r"[^\W_]+(?: [^\W_]+)*")
_JOINING_WORDS = frozenset(_JOINING)
_NOISE = frozenset(WORDS["noise"])
_BEFORE = re.compile(rf"^(?:{any_of('before')})(?:\s*[-:–]\s*|\s+)(?:in |from |within |only )?", re.IGNORECASE)
_AFTER = re.compile(rf"\s+(?:{any_of('after')})$", re.IGNORECASE)
_POSTCODE = re.compile(r"\b\d{4,6}(?:-\d{3,4})?\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_ZIP = re.compile(r"\b([A-Z]{2}),?\s+\d{5}\b(?!-\d{3}\b)")
_ROAD = r"\b(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|pkwy|parkway|way|pl|place|ct|court|ln|lane|hwy|highway|sq|square)\b\.?"
_ADDRESS = re.compile(
    rf"(?<![\w-])\d[\w-]{{0,8}}\s(?:[NSEW]\.? )?(?:\d+\w\w )?[^,;|/\d]{{1,60}}?{_ROAD}(?:,?\s+[NS][EW]\b)?(?=\s*[,;|]|\s*$)"
    r"|\b\d{1,3}(?:st|nd|rd|th) fl\b",
    re.IGNORECASE,
)
_ISO_HEAD = re.compile(r"\s*(?P<country>[A-Z]{2}),(?P<division> ?[A-Z0-9]{0,3}),\s*")
_DIGIT = re.compile(r"\d")
_HOLDER = re.compile(r"^[^\W\d_][\w.'’&\- ]*$")

# Short everyday words that are also names of places or codes: as such only in capitals.
_SMALL_WORDS = frozenset(
    {
        "al", "am", "an", "as", "at", "be", "by", "ca", "co", "de", "do", "et", "id", "il", "in", "is", "it", "la", "li", "ma", "me",
        "my", "no", "or", "pa", "so", "to", "us", "va",
    }
)  # fmt: skip
_CITY = " city"
"""May be left out of a city's name."""
_NOT_TAILS = frozenset({"island", "jersey", "jordan", "chad", "man", "guinea", "georgia"})
"""Countries that are also the end of other names ("Kent Island")."""
_LONGEST_CODE = 3
_LOWER_CODES = frozenset({"us", "uk", "usa", "uae"})
_NO_LETTERS = frozenset({"US", "USA", "UK", "GB", "UAE", "EU"})
"""Countries whose letters no division is called by, whatever stands beside them."""


LARGE = 400_000
"""A city over this size can be meant by a name that is also a country's, a region's or a code."""


_LONGEST = 500
"""Characters of a string that are read: separators are looked for from each space anew."""


METRO_WEIGHT = 50_000_000
"""A name of our own table means its city whatever else is called so."""


def _city_readings(key: str, *, is_taken: bool) -> Iterator[Reading]:
    """The city a name means."""
    metro = gazetteer.metro(key)
    if metro is not None:
        city = City(metro.city, metro.country or "", metro.state, METRO_WEIGHT)
        yield Reading("city", name=metro.city, cities=(city,))
    found = gazetteer.cities(key) or (gazetteer.cities(key.removesuffix(_CITY)) if key.endswith(_CITY) else ())
    if found:
        yield Reading("city", cities=found, is_taken=is_taken)


def _division_reading(division: Division, *, is_code: bool = False) -> Reading:
    kind: Kind = "state" if division.state else "division"
    return Reading(kind, country=division.country, state=division.state, is_code=is_code)


def _code_readings(text: str) -> Iterator[Reading]:
    letters = text.replace(".", "")
    if letters != letters.upper() and letters.lower() in _SMALL_WORDS and letters.lower() not in _LOWER_CODES:
        return
    if not 2 <= len(letters) <= _LONGEST_CODE or not letters.isascii() or not letters.isalpha():
        return
    code = gazetteer.country_code(letters.upper())
    if code is not None and (letters.isupper() or letters.lower() in _LOWER_CODES):
        yield Reading("country", country=code, is_code=True)
    for division in gazetteer.state_codes(letters.upper()):
        yield _division_reading(division, is_code=True)


def _is_listed(key: str) -> bool:
    return gazetteer.is_known(key) or (key.endswith(_CITY) and gazetteer.is_known(key.removesuffix(_CITY)))


@lru_cache(maxsize=50_000)
def _exact(text: str) -> tuple[Reading, ...]:
    """What the very words mean; empty when they mean nothing known."""
    key = gazetteer.fold(text)
    if not key or (key in _NOISE and not (text.isupper() and gazetteer.state_codes(text))):
        return (NOISE,)
    if len(key) > _LONGEST_CODE and not _is_listed(key):  # most words that are looked up are those of titles
        return ()
    readings = list(_code_readings(text))
    named = gazetteer.country(key)
    if named is not None and all(reading.country != named for reading in readings):
        readings.append(Reading("country", country=named))
    if gazetteer.is_region(key):
        readings.append(Reading("region", name=text))
    is_taken = bool(readings)
    readings += [_division_reading(division) for division in gazetteer.divisions(key) if division.state or not is_taken]
    readings += _city_readings(key, is_taken=is_taken)
    if readings and text.isupper() and len(text) <= 3 and text not in _NO_LETTERS:
        lands = gazetteer.lands_of_letters(text)
        if lands or any(reading.is_code for reading in readings):
            readings.append(Reading("letters", lands=lands))
    return tuple(dict.fromkeys(readings))


def _strip(text: str) -> str:
    """The name without the words around it: "Greater Boston Area" -> "Boston"."""
    previous = ""
    while text != previous:
        previous = text
        text = _AFTER.sub("", _BEFORE.sub("", text)).strip(" .*#-")
    return text


def _is_outer(readings: tuple[Reading, ...]) -> bool:
    return any(reading.kind in ("country", "state", "noise", "region") for reading in readings)


def _cut(words: list[str]) -> Iterator[tuple[str, str]]:
    for size in range(min(3, len(words) - 1), 0, -1):
        yield " ".join(words[:-size]), " ".join(words[-size:])


def _divide(text: str) -> list[str] | None:
    """Two names that stand together without a comma: "Tulsa OK", "UK London", "US-Remote"."""
    parts = [part.strip() for part in text.split("-")]
    if len(parts) in (2, 3) and all(part and _exact(part) for part in parts):
        return parts
    words = text.split()
    for head, tail in _cut(words):
        if _is_outer(_exact(tail)) and not tail.islower() and tail.lower() not in _NOT_TAILS:
            return [head, tail]
    for size in (1, 2):
        head, tail = " ".join(words[:size]), " ".join(words[size:])
        if tail and head.lower() not in gazetteer.QUARTERS and _is_outer(_exact(head)) and _is_known(_strip(tail)):
            return [head, tail]
    return _large_city_at_end(words)


def _is_known(text: str) -> bool:
    return bool(_exact(text) or _divide(text))


def _large_city_at_end(words: list[str]) -> list[str] | None:
    """What an office is called after: "KHOU-TV Houston"."""
    for size in (2, 1):
        tail = " ".join(words[-size:])
        if len(words) > size and words[-1][:1].isupper() and _has_large_city(tail):
            return [tail]
    return None


def _has_large_city(text: str) -> bool:
    return any(city.population >= LARGE and not city.is_alias for city in gazetteer.cities(gazetteer.fold(text)))


def _read(text: str) -> list[tuple[str, tuple[Reading, ...]]]:
    """(words, readings) of what stands between two separators; more than one where a comma was left out."""
    found = _exact(text)
    if found:
        return [(text, found)]
    name = _strip(text)
    if not name:
        return [(text, (NOISE,))]
    if name != text and (found := _exact(name)):
        return [(name, found)]
    divided = _divide(name)
    if divided is not None:
        return [reading for part in divided for reading in _read(part)]
    return [(name, (Reading("unknown"),) if is_name(name) and not _is_code(name) else (NOISE,))]


def _is_code(text: str) -> bool:
    return len(text) <= 3 and text.isupper()


@lru_cache(maxsize=50_000)
def is_name(text: str) -> bool:
    """Whether unknown words could be the name of a town: few, no digits, not all small letters."""
    return bool(_HOLDER.match(text)) and not _DIGIT.search(text) and len(text.split()) <= 4 and len(text) > 1


def _pieces(text: str, head: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end, opens) of what stands between separators after `head`; `_WHOLE` names stay in one piece."""
    if not head and _WORDS_ALONE.fullmatch(text) and _JOINING_WORDS.isdisjoint(text.lower().split(" ")):
        yield 0, len(text), True
        return
    start, opens = head, not head
    for match in _SCAN.finditer(text, head):
        if match.lastgroup == "whole":
            continue
        if match.start() > start:
            yield start, match.start(), opens
            opens = False
        opens = opens or match.lastgroup == "hard"
        start = match.end()
    if start < len(text):
        yield start, len(text), opens


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _iso_head(text: str) -> tuple[int, list[Token]]:
    """Country and division of the form "GB, LND, London", where the second is a code of the first (or nothing)."""
    match = _ISO_HEAD.match(text)
    country = gazetteer.country_code(match["country"]) if match else None
    if match is None or country is None:
        return 0, []
    found = [Token(match["country"], 0, 2, True, (Reading("country", country=country, is_code=True),))]
    letters = match["division"].strip()
    known = any(division.country == country for division in gazetteer.state_codes(letters))
    if country in gazetteer.STATE_COUNTRIES and letters and not known:
        return 0, []
    if letters:
        reading = _division_reading(gazetteer.Division(country, letters if known else None), is_code=True)
        found.append(Token(letters, match.start("division"), match.end("division"), False, (reading,)))
    return match.end(), found


def tokens(text: str) -> list[Token]:
    """The names in a string of places, each with all its readings; what the string denies is none."""
    text = without_denied(text[:_LONGEST])
    american: frozenset[str] = frozenset()
    if _DIGIT.search(text):
        american = frozenset(_ZIP.findall(text))
        text = _POSTCODE.sub(_blank, _ADDRESS.sub(_blank, text))
    head, found = _iso_head(text)
    if not found:
        return _as_states([_american(token) if token.text in american else token for token in _tokens(text, 0)])
    return found + [_inside(token, found[0].readings[0], found[-1].readings[0]) for token in _tokens(text, head)]


def _as_states(found: list[Token]) -> list[Token]:
    """In a list of three codes or more that all can be states of one country, they are: "CA, CO, FL, GA"."""
    codes = [token for token in found if any(reading.is_code for reading in token.readings) and token.text not in ("US", "USA")]
    if len(codes) < 3:
        return found
    for country in ("US", "CA", "AU"):
        if all(any(_is_state_of(reading, country) for reading in token.readings) for token in codes):
            return [_only_states(token, country) if token in codes else token for token in found]
    return found


def _american(token: Token) -> Token:
    """Two letters before a ZIP code are a state: "San Rafael, CA 94903"."""
    return _only_states(token, "US") if any(_is_state_of(reading, "US") for reading in token.readings) else token


def _is_state_of(reading: Reading, country: str) -> bool:
    return reading.kind == "state" and reading.country == country


def _only_states(token: Token, country: str) -> Token:
    states = tuple(reading._replace(is_code=False) for reading in token.readings if _is_state_of(reading, country))
    return token._replace(readings=states)


def _inside(token: Token, country: Reading, division: Reading) -> Token:
    """After "US, FL," whatever stands there is a town in Florida."""
    if token.is_noise:
        return token
    near = [_cities_inside(reading, country.country, division.state) for reading in token.readings]
    fitting = tuple(reading for reading in near if reading.cities)
    return token._replace(readings=fitting or (Reading("unknown"),))


def _cities_inside(reading: Reading, country: str | None, state: str | None) -> Reading:
    cities = [city for city in reading.cities if city.country == country and state in (None, city.state)]
    return reading._replace(cities=tuple(cities))


def _tokens(text: str, head: int) -> list[Token]:
    found: list[Token] = []
    for start, end, opens in _pieces(text, head):
        piece = text[start:end].strip()
        for words, readings in _read(piece) if piece else ():
            at = max(text.find(words, start, end), start)
            found.append(Token(words, at, min(at + len(words), end), opens, readings))
            opens = False
    return found
