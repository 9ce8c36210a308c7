"""Strings of places -> places. Pure; used by `location` for the ATS's fields and for what the text offers.

A string is cut into tokens, each with everything it can mean. Neighbouring tokens are grouped into places so that the
sum of the groups' scores is largest; in a group every token must agree with the others (a city lies in its state, the
state in its country). That one rule reads "Toronto, CA", "US, NY, New York" and "Paris, London, Berlin" alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from math import log10

from extraction.rules.gazetteer import City
from extraction.rules.place_tokens import LARGE, Kind, Reading, Token, is_name, tokens

MAX_GROUP = 5
MAX_TOKENS = 120
"""Longer strings are not lists of places; reading stops there."""

PLACE_COST = 1.5

DOMINANCE = 6.0
STATE_DOMINANCE = 4.0
"""A bare name means its likeliest place when that one is so many times likelier than the next in another country (or state).

Measured on 67,000 real strings that name the state or country too: from 6 on the likeliest one is meant in 87 % or more of the strings,
from 30 on in 99 %; below 4 in 35 to 74 %. Names written alone are the clear ones, so that they do better.
"""

# How often boards hire in a country, compared with its size: a bare "Barcelona" is in Spain, not in Venezuela.
_HIRING = {
    "US": 4.0, "GB": 4.0, "CA": 4.0, "AU": 4.0, "IE": 4.0, "DE": 4.0, "FR": 4.0, "NL": 4.0, "ES": 4.0, "CH": 4.0,
    "SG": 4.0, "IL": 4.0, "SE": 3.0, "PT": 3.0, "PL": 3.0, "IT": 3.0, "NZ": 3.0, "IN": 2.0, "CL": 2.0,
    "VE": 0.2, "CU": 0.2, "NI": 0.3, "HN": 0.4, "PK": 0.5, "CD": 0.3,
}  # fmt: skip
_CAPITAL_WEIGHT = 3.0
_ALIAS_WEIGHT = 0.25
"""A name that is only one of a place's other names is that much less likely to mean it."""

CITY_STATES = {"SG": "Singapore", "HK": "Hong Kong", "MC": "Monaco", "MO": "Macau", "GI": "Gibraltar"}
_STATE_OVER_CITY = frozenset({"Washington"})
"""Names that, alone, mean the state; "New York" alone means the city."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as read, with how sure (0..1) and where in the string it stands. `candidates`: of an undecided city."""

    city: str | None
    state: str | None
    country: str | None
    region: str | None
    confidence: float
    start: int
    end: int
    candidates: tuple[City, ...] = ()

    @property
    def key(self) -> tuple[str | None, str | None, str | None, str | None]:
        return self.city, self.state, self.country, self.region


@dataclass(frozen=True, slots=True)
class _Group:
    score: float
    place: Place | None


def weight(city: City) -> float:
    """How likely a bare name means this city."""
    likely = _HIRING.get(city.country, 1.0) * (_CAPITAL_WEIGHT if city.is_capital else 1.0) * (_ALIAS_WEIGHT if city.is_alias else 1.0)
    return max(city.population, 500) * likely


def _likeliest(candidates: Sequence[City]) -> tuple[City, float]:
    """The likeliest candidate and how many times likelier it is than the next one elsewhere."""
    ranked = sorted(candidates, key=weight, reverse=True)
    best = ranked[0]
    rivals = [weight(city) for city in ranked if (city.country, city.state) != (best.country, best.state)]
    return best, weight(best) / rivals[0] if rivals else 100.0


def _likeliest_country(candidates: Sequence[City]) -> str | None:
    """The country of an undecided city, where all its likely places lie in one."""
    weights: dict[str, float] = {}
    for city in candidates:
        weights[city.country] = weights.get(city.country, 0.0) + weight(city)
    best = max(weights, key=lambda country: weights[country])
    return best if weights[best] >= DOMINANCE * (sum(weights.values()) - weights[best]) else None


def _agree(roles: Sequence[Reading]) -> tuple[str | None, str | None] | None:
    """(country, state) that countries, states and divisions of one group name together; None when they contradict."""
    countries = {reading.country for reading in roles if reading.country}
    states = {reading.state for reading in roles if reading.state}
    if len(countries) > 1 or len(states) > 1:
        return None
    return next(iter(countries), None), next(iter(states), None)


def _fits(city: City, country: str | None, state: str | None) -> bool:
    return (country is None or city.country == country) and (state is None or city.state == state)


