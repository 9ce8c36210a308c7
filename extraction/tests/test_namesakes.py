from __future__ import annotations

from extraction.rules.gazetteer import City, cities
from extraction.rules.namesakes import NO_RIVAL, likeliest, likeliest_country, weight


def city(country: str, population: int, state: str | None = None) -> City:
    return City("Exampleton", country, state, population)


def test_larger_places_and_capitals_are_likelier_and_other_names_less() -> None:
    plain = City("A", "FR", None, 100_000)
    assert weight(City("A", "FR", None, 200_000)) > weight(plain)
    assert weight(City("A", "FR", None, 100_000, is_capital=True)) > weight(plain)
    assert weight(City("A", "FR", None, 100_000, is_alias=True)) < weight(plain)


def test_countries_that_hire_are_likelier() -> None:
    assert likeliest(cities("barcelona"))[0].country == "ES"


def test_the_lead_is_over_places_of_other_states() -> None:
    best, lead = likeliest([city("US", 400_000, "OH"), city("US", 300_000, "OH"), city("US", 100_000, "TX")])
    assert (best.state, lead) == ("OH", 4.0)
    assert likeliest([best])[1] == NO_RIVAL


def test_namesakes_in_one_country_leave_the_country_certain() -> None:
    assert likeliest_country([city("US", 400_000, "OH"), city("US", 300_000, "TX")]) == "US"
    assert likeliest_country([city("US", 100_000, "MA"), city("GB", 140_000)]) is None
