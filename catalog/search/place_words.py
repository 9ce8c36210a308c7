"""Other names of where a job is, which its posting does not write: "California" and "USA" for "Palo Alto, CA". Pure.

Added to what is indexed of a job, as other forms of its title are, see `catalog.search.short_forms`. A name is added whole or not at
all, and only if each of its words says a place: with "United States" and "Bay Area" all jobs there would be found by `unit manager`
and `area manager`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from catalog.formats import country_name
from catalog.search.places import country_aliases, fold_place, metro_towns, state_name

# Whoever filters by these gets all that they are a part of. A job there need not be in the part.
_PARTS = frozenset({"England", "Scotland", "Wales", "Manhattan", "Brooklyn", "Frisco"})
# What names of places share with other texts, as `fold_place` has it. Stop words ("of", "the") are indexed nowhere.
_EVERYDAY = {
    "area", "capital", "central", "cities", "city", "de", "district", "east", "eastern", "federated", "federation", "french", "great",
    "greater", "kingdom", "main", "man", "metro", "minor", "new", "north", "northern", "northwest", "part", "republic", "research",
    "silicon", "south", "southern", "state", "states", "territories", "territory", "triangle", "twin", "united", "valley", "west",
    "western", "worth",
}  # fmt: skip
# Two letters of a town are more often something else (BA, SG).
_SHORTEST_TOWN = 3


def place_words(places: Iterable[str], location_text: str) -> str:
    """Names of the countries, states and metropolitan areas among a job's `places`, joined by " · ".

    Without those that the location as posted has.
    """
    written = f" {fold_place(location_text)} "
    names = dict.fromkeys(name for key in places for name in _names(key))
    return " · ".join(name for name in names if f" {fold_place(name)} " not in written)


@lru_cache(maxsize=10_000)
def _names(key: str) -> tuple[str, ...]:
    return tuple(name for name in _all_names(key) if name not in _PARTS and _says_a_place(fold_place(name).split()))


def _says_a_place(words: Iterable[str]) -> bool:
    return all(len(word) > 1 and word not in _EVERYDAY for word in words)


def _all_names(key: str) -> Iterator[str]:
    kind, _, place = key.partition(":")
    if kind == "c":
        yield country_name(place)
        yield from country_aliases(place)
    elif kind == "s":
        yield state_name(place)
    elif kind == "t":
        yield from _town_names().get(place, ())


@lru_cache(maxsize=1)
def _town_names() -> Mapping[str, tuple[str, ...]]:
    """Other names of a town and of the metropolitan areas that it is in, by its key without `t:`."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, towns in metro_towns().items():
        for town in towns if len(name) >= _SHORTEST_TOWN else ():
            names[town].append(name)
    return {town: tuple(found) for town, found in names.items()}