def _surface(token: Token, reading: Reading, city: City | None) -> str:
    """The city's name as written, with capitals; short forms ("NYC") by the name they stand for."""
    if reading.name:
        return reading.name
    if city is not None and len(token.text) <= 3:
        return city.name
    return token.text if token.text[:1].isupper() and not token.text.isupper() else _capitals(token.text)


def _capitals(text: str) -> str:
    return text.title() if text.islower() or (text.isupper() and len(text) > 3) else text


def _city_score(city: City) -> float:
    return 2.0 + log10(max(weight(city), 1_000.0)) / 10


def _with_city(token: Token, reading: Reading, country: str | None, state: str | None) -> tuple[float, Place] | None:
    """Score and place of a known city inside what the other tokens of the group say."""
    candidates = [city for city in reading.cities if _fits(city, country, state)]
    if not candidates:
        return None
    best, lead = _likeliest(candidates)
    name = _surface(token, reading, best)
    confidence = 0.98 if country or state else 0.95 if lead >= 5 * DOMINANCE else 0.85
    place = Place(name, best.state, best.country, None, confidence, token.start, token.end)
    if state is None and lead < DOMINANCE:
        place = _undecided(place, candidates, country, lead)
    return _city_score(best) - _doubt(token, best, country, state), place


def _undecided(place: Place, candidates: Sequence[City], country: str | None, lead: float) -> Place:
    """A city whose namesakes are too likely: its country when they all lie in one, its state when it leads them clearly."""
    sure = country or _likeliest_country(candidates)
    if sure is None:
        return replace(place, state=None, country=None, confidence=0.5, candidates=tuple(candidates))
    if place.country == sure and lead >= STATE_DOMINANCE:
        return replace(place, confidence=0.8)
    return replace(place, state=None, country=sure, confidence=0.7)


def _doubt(token: Token, best: City, country: str | None, state: str | None) -> float:
    """Alone, the name of a state means the state unless a great city is called so ("New York")."""
    is_state = any(reading.kind is Kind.STATE and not reading.is_code for reading in token.readings)
    return 1.0 if is_state and country is None and state is None and best.population < LARGE else 0.0


def _without_city(roles: Sequence[Reading], country: str | None, state: str | None) -> Place | None:
    region = next((reading.name for reading in roles if reading.kind is Kind.REGION), None)
    if country is None and region is None:
        return None
    named = any(reading.kind is Kind.COUNTRY and not reading.is_code for reading in roles)
    city = CITY_STATES.get(country or "") if named else None
    return Place(city, state, country, None if country else region, 0.9, 0, 0)


def _town_score(token: Token) -> float:
    """An unlisted town in a named state or country; the less likely, the larger the namesakes elsewhere."""
    namesakes = [weight(city) for reading in token.readings for city in reading.cities]
    largest = max(namesakes, default=0.0)
    return 1.6 - (0.9 if largest > 2_000_000 else 0.3 if largest else 0.0)


def _bonus(roles: Sequence[Reading], size: int) -> float:
    scores = {Kind.COUNTRY: 2.0, Kind.STATE: 2.0, Kind.DIVISION: 1.7, Kind.REGION: 1.5}
    total = sum(scores.get(reading.kind, 0.0) for reading in roles)
    total -= 0.3 * sum(reading.is_code and reading.kind is Kind.COUNTRY for reading in roles)
    if len(roles) == size == 1 and roles[0].is_code and roles[0].kind is Kind.STATE:
        total -= 1.2
    mixed = any(reading.kind is Kind.REGION for reading in roles) and len(roles) > 1
    return total - (1.4 if mixed else 0.0)


_AFTER_STATE = 1.0
"""What follows a state is rather a remark than its town: "Houston, TX (Vehicle Solutions)"."""

_ONCE = (Kind.COUNTRY, Kind.STATE, Kind.REGION)


