"""Places as keys: what `Job.places` holds, and which keys a place that somebody typed can mean. Pure.

Keys: `c:US` country · `s:US-NY` state · `t:new york` town of that name anywhere · `t:new york/US`, `t:new york/US-NY` the
town in a country, in a state · `x:remote us` a piece of the location as the posting has it. A name that can mean
several places means all of them ("Georgia" the state and the country): a filter that finds too much is seen at once,
one that silently leaves out a state is not.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pycountry

STATE_COUNTRIES = ("US", "CA", "AU")
MAX_KEYS = 60
_FOLDER = Path(__file__).parent
_PIECES = re.compile(r"[;|/()•·\n]+|\s+(?:or|and|&)\s+|\s+[-–—]\s+")
_LONGEST_INITIALS = 4
_ISO_STATE = re.compile(r"[A-Za-z]{2}-[A-Za-z0-9]{1,3}")
_EVERYWHERE = ("anywhere", "everywhere", "global", "globally", "international", "remote worldwide", "work from anywhere", "worldwide")
# Names that the ISO list does not have.
_COUNTRY_NAMES = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB", "u s": "US", "u s a": "US", "usa": "US",
    "america": "US", "united states of america": "US", "uae": "AE", "south korea": "KR", "korea": "KR", "russia": "RU", "turkey": "TR",
    "czech republic": "CZ", "holland": "NL", "the netherlands": "NL", "vietnam": "VN", "deutschland": "DE", "espana": "ES", "brasil": "BR",
}  # fmt: skip


def fold_place(text: str) -> str:
    """Lower case, without accents and punctuation, single spaces: "São  Paulo," -> "sao paulo"."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).replace("ł", "l").replace("ø", "o")
    return " ".join(re.findall(r"\w+", text.casefold()))


def job_places(*, locations: Iterable[Mapping[str, Any]], location_text: str) -> list[str]:
    """The keys under which a job is found: of all its locations, and of the pieces of the location as posted."""
    keys: set[str] = set()
    for location in locations:
        keys.update(_location_keys(location))
    pieces = (location_text, *location_text.split(","), *_PIECES.split(location_text))
    keys.update(f"x:{folded[:200]}" for piece in pieces if (folded := fold_place(piece)))
    return sorted(keys)[:MAX_KEYS]


@lru_cache(maxsize=10_000)
def place_keys(text: str) -> tuple[str, ...]:
    """The keys that a typed place can mean; a job matches when it has any of them. Empty for blank text."""
    parts = [part for part in (fold_place(piece) for piece in text.split(",")) if part]
    if not parts:
        return ()
    head, *qualifiers = parts
    whole = fold_place(text)
    keys = {f"x:{whole}", *(f"t:{town}/{area}" for town, area in _metros().get(whole, ()))}
    keys.update(_qualified(head, qualifiers) if qualifiers else _unqualified(head))
    return tuple(sorted(keys))


def town_keys(text: str) -> list[str]:
    """Those of `place_keys` that are towns."""
    return [key for key in place_keys(text) if key.startswith("t:")]


def state_keys(text: str) -> list[str]:
    """Those of `place_keys` that are states; also `US-NY`."""
    if _ISO_STATE.fullmatch(text):
        return [f"s:{text.upper()}"]
    return [key for key in place_keys(text) if key.startswith("s:")]


def remote_keys(country: str) -> list[str]:
    """The places of remote jobs that can be done from a country: itself, the regions that it belongs to, everywhere."""
    regions = (name for name, countries in _regions().items() if country in countries)
    return [f"c:{country}", *(f"x:{name}" for name in (*regions, *_EVERYWHERE))]


def place_phrases(text: str) -> list[tuple[str, ...]]:
    """The words under which a typed place stands in a location as posted: its own, and those of the metro area's towns.

    The towns' with their accents and without.
    """
    towns = (phrase for town, _ in _metros().get(fold_place(text), ()) for phrase in (tuple(town.split()), *_spellings()[town]))
    return [phrase for phrase in dict.fromkeys((_words(text), *towns)) if phrase]


def metro_towns() -> Mapping[str, tuple[str, ...]]:
    """Other names of towns and metropolitan areas as written -> their towns as keys without `t:`."""
    towns: dict[str, list[str]] = defaultdict(list)
    for row in _rows("metros.csv"):
        towns[row["name"]].append(f"{fold_place(row['city'])}/{_area(row)}")
    return {name: tuple(found) for name, found in towns.items()}


