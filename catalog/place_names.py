"""The names of the places that jobs are in, and how many jobs each finds. Pure.

Jobs come in groups that have the same place keys: there are far fewer of these than jobs. A name's count is the number
of jobs that the filter `location` finds for it, because it is counted over the very keys that the filter looks for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalog import formats
from catalog.choices import PlaceKind
from catalog.search.places import country_aliases, fold_place, metro_towns, place_keys, region_names, state_name, states_called


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """Jobs with the same keys; `city` as most of them write it."""

    keys: Sequence[str]
    city: str
    jobs: int


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A way to write a place, the name that the filter takes, and the number of jobs that it finds."""

    form: str
    name: str
    kind: PlaceKind
    jobs: int

    @property
    def folded(self) -> str:
        return fold_place(self.form)


def place_names(groups: Sequence[PlaceGroup]) -> list[PlaceName]:
    """Every name of a place that at least one of these jobs is in."""
    named = list(_names({key for group in groups for key in group.keys}, _spellings(groups)))
    counts = _counts({name for _, name, _ in named}, groups)
    unique = {(fold_place(form), name): PlaceName(form, name, kind, counts[name]) for form, name, kind in reversed(named)}
    return [found for found in unique.values() if found.jobs]


def _names(keys: set[str], spellings: dict[str, str]) -> Iterator[tuple[str, str, PlaceKind]]:
    """(form, name, kind)."""
    # A town of a state has a key for its country too, which would name it a second time.
    towns_in_states = {key[2:].rpartition("-")[0] for key in keys if key.startswith("t:") and "-" in key.rpartition("/")[2]}
    for key in sorted(keys):
        kind, _, place = key.partition(":")
        if kind == "c":
            yield from _country(place)
        elif kind == "s":
            yield from _state(place)
        elif kind == "t" and "/" in place and place not in towns_in_states:
            name = _town_name(place, spellings)
            yield name, name, PlaceKind.CITY
    yield from _metros(keys, spellings)
    yield from ((name, name, PlaceKind.REGION) for name in region_names())


def _country(code: str) -> Iterator[tuple[str, str, PlaceKind]]:
    name = formats.country_name(code)
    for form in (name, *country_aliases(code)):
        yield form, name, PlaceKind.COUNTRY


def _state(code: str) -> Iterator[tuple[str, str, PlaceKind]]:
    """Written with its country, since its name alone may mean a town or a country too."""
    country, _, short = code.partition("-")
    name = place_name(None, short, country)
    yield name, name, PlaceKind.STATE
    yield short, name, PlaceKind.STATE


def place_name(city: str | None, state: str | None, country: str | None) -> str:
    """As people write it and the filter understands it: "Portland, OR", "Perth, Western Australia", "Berlin, Germany"."""
    if not country:
        return city or ""
    area = f"{country}-{state}"
    if city and state:
        is_clear = country == "US" or states_called(state) == (area,)
        return f"{city}, {state if is_clear else state_name(area)}"
    narrower = city or (state_name(area) if state else "")
    return f"{narrower}, {formats.country_name(country)}" if narrower else formats.country_name(country)


def _town_name(place: str, spellings: dict[str, str]) -> str:
    town, _, area = place.partition("/")
    country, _, state = area.partition("-")
    return place_name(spellings.get(town, town.title()), state, country)


def _metros(keys: set[str], spellings: dict[str, str]) -> Iterator[tuple[str, str, PlaceKind]]:
    for form, towns in metro_towns().items():
        if len(towns) > 1:
            yield form, form, PlaceKind.METRO
            continue
        if f"t:{towns[0]}" in keys:
            yield form, _town_name(towns[0], spellings), PlaceKind.CITY


def _spellings(groups: Iterable[PlaceGroup]) -> dict[str, str]:
    """Folded -> as most jobs write it."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups:
        if group.city:
            written[fold_place(group.city)][group.city] += group.jobs
    return {folded: max(counter, key=lambda city: (counter[city], city)) for folded, counter in written.items()}


def _counts(names: Iterable[str], groups: Iterable[PlaceGroup]) -> Counter[str]:
    meaning: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for key in place_keys(name):
            meaning[key].append(name)
    counts: Counter[str] = Counter()
    for group in groups:
        for name in {name for key in group.keys for name in meaning.get(key, ())}:
            counts[name] += group.jobs
    return counts
