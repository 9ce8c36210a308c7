"""How well a few neighbouring tokens read as one place. The numbers were set on one half of labelled strings, tried on the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import NamedTuple

from extraction.rules.gazetteer import City
from extraction.rules.namesakes import CLEAR, DOMINANCE, STATE_DOMINANCE, is_rather_state, likeliest, likeliest_country, weight
from extraction.rules.place_tokens import LARGE, Kind, Reading, Token

# What each role is worth. A place costs `place_parser.PLACE_COST`, so that a role is worth more inside a place than as one of its own.
_ROLE = {"country": 2.0, "state": 2.0, "division": 1.7, "region": 1.5}
CITY = 2.0
TOWN = 1.6
SIZEABLE = 100_000
LETTERS = 1.2
"""Letters of a division elsewhere: less than a state in which the town is known, more than one in which it is not."""
USUAL_ORDER = 0.2
MOST_OF_CITY = 3.0
"""More than any city is worth (`_city_score`), with all that makes one likely."""

# What makes a reading less likely.
COUNTRY_CODE = 0.3
"""Two letters that may be a state are rather the state."""
LONE_STATE_CODE = 1.2
LONE_AFTER_NAME = 0.8
"""Letters that follow a name are rather its state's or country's than a place of their own: "Lisbon, MD"."""
DIVISION_OF_CITY = 1.0
"""A division called after its city, where no country is named: "Ion at the Ballpark, Birmingham"."""
REGION_BESIDE_COUNTRY = 1.4
AFTER_STATE = 1.6
"""What follows a state is rather a remark than its town: "Houston, TX (Vehicle Solutions)"."""
NAMESAKE, FAMOUS_NAMESAKE, FAMOUS = 0.3, 0.9, 2_000_000
"""An unlisted town that is called like a city elsewhere, or like one of that weight."""

CITY_STATES = {"SG": "Singapore", "HK": "Hong Kong", "MC": "Monaco", "MO": "Macau", "GI": "Gibraltar"}
_STATE_OVER_CITY = frozenset({"Washington"})
"""Names that beside their country mean the state; "New York" means the city."""

_ONCE = frozenset(("country", "state", "region", "city", "letters"))
_BESIDE_CITY = {**_ROLE, "letters": LETTERS, "noise": 0.0}
_RANK = {"city": 0, "unknown": 0, "division": 1, "state": 1, "country": 2}

_Agreed = tuple[str | None, str | None]
"""(country, state) of a group."""


class Place(NamedTuple):
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


def _agree(roles: Sequence[Reading]) -> _Agreed | None:
    """(country, state) that countries, states and divisions of one group name together; None when they contradict."""
    if len(roles) == 1:
        return roles[0].country, roles[0].state
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
    return CITY + log10(max(weight(city), 1_000.0)) / 10


def _with_city(token: Token, reading: Reading, country: str | None, state: str | None) -> tuple[float, Place] | None:
    """Score and place of a known city inside what the other tokens of the group say."""
    candidates = [city for city in reading.cities if _fits(city, country, state)]
    if reading.is_taken and state is None:
        least = SIZEABLE if country else LARGE
        candidates = [city for city in candidates if city.population >= least and not city.is_alias]
    if not candidates:
        return None
    best, lead = likeliest(candidates)
    name = _surface(token, reading, best)
    confidence = 0.98 if country or state else 0.95 if lead >= CLEAR else 0.85
    place = Place(name, best.state, best.country, None, confidence, token.start, token.end)
    if state is None and lead < DOMINANCE:
        place = _undecided(place, candidates, country, lead)
    return _city_score(best) - _doubt(token, best, state), place


def _undecided(place: Place, candidates: Sequence[City], country: str | None, lead: float) -> Place:
    """A city whose namesakes are too likely: its country when they all lie in one, its state when it leads them clearly."""
    sure = country or likeliest_country(candidates)
    if sure is None:
        return place._replace(state=None, country=None, confidence=0.5, candidates=tuple(candidates))
    if place.country == sure and lead >= STATE_DOMINANCE:
        return place._replace(confidence=0.8)
    return place._replace(state=None, country=sure, confidence=0.7)


def _doubt(token: Token, best: City, state: str | None) -> float:
    """Without another state beside it, the name of a state means the state unless a great city is called so ("New York")."""
    is_state = any(reading.kind == "state" and not reading.is_code for reading in token.readings)
    is_great = best.population >= LARGE and best.name not in _STATE_OVER_CITY
    return 1.0 if is_state and state is None and not is_great else 0.0


def _without_city(roles: Sequence[Reading], country: str | None, state: str | None) -> Place | None:
    region = next((reading.name for reading in roles if reading.kind == "region"), None)
    if country is None and region is None:
        return None
    named = any(reading.kind == "country" and not reading.is_code for reading in roles)
    city = CITY_STATES.get(country or "") if named else None
    return Place(city, state, country, None if country else region, 0.9, 0, 0)


def _town_score(token: Token) -> float:
    """An unlisted town in a named state or country; the less likely, the larger the namesakes elsewhere."""
    largest = max((weight(city) for reading in token.readings for city in reading.cities), default=0.0)
    return TOWN - (FAMOUS_NAMESAKE if largest > FAMOUS else NAMESAKE if largest else 0.0)


def _roles_score(group: Sequence[Token], roles: Sequence[Reading]) -> float:
    """What countries, states, divisions and regions of a group are worth together."""
    total = sum(_ROLE.get(reading.kind, 0.0) for reading in roles)
    total -= COUNTRY_CODE * sum(reading.is_code and reading.kind == "country" for reading in roles)
    if len(group) == 1 and roles and roles[0].is_code:
        is_state = roles[0].kind == "state"
        total -= LONE_STATE_CODE if is_state != is_rather_state(group[0].text) else 0.0
        follows_name = not group[0].opens and any(reading.kind == "state" for reading in group[0].readings)
        total -= LONE_AFTER_NAME if follows_name else 0.0
    mixed = len(roles) > 1 and any(reading.kind == "region" for reading in roles)
    return total - (REGION_BESIDE_COUNTRY if mixed else 0.0)


def score(group: Sequence[Token], chosen: Sequence[Reading]) -> tuple[float, Place] | None:
    """Score and place of one choice of readings, one reading a token; None when they contradict each other.

    No kind that a place has once may be in it twice (`has_already`).
    """
    kinds = [reading.kind for reading in chosen]
    roles = [reading for reading in chosen if reading.kind in _ROLE]
    agreed = _agree(roles)
    if agreed is None:
        return None
    if "letters" in kinds:
        return _lettered(group, chosen, kinds, agreed)
    found = _inner(group, chosen, kinds, agreed) if "city" in kinds else _outer(group, roles, kinds, agreed)
    if found is None:
        return None
    return _roles_score(group, roles) + found[0], found[1]


def worth_beside_city(token: Token) -> float:
    """What a token is worth at most in a place that is called after another one."""
    return max((_BESIDE_CITY.get(reading.kind, -1.0) for reading in token.readings), default=0.0)


def most_with_city(worths: Sequence[float]) -> float:
    """What no reading of several tokens as one place has more of: one of them names the city or town, the others stand beside it."""
    return sum(worths) - min(worths) + MOST_OF_CITY + USUAL_ORDER


def has_already(chosen: Sequence[Reading], reading: Reading) -> bool:
    """Whether a reading is of a kind that a place has once, and that was chosen before."""
    return reading.kind in _ONCE and reading.kind in [before.kind for before in chosen]


def _lettered(group: Sequence[Token], chosen: Sequence[Reading], kinds: Sequence[Kind], agreed: _Agreed) -> tuple[float, Place] | None:
    """A group with the letters of a division that we hold no state for: "Florianópolis, SC", "Milan, MI, Italy".

    A country that is named beside them wins, whatever the letters are; else they must be those of the city's country.
    """
    at = kinds.index("letters")
    if at == 0 or kinds[at - 1] not in ("city", "unknown") or "state" in kinds or "region" in kinds:
        return None
    lands = chosen[at].lands
    if any(reading.kind == "country" and reading.is_code and reading.country not in lands for reading in chosen):
        return None
    rest = [(token, reading) for index, (token, reading) in enumerate(zip(group, chosen, strict=True)) if index != at]
    if "country" not in kinds:
        rest = [(token, _within(reading, lands)) for token, reading in rest]
    found = score([token for token, _ in rest], [reading for _, reading in rest])
    needed = "city" in kinds or "country" in kinds
    return (found[0] + LETTERS, found[1]) if found and needed else None


def _within(reading: Reading, lands: frozenset[str]) -> Reading:
    """A city's reading without its candidates elsewhere, and without mere villages: their letters are rather an American state's."""
    if reading.kind != "city":
        return reading
    return reading._replace(cities=tuple(c for c in reading.cities if c.country in lands and c.population >= SIZEABLE))


def _inner(group: Sequence[Token], chosen: Sequence[Reading], kinds: Sequence[Kind], agreed: _Agreed) -> tuple[float, Place] | None:
    """A group with a known city; every name left over costs 1."""
    at = kinds.index("city")
    if any(kind == "division" and _is_city_too(token) for token, kind in zip(group[:at], kinds, strict=False)):
        return None
    known = _with_city(group[at], chosen[at], *agreed)
    return known and (known[0] - kinds.count("unknown") + _order(kinds), known[1])


def _outer(group: Sequence[Token], roles: Sequence[Reading], kinds: Sequence[Kind], agreed: _Agreed) -> tuple[float, Place] | None:
    """A group without a known city: one unknown name may be a town of the state or country."""
    place = _without_city(roles, *agreed)
    if place is None:
        return None
    unknown = kinds.count("unknown")
    if not unknown or agreed[0] is None:
        return -float(unknown), place
    at = _nearest(kinds)
    of_city = any(_is_sizeable_city(token) for token, kind in zip(group, kinds, strict=True) if kind == "division")
    doubt = DIVISION_OF_CITY if of_city and "country" not in kinds else 0.0
    after_state = AFTER_STATE if "state" in kinds[:at] and "country" not in kinds[:at] else 0.0
    return _town_score(group[at]) - after_state - doubt - (unknown - 1) + _order(kinds), _named(place, group[at])


def _is_city_too(token: Token) -> bool:
    """A division called after its great city, before another city: "Berlin, Munich" are two."""
    return any(city.population >= LARGE for reading in token.readings for city in reading.cities)


def _is_sizeable_city(token: Token) -> bool:
    return any(city.population >= SIZEABLE for reading in token.readings for city in reading.cities)


def _nearest(kinds: Sequence[Kind]) -> int:
    """The unknown name next to its state or country: "Hotel Sonne, Oberau, Germany"."""
    outer = next(i for i, kind in enumerate(kinds) if kind in ("state", "country", "division"))
    unknown = (i for i, kind in enumerate(kinds) if kind == "unknown")
    return min(unknown, key=lambda i: (abs(i - outer), i))


def _named(place: Place, token: Token) -> Place:
    return place._replace(city=_capitals(token.text), confidence=0.8)


def _order(kinds: Sequence[Kind]) -> float:
    """City before state before country is the commonest order."""
    ranks = [_RANK[kind] for kind in kinds if kind in _RANK]
    return USUAL_ORDER if ranks == sorted(ranks) else 0.0