def region_names() -> list[str]:
    return [row["name"] for row in _rows("regions.csv")]


def country_aliases(code: str) -> list[str]:
    """Ways to write a country that are not its ISO name: "UK", "Holland"."""
    return [name.upper() if len(name) <= _LONGEST_INITIALS else name.title() for name, found in _COUNTRY_NAMES.items() if found == code]


def states_called(name: str) -> tuple[str, ...]:
    """Codes of the states with this name or short code."""
    return _states().get(fold_place(name), ())


def state_name(code: str) -> str:
    """The name of a state by its ISO 3166-2 code; the short code itself when there is none."""
    found = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return str(found.name) if found else code.partition("-")[2]


def _location_keys(location: Mapping[str, Any]) -> Iterator[str]:
    city, state, country, region = (location.get(name) for name in ("city", "state", "country", "region"))
    if country:
        yield f"c:{country}"
        if state:
            yield f"s:{country}-{state}"
    if city:
        town = fold_place(city)
        yield f"t:{town}"
        if country:
            yield f"t:{town}/{country}"
            if state:
                yield f"t:{town}/{country}-{state}"
    if region:
        yield f"x:{fold_place(region)}"


def _unqualified(name: str) -> Iterator[str]:
    yield f"t:{name}"
    yield from (f"s:{area}" for area in _states().get(name, ()))
    yield from (f"c:{code}" for code in (*_countries().get(name, ()), *_regions().get(name, ())))


def _qualified(name: str, qualifiers: Sequence[str]) -> Iterator[str]:
    """`Portland, OR`, `Austin, Texas, United States`: the narrowest area that the qualifiers name."""
    states = [state for qualifier in qualifiers for state in _states().get(qualifier, ())]
    areas = states or [country for qualifier in qualifiers for country in _countries().get(qualifier, ())]
    yield from (f"t:{name}/{area}" for area in areas)
    yield from (f"t:{town}/{metro}" for town, metro in _metros().get(name, ()) if any(metro.startswith(area) for area in areas))
    yield from (f"s:{state}" for state in _states().get(name, ()) if state[:2] in areas)


@lru_cache(maxsize=1)
def _metros() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Other names of towns and metropolitan areas -> (town, area), with the town's own other name: "Koeln" -> Köln, Cologne."""
    table: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows("metros.csv"):
        table[fold_place(row["name"])].append((fold_place(row["city"]), _area(row)))
    return {name: tuple(dict.fromkeys((*towns, *_renamed(towns, table)))) for name, towns in table.items()}


def _renamed(towns: Iterable[tuple[str, str]], table: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    for town, area in towns:
        yield from (other for other in table.get(town, ()) if other[1] == area)


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Towns of `_metros` -> the words of their names with accents."""
    table: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for row in _rows("metros.csv"):
        table[fold_place(row["city"])][_words(row["city"])] = None
    return {town: tuple(phrases) for town, phrases in table.items()}


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))


@lru_cache(maxsize=1)
def _regions() -> Mapping[str, tuple[str, ...]]:
    return {fold_place(row["name"]): tuple(row["countries"].split()) for row in _rows("regions.csv")}


@lru_cache(maxsize=1)
def _states() -> Mapping[str, tuple[str, ...]]:
    """Names and codes of the states of the countries whose jobs carry one."""
    table: dict[str, set[str]] = defaultdict(set)
    for country in STATE_COUNTRIES:
        for state in pycountry.subdivisions.get(country_code=country):  # type: ignore[no-untyped-call]
            table[fold_place(state.name)].add(state.code)
            table[state.code.partition("-")[2].casefold()].add(state.code)
    return {name: tuple(sorted(codes)) for name, codes in table.items()}


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, tuple[str, ...]]:
    table = {name: (code,) for name, code in _COUNTRY_NAMES.items()}
    for country in pycountry.countries:
        names = (country.name, country.alpha_2, country.alpha_3, getattr(country, "common_name", ""), country.name.partition(",")[0])
        table.update({fold_place(name): (country.alpha_2,) for name in names if name and fold_place(name) not in table})
    return table


def _area(row: Mapping[str, str]) -> str:
    return f"{row['country']}-{row['state']}" if row["state"] else row["country"]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
