"""Names of places -> what they can mean: cities, states, countries, regions of countries, metros, continents.

Every name is looked up by its folded form (`fold`). A name may mean several things; choosing is the work of
`extraction.rules.place_parser`. Tables are read once per process, on first use.
"""

from __future__ import annotations

import csv
import gettext
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import pycountry

from extraction.data_files import DATA

COUNTRY_NAME_LANGUAGES = ("de", "fr", "es", "pt", "it", "nl")
"""Languages whose names of countries are known (translations that come with pycountry)."""

CITY_BEATS_TRANSLATION = 100_000
"""People of a city from which on its name is no country's in another language."""

STATE_COUNTRIES = frozenset({"US", "CA", "AU"})
"""Countries whose states the record holds as letters (spec E1)."""

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_PUNCTUATION = re.compile(r"[\s\-‐-–_]+")


class City(NamedTuple):
    """One populated place; `state` is set for US, CA and AU only; `is_alias` = found under another name of it."""

    name: str
    country: str
    state: str | None
    population: int
    is_capital: bool = False
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class Division:
    """A first-level division of a country; `state` holds its letters for US, CA and AU."""

    country: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Metro:
    """A metropolitan area under a name of its own ("SF Bay Area"), read as its main city."""

    city: str
    state: str | None
    country: str | None


@lru_cache(maxsize=100_000)
def fold(name: str) -> str:
    """The form under which names are compared: lower case, no accents or dots, hyphens as spaces, "st" as "saint"."""
    folded = name.strip().lower()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded.translate(_LETTERS))
        folded = "".join(c for c in decomposed if not unicodedata.combining(c))
    folded = _PUNCTUATION.sub(" ", folded.replace(".", "").replace("'", "").replace("’", "").replace("`", "")).strip()
    if folded.startswith("st "):
        return "saint " + folded[3:]
    return folded.replace(" st ", " saint ") if " st " in folded else folded


def rows(name: str) -> Iterator[list[str]]:
    """Rows of one of our tables, without its heading."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


@cache
def _city_table() -> tuple[list[str], dict[str, list[int]], dict[str, list[int]]]:
    """(lines, name -> lines, other name -> lines). Lines stay text until asked for: most never are."""
    lines = (DATA / "gazetteer_cities.csv").read_text(encoding="utf-8").splitlines()
    names: dict[str, list[int]] = {}
    aliases: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        name, key, _, _, _, _, others = line.split(",")
        names.setdefault(key or name.lower(), []).append(number)
        if others:
            for other in others.split("|"):
                aliases.setdefault(other, []).append(number)
    return lines, names, aliases


def _city(line: str, *, is_alias: bool) -> City:
    name, _, country, state, population, capital, _ = line.split(",")
    return City(name, country, state or None, int(population), bool(capital), is_alias)


@lru_cache(maxsize=20_000)
def cities(key: str) -> tuple[City, ...]:
    """Places of this folded name, own names and other names, largest first."""
    lines, names, aliases = _city_table()
    found = [_city(lines[n], is_alias=False) for n in names.get(key, ())]
    found += [_city(lines[n], is_alias=True) for n in aliases.get(key, ())]
    return tuple(sorted(found, key=lambda city: -city.population))


def _is_city_elsewhere(key: str, land: str) -> bool:
    """Whether a translated name of a country is rather a city's: "Norfolk", "Franca"."""
    return any(city.population >= CITY_BEATS_TRANSLATION and city.country != land and not city.is_alias for city in cities(key))


@cache
def _country_table() -> dict[str, str]:
    table = {fold(alias): code for code, alias in rows("gazetteer_countries.csv")}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")):
            table.setdefault(fold(name), country.alpha_2)
    for language in COUNTRY_NAME_LANGUAGES:
        names = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for country in pycountry.countries:
            key = fold(names.gettext(country.name))
            if not _is_city_elsewhere(key, country.alpha_2):
                table.setdefault(key, country.alpha_2)
    table.pop("", None)
    return table


def country(key: str) -> str | None:
    """ISO 3166-1 alpha-2 of a folded name in English and `COUNTRY_NAME_LANGUAGES`."""
    return _country_table().get(key)


