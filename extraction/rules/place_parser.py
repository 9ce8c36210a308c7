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
from extraction.rules.place_tokens import Kind, Reading, Token, is_name, tokens

MAX_GROUP = 5
MAX_TOKENS = 120
"""Longer strings are not lists of places; reading stops there."""

PLACE_COST = 1.5

DOMINANCE = 3.0
"""A bare name means its likeliest place when that one is so many times likelier than the next in another country or state."""

# How often boards hire in a country, compared with its size: a bare "Barcelona" is in Spain, not in Venezuela.
_HIRING = {
    "US": 4.0, "GB": 4.0, "CA": 4.0, "AU": 4.0, "IE": 4.0, "DE": 4.0, "FR": 4.0, "NL": 4.0, "ES": 4.0, "CH": 4.0,
    "SG": 4.0, "IL": 4.0, "SE": 3.0, "PT": 3.0, "PL": 3.0, "IT": 3.0, "NZ": 3.0, "IN": 2.0, "CR": 2.0, "CL": 2.0,
    "VE": 0.2, "CU": 0.2, "NI": 0.3, "HN": 0.4, "PK": 0.5, "CD": 0.3,
}  # fmt: skip
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
    return max(city.population, 500) * _HIRING.get(city.country, 1.0) * (_ALIAS_WEIGHT if city.is_alias else 1.0)


def _likeliest(candidates: Sequence[City]) -> tuple[City, float]:
    """The likeliest candidate and how many times likelier it is than the next one elsewhere."""
    ranked = sorted(candidates, key=weight, reverse=True)
    best = ranked[0]
    rivals = [weight(city) for city in ranked if (city.country, city.state) != (best.country, best.state)]
    return best, weight(best) / rivals[0] if rivals else 100.0


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
    place = Place(name, best.state, best.country, None, 0.98 if country or state else 0.9, token.start, token.end)
    if country is None and state is None and lead < DOMINANCE:
        place = replace(place, state=None, country=None, confidence=0.5, candidates=tuple(candidates))
    elif state is None and lead < DOMINANCE and len({city.country for city in candidates}) == 1:
        place = replace(place, state=None, confidence=0.7)
    return _city_score(best), place


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
    return 1.2 - (0.9 if largest > 2_000_000 else 0.3 if largest else 0.0)


def _bonus(roles: Sequence[Reading], size: int) -> float:
    scores = {Kind.COUNTRY: 2.0, Kind.STATE: 2.0, Kind.DIVISION: 1.2, Kind.REGION: 1.5}
    total = sum(scores.get(reading.kind, 0.0) for reading in roles)
    total -= 0.3 * sum(reading.is_code and reading.kind is Kind.COUNTRY for reading in roles)
    if len(roles) == size == 1 and roles[0].is_code and roles[0].kind is Kind.STATE:
        total -= 1.2
    mixed = any(reading.kind is Kind.REGION for reading in roles) and len(roles) > 1
    return total - (1.4 if mixed else 0.0)


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
        return known and (_bonus(roles, len(group)) + known[0] - len(unknown) + _order(kinds), known[1])
    place = _without_city(roles, *agreed)
    if place is None:
        return None
    if unknown and agreed[0]:
        token = group[_nearest(kinds, unknown)]
        return _bonus(roles, len(group)) + _town_score(token) - (len(unknown) - 1) + _order(kinds), _named(place, token)
    return _bonus(roles, len(group)) - len(unknown), place


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


def _choices(group: Sequence[Token]) -> Iterator[tuple[Reading, ...]]:
    """All readings together; a known city may also stand for nothing but a name (a district, a namesake)."""
    options = []
    for token in group:
        readings = token.readings
        if len(group) > 1 and all(reading.kind is Kind.CITY for reading in readings) and is_name(token.text):
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
    near = {country} if country else set()
    near |= {place.country for place in places if place.country}
    return [_settled(place, near) if place.candidates else place for place in places]


def _settled(place: Place, near: set[str | None]) -> Place:
    candidates = [city for city in place.candidates if city.country in near]
    if not candidates:
        return place
    best, lead = _likeliest(candidates)
    state = best.state if lead >= DOMINANCE else None
    return replace(place, country=best.country, state=state, confidence=0.75, candidates=())


@lru_cache(maxsize=50_000)
def places(text: str) -> tuple[Place, ...]:
    """The places a string names, in its order, each once."""
    found: dict[object, Place] = {}
    for run in _runs(tokens(text)[:MAX_TOKENS]):
        for place in _partition(run):
            found.setdefault(place.key, place)
    return tuple(settle(list(found.values()), None))
