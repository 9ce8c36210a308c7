"""Strings of places -> places. Pure; used by `location` for the ATS's fields and for what the text offers.

A string is cut into tokens, each with everything it can mean. Neighbouring tokens are grouped into places so that the
sum of the groups' scores is largest; in a group every token must agree with the others (a city lies in its state, the
state in its country). That one rule reads "Toronto, CA", "US, NY, New York" and "Paris, London, Berlin" alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from math import inf
from typing import NamedTuple

from extraction.rules.gazetteer import City
from extraction.rules.namesakes import STATE_DOMINANCE, likeliest, meanings_alone
from extraction.rules.place_scores import Place, has_already, most_with_city, score, worth_beside_city
from extraction.rules.place_tokens import Reading, Token, is_name, tokens

__all__ = ["Place", "places", "settle"]

MAX_GROUP = 5
MAX_TOKENS = 120
"""Longer strings are not lists of places; reading stops there."""

MAX_READINGS = 6
PLACE_COST = 1.5


class _Group(NamedTuple):
    score: float
    place: Place | None


_LOCAL = ("city", "division")


def _choices(group: Sequence[Token]) -> list[tuple[Reading, ...]]:
    """The readings that may stand together, none of a kind that a place has once twice."""
    chosen: list[tuple[Reading, ...]] = [()]
    for token, following in zip_longest(group, group[1:]):
        options = _options(token, following) if len(group) > 1 else token.readings[:MAX_READINGS]
        chosen = [(*before, reading) for before in chosen for reading in options if not has_already(before, reading)]
    return chosen


def _options(token: Token, following: Token | None) -> tuple[Reading, ...]:
    """The readings of one of several names; a known one may also stand for nothing but a name (a district, a namesake)."""
    if is_name(token.text) and _may_be_namesake(token, following):
        return (*token.readings[: MAX_READINGS - 1], Reading("unknown"))
    return token.readings[:MAX_READINGS]


def _may_be_namesake(token: Token, following: Token | None) -> bool:
    """Whether a name can be an unlisted town's: that of a city always, that of a country or state before the letters of another state."""
    if all(reading.kind in _LOCAL for reading in token.readings):
        return True
    if following is None or any(reading.is_code for reading in token.readings):
        return False
    own = {(reading.country, reading.state) for reading in token.readings}
    if any(reading.kind == "country" and (reading.country, None) in own for reading in following.readings):
        return False
    states = {(reading.country, reading.state) for reading in following.readings if reading.kind == "state" and reading.is_code}
    return bool(states) and not states & own


def _best(group: Sequence[Token]) -> _Group:
    """The best reading of tokens as one place; every place has its cost, so that a group is not split without need."""
    told = [token for token in group if not token.is_noise]
    if not told:
        return _Group(0.0, None)
    found = _best_of_names(tuple([(token.text, token.opens, token.readings) for token in told]))
    return found._replace(place=found.place._replace(start=told[0].start, end=told[-1].end)) if found.place else found


@lru_cache(maxsize=20_000)
def _best_of_names(names: tuple[tuple[str, bool, tuple[Reading, ...]], ...]) -> _Group:
    """The same wherever the names stand: boards name the same few places in ever new strings."""
    told = [Token(text, 0, 0, opens, readings) for text, opens, readings in names]
    scored = [result for chosen in _choices(told) if (result := score(told, chosen)) is not None]
    if not scored:
        return _Group(-1.0 * len(told) - (0.5 if len(told) > 1 else 0.0), None)
    worth, place = max(scored, key=lambda result: result[0])
    return _Group(worth - PLACE_COST, place)


def _partition(run: Sequence[Token]) -> list[Place]:
    """Split a run of tokens into groups with the largest sum of scores; of equal sums the one with the longest last group.

    Groups that cannot reach what shorter ones have reached are not read: in a list of cities those are all but the cities.
    """
    worths = list(map(worth_beside_city, run))
    best: list[tuple[float, list[Place]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        reached, found = -inf, list[Place]()
        for start in reversed(range(max(0, end - MAX_GROUP), end)):
            before, places_before = best[start]
            if before + most_with_city(worths[start:end]) - PLACE_COST < reached:
                continue
            group = _best(run[start:end])
            if before + group.score >= reached:
                reached, found = before + group.score, places_before + ([group.place] if group.place else [])
        best.append((reached, found))
    return best[-1][1]


def _runs(found: Sequence[Token]) -> Iterator[list[Token]]:
    run: list[Token] = []
    for token in found:
        if token.opens and run:
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def settle(places: Sequence[Place], country: str | None) -> list[Place]:
    """Decide undecided places by the ATS's country or by the other places named beside them."""
    near = {place.country for place in places if place.country}
    if country:
        near.add(country)
    has_states = any(place.state and not place.city for place in places)
    return [_settled(place, near, has_states=has_states) if place.candidates else place for place in places]


def _settled(place: Place, near: set[str], *, has_states: bool) -> Place:
    candidates = [city for city in place.candidates if city.country in near]
    if not candidates:
        return place
    if not place.city:
        return _settled_name(place, candidates, has_states=has_states)
    best, lead = likeliest(candidates)
    state = best.state if lead >= STATE_DOMINANCE else None
    return place._replace(country=best.country, state=state, confidence=0.75, candidates=())


def _settled_name(place: Place, candidates: Sequence[City], *, has_states: bool) -> Place:
    """The name of a state that means something else too: the state in a list of states, or where nothing else is left of it."""
    if len(candidates) > 1 and not has_states:
        return place
    best = candidates[0]
    return place._replace(state=best.state, country=best.country, confidence=0.75, candidates=())


def _alone(text: str, place: Place) -> Place:
    """A name or code that alone can mean a state or something else as an undecided place, in the country that all meanings share."""
    name = text[place.start : place.end]
    meanings = meanings_alone(name) if place.city is None and (place.state is None) == (place.country != "US") else ()
    if not meanings:
        return place
    if any(map(str.isdigit, text)):  # the end of an address
        return place._replace(state=meanings[0].state, country=meanings[0].country, confidence=0.7)
    lands = {meaning.country for meaning in meanings}
    return place._replace(state=None, country=lands.pop() if len(lands) == 1 else None, confidence=0.6, candidates=meanings)


@lru_cache(maxsize=50_000)
def places(text: str) -> tuple[Place, ...]:
    """The places a string names, in its order, each once."""
    found: dict[object, Place] = {}
    for run in _runs(tokens(text)[:MAX_TOKENS]):
        for place in _partition(run):
            told = _alone(text, place)
            found.setdefault((*told.key, told.candidates), told)
    once = {(*place.key, place.candidates): place for place in reversed(settle(list(found.values()), None))}
    return tuple(reversed(once.values()))