@cache
def _country_codes() -> dict[str, str]:
    codes = {c.alpha_2: c.alpha_2 for c in pycountry.countries}
    codes |= {c.alpha_3: c.alpha_2 for c in pycountry.countries}
    return codes | {"UK": "GB"}


def country_code(token: str) -> str | None:
    """Alpha-2 for an ISO code of two or three capital letters; "UK" counts as one."""
    return _country_codes().get(token)


QUARTERS = frozenset(
    {"", "north", "south", "east", "west", "central", "centre", "center", "northern", "southern", "eastern", "western", "capital"}
)
"""Divisions that are called after a quarter: in a string of places the word says nothing by itself."""


@cache
def _division_table() -> dict[str, tuple[Division, ...]]:
    table: dict[str, list[Division]] = {}

    def add(name: str, division: Division) -> None:
        known = table.setdefault(fold(name), [])
        if division not in known:
            known.append(division)

    for code, alias in rows("gazetteer_divisions.csv"):
        land, _, letters = code.partition("-")
        add(alias, Division(land, letters or None))
    for subdivision in pycountry.subdivisions:
        land, _, letters = subdivision.code.partition("-")
        for name in re.split(r"\s*[\[\]]\s*", subdivision.name):
            add(name, Division(land, letters if land in STATE_COUNTRIES else None))
    return {name: tuple(divisions) for name, divisions in table.items() if name not in QUARTERS}


def divisions(key: str) -> tuple[Division, ...]:
    """First-level divisions of this folded name; with letters for US, CA, AU."""
    return _division_table().get(key, ())


@cache
def _state_codes() -> dict[str, tuple[Division, ...]]:
    table: dict[str, list[Division]] = {}
    for subdivision in pycountry.subdivisions:
        land, _, letters = subdivision.code.partition("-")
        if land in STATE_COUNTRIES:
            table.setdefault(letters, []).append(Division(land, letters))
    return {letters: tuple(sorted(found, key=lambda state: state.country, reverse=True)) for letters, found in table.items()}


def state_codes(letters: str) -> tuple[Division, ...]:
    """States of US, CA and AU with these capital letters, the American first ("WA" is two)."""
    return _state_codes().get(letters, ())


# Countries whose towns are often written with the letters of their division ("Recife, PE"; "Bergamo, BG").
_LETTERED_LANDS = frozenset({"BR", "IT", "IN", "MX", "ES", "CH", "DE", "NL", "ZA", "IE", "AR"})
# Such letters in common use that are not those of ISO 3166-2.
_LETTERS_IN_USE = {"MX": "NL BC MI SL GT ME", "ZA": "NL", "IE": "CO", "IN": "TG TS CG OD UK"}


@cache
def _division_letters() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    in_use = ((land, letters) for land, several in _LETTERS_IN_USE.items() for letters in several.split())
    for land, letters in (*(subdivision.code.split("-", 1) for subdivision in pycountry.subdivisions), *in_use):
        if land in _LETTERED_LANDS:
            table.setdefault(letters, set()).add(land)
    return {letters: frozenset(lands) for letters, lands in table.items()}


def lands_of_letters(letters: str) -> frozenset[str]:
    """Countries that write their towns with letters and have a division of these: "SC" is one of Brazil."""
    return _division_letters().get(letters, frozenset())


@cache
def _metro_table() -> dict[str, Metro]:
    return {fold(alias): Metro(city, state or None, land or None) for alias, city, state, land in rows("metros.csv")}


def metro(key: str) -> Metro | None:
    """The metropolitan area or short name ("nyc", "bay area") of this folded name."""
    return _metro_table().get(key)


@cache
def _region_table() -> frozenset[str]:
    return frozenset(fold(name) for (name,) in rows("regions.csv"))


def is_region(key: str) -> bool:
    """Whether a folded name is a region of several countries, or no country at all ("emea", "worldwide")."""
    return key in _region_table()


def is_known(key: str) -> bool:
    """Whether a folded name is that of a city, country, division, metropolitan area or region; what it means costs ten times as much."""
    _, names, aliases = _city_table()
    if key in names or key in aliases or key in _country_table():
        return True
    return key in _division_table() or key in _metro_table() or key in _region_table()