def _score(group: Sequence[Token], chosen: Sequence[Reading]) -> tuple[float, Place] | None:
    """Score and place of one choice of readings; None when they contradict each other."""
    kinds = [reading.kind for reading in chosen]
    if any(kinds.count(kind) > 1 for kind in _ONCE) or kinds.count(Kind.CITY) > 1:
        return None
    roles = [r for r in chosen if r.kind in (Kind.COUNTRY, Kind.STATE, Kind.DIVISION, Kind.REGION)]
    agreed = _agree(roles)
    if agreed is None:
        return None
    unknown = [i for i, kind in enumerate(kinds) if kind is Kind.UNKNOWN]
    if Kind.CITY in kinds:
        at = kinds.index(Kind.CITY)
        known = _with_city(group[at], chosen[at], *agreed)
        if known is None or any(_is_city_too(token) for token, kind in zip(group[:at], kinds, strict=False) if kind is Kind.DIVISION):
            return None
        return _bonus(roles, len(group)) + known[0] - len(unknown) + _order(kinds), known[1]
    place = _without_city(roles, *agreed)
    if place is None:
        return None
    if unknown and agreed[0]:
        at = _nearest(kinds, unknown)
        token = group[at]
        after_state = _AFTER_STATE if Kind.STATE in kinds[:at] and Kind.COUNTRY not in kinds[:at] else 0.0
        return _bonus(roles, len(group)) + _town_score(token) - after_state - (len(unknown) - 1) + _order(kinds), _named(place, token)
    return _bonus(roles, len(group)) - len(unknown), place


def _is_city_too(token: Token) -> bool:
    """A division called after its great city, before another city: "Berlin, Munich" are two."""
    return any(city.population >= LARGE for reading in token.readings for city in reading.cities)


def _nearest(kinds: Sequence[Kind], unknown: Sequence[int]) -> int:
    """The unknown name next to its state or country: "Hotel Sonne, Oberau, Germany"."""
    outer = next(i for i, kind in enumerate(kinds) if kind in (Kind.STATE, Kind.COUNTRY, Kind.DIVISION))
    return min(unknown, key=lambda i: (abs(i - outer), i))


def _named(place: Place, token: Token) -> Place:
    return replace(place, city=_capitals(token.text), confidence=0.8)


def _order(kinds: Sequence[Kind]) -> float:
    """City before state before country is the commonest order."""
    order = {Kind.CITY: 0, Kind.UNKNOWN: 0, Kind.DIVISION: 1, Kind.STATE: 1, Kind.COUNTRY: 2}
    ranks = [order[kind] for kind in kinds if kind in order]
    return 0.2 if ranks == sorted(ranks) else 0.0


_LOCAL = (Kind.CITY, Kind.DIVISION)


def _choices(group: Sequence[Token]) -> Iterator[tuple[Reading, ...]]:
    """All readings together; a known city may also stand for nothing but a name (a district, a namesake)."""
    options = []
    for token in group:
        readings = token.readings
        if len(group) > 1 and all(reading.kind in _LOCAL for reading in readings) and is_name(token.text):
            readings = (*readings, Reading(Kind.UNKNOWN))
        options.append(readings[:6])
    yield from product(*options)


def _best(group: Sequence[Token]) -> _Group:
    """The best reading of tokens as one place; every place has its cost, so that a group is not split without need."""
    told = [token for token in group if not token.is_noise]
    if not told:
        return _Group(0.0, None)
    scored = [result for chosen in _choices(told) if (result := _score(told, chosen)) is not None]
    if not scored:
        return _Group(-1.0 * len(told) - (0.5 if len(told) > 1 else 0.0), None)
    score, place = max(scored, key=lambda result: result[0])
    return _Group(score - PLACE_COST, replace(place, start=told[0].start, end=told[-1].end))


def _partition(run: Sequence[Token]) -> list[Place]:
    """Split a run of tokens into groups with the largest sum of scores."""
    best: list[tuple[float, list[Place]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - MAX_GROUP), end):
            group = _best(run[start:end])
            found = best[start][1] + ([group.place] if group.place else [])
            options.append((best[start][0] + group.score, found))
        best.append(max(options, key=lambda option: option[0]))
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
    """Decide undecided cities by the ATS's country or by the other places named beside them."""
    near = {place.country for place in places if place.country}
    if country:
        near.add(country)
    return [_settled(place, near) if place.candidates else place for place in places]


def _settled(place: Place, near: set[str]) -> Place:
    candidates = [city for city in place.candidates if city.country in near]
    if not candidates:
        return place
    best, lead = _likeliest(candidates)
    state = best.state if lead >= STATE_DOMINANCE else None
    return replace(place, country=best.country, state=state, confidence=0.75, candidates=())


@lru_cache(maxsize=50_000)
def places(text: str) -> tuple[Place, ...]:
    """The places a string names, in its order, each once."""
    found: dict[object, Place] = {}
    for run in _runs(tokens(text)[:MAX_TOKENS]):
        for place in _partition(run):
            found.setdefault(place.key, place)
    return tuple(settle(list(found.values()), None))
