from __future__ import annotations

import pytest

from extraction.rules.place_scores import Place, score
from extraction.rules.place_tokens import Reading, tokens


def best(text: str) -> Place | None:
    """The place of the first reading of each token that agrees with the others."""
    group = [token for token in tokens(text) if not token.is_noise]
    result = score(group, [token.readings[0] for token in group])
    return result[1] if result else None


def test_a_city_must_lie_in_the_state_and_country_beside_it() -> None:
    group = tokens("Boston, Texas")
    boston = next(reading for reading in group[0].readings if reading.kind == "city")
    massachusetts = Reading("state", country="US", state="MA")
    assert score(group, [boston, group[1].readings[0]]) is None
    agreed = score(group, [boston, massachusetts])
    assert agreed is not None
    assert agreed[1].key == ("Boston", "MA", "US", None)


def test_two_countries_contradict_each_other() -> None:
    assert best("France, Norway") is None


def test_an_unknown_name_is_a_town_of_its_state() -> None:
    group = tokens("Quibbleton, Ohio")
    result = score(group, [Reading("unknown"), Reading("state", country="US", state="OH")])
    assert result is not None
    assert result[1].city == "Quibbleton"


def test_an_unknown_name_alone_is_no_place() -> None:
    assert best("Quibbleton") is None


@pytest.mark.parametrize(("text", "city"), [("Singapore", "Singapore"), ("SG", None), ("France", None)])
def test_a_city_state_written_out_is_also_the_city(text: str, city: str | None) -> None:
    place = best(text)
    assert place is not None
    assert place.city == city


def test_the_usual_order_is_likelier() -> None:
    city, state = Reading("unknown"), Reading("state", country="US", state="OH")
    usual, turned = score(tokens("Quibbleton, Ohio"), [city, state]), score(tokens("Ohio, Quibbleton"), [state, city])
    assert usual is not None
    assert turned is not None
    assert usual[0] > turned[0]
