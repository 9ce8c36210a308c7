from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.rules.place_parser import MAX_GROUP, PLACE_COST, Place, _best, _choices, places, settle
from extraction.rules.place_scores import most_with_city, worth_beside_city
from extraction.rules.place_tokens import tokens

Key = tuple[str | None, str | None, str | None, str | None]


def keys(text: str) -> list[Key]:
    return [place.key for place in places(text)]


def one(city: str | None, state: str | None, country: str | None, region: str | None = None) -> Key:
    return city, state, country, region


BOSTON = one("Boston", "MA", "US")
BERLIN = one("Berlin", None, "DE")
TORONTO = one("Toronto", "ON", "CA")
UNITED_STATES = one(None, None, "US")
NEW_YORK = one("New York", "NY", "US")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Boston, MA", BOSTON),
        ("Boston, Massachusetts, United States", BOSTON),
        ("US, MA, Boston", BOSTON),
        ("Boston MA", BOSTON),
        ("boston, ma", BOSTON),
        ("Greater Boston Area", BOSTON),
        ("Boston, MA 02110", BOSTON),
        ("12 Some Street, Boston, MA 02110", BOSTON),
        ("Boston, MA (HQ)", BOSTON),
        ("Remote - Boston", BOSTON),
        ("MA - Boston", BOSTON),
        ("USA-Boston", BOSTON),
        ("MA_Boston_HQ", BOSTON),
        ("Berlin", BERLIN),
        ("Germany, Berlin", BERLIN),
        ("DE - Berlin", BERLIN),
        ("Berlin (Hybrid)", BERLIN),
        ("DE, BE, Berlin", BERLIN),
        ("Toronto, CA", TORONTO),
        ("Toronto, Ontario", TORONTO),
        ("NYC", NEW_YORK),
        ("New York", NEW_YORK),
        ("New York, New York", NEW_YORK),
        ("NY, NY", NEW_YORK),
        ("Washington, D.C.", one("Washington", "DC", "US")),
        ("Washington State", one(None, "WA", "US")),
        ("München, Bayern", one("München", None, "DE")),
        ("Bengaluru, Karnataka, India", one("Bengaluru", None, "IN")),
        ("Bangalore, IN", one("Bangalore", None, "IN")),
        ("Indianapolis, IN", one("Indianapolis", "IN", "US")),
        ("Berlin, DE", BERLIN),
        ("Wilmington, DE", one("Wilmington", "DE", "US")),
        ("Atlanta, Georgia", one("Atlanta", "GA", "US")),
        ("Tbilisi, Georgia", one("Tbilisi", None, "GE")),
        ("Perth, WA", one("Perth", "WA", "AU")),
        ("Seattle, WA", one("Seattle", "WA", "US")),
        ("Vancouver, WA", one("Vancouver", "WA", "US")),
        ("Vancouver", one("Vancouver", "BC", "CA")),
        ("Singapore", one("Singapore", None, "SG")),
        ("Singapore, APAC", one("Singapore", None, "SG")),
        ("Cambridge, MA", one("Cambridge", "MA", "US")),
        ("Cambridge, UK", one("Cambridge", None, "GB")),
        ("Mexico City-Mexico", one("Mexico City", None, "MX")),
        ("London UK", one("London", None, "GB")),
        ("San José, Costa Rica", one("San José", None, "CR")),
        ("Salem, OR", one("Salem", "OR", "US")),
        ("West Carrollton, OH", one("West Carrollton", "OH", "US")),
        ("Lakeland, FL (Tooling Solutions)", one("Lakeland", "FL", "US")),
        ("Bengaluru, India (APAC)", one("Bengaluru", None, "IN")),
    ],
)
def test_one_place_in_many_forms(text: str, expected: Key) -> None:
    assert keys(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("United States", UNITED_STATES),
        ("Remote - US", UNITED_STATES),
        ("US-Remote", UNITED_STATES),
        ("Remote (U.S.)", UNITED_STATES),
        ("Anywhere in the United States", UNITED_STATES),
        ("US - East", UNITED_STATES),
        ("Remote, Germany", one(None, None, "DE")),
        ("Remoto, Brasil", one(None, None, "BR")),
        ("California", one(None, "CA", "US")),
        ("Virginia, US", one(None, "VA", "US")),
        ("Remote, Texas", one(None, "TX", "US")),
        ("EMEA", one(None, None, None, "EMEA")),
        ("Remote - Latin America", one(None, None, None, "Latin America")),
        ("Middle East & North Africa", one(None, None, None, "Middle East & North Africa")),
        ("Bosnia and Herzegovina", one(None, None, "BA")),
    ],
)
def test_states_countries_and_regions_without_a_city(text: str, expected: Key) -> None:
    assert keys(text) == [expected]


@pytest.mark.parametrize("text", ["", " ", "Remote", "Hybrid", "N/A", "Multiple Locations", "Anywhere", ";;;", "1 Remote", "%%%"])
def test_what_names_no_place_gives_none(text: str) -> None:
    assert keys(text) == []


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        ("Boston; Berlin; Toronto", ["Boston", "Berlin", "Toronto"]),
        ("Boston, MA | Berlin, Germany", ["Boston", "Berlin"]),
        ("Boston or Berlin", ["Boston", "Berlin"]),
        ("Boston, MA; Washington, DC", ["Boston", "Washington"]),
        ("Boston, MA / Berlin / Toronto, Ontario", ["Boston", "Berlin", "Toronto"]),
        ("Boston & Berlin", ["Boston", "Berlin"]),
        ("Boston • Berlin", ["Boston", "Berlin"]),
        ("Beijing, Hong Kong, Singapore", ["Beijing", "Hong Kong", "Singapore"]),
        ("Berlin, Munich", ["Berlin", "Munich"]),
        ("Boston, MA, Denver, CO", ["Boston", "Denver"]),
        ("Boston, Massachusetts, United States, Denver, Colorado, United States", ["Boston", "Denver"]),
        ("Brazil, Campinas; Brazil, Recife", ["Campinas", "Recife"]),
        ("San Francisco US, London UK, Paris FR", ["San Francisco", "London", "Paris"]),
        ("Boston; Boston, MA", ["Boston"]),
    ],
)
def test_several_places_in_one_string(text: str, cities: list[str]) -> None:
    assert [place.city for place in places(text)] == cities


NAMES = (
    "NYC",
    "Shanghai",
    "Austin",
    "TX",
    "US",
    "Remote",
    "Quibbleton",
    "Georgia",
    "Berlin",
    "Bavaria",
    "EMEA",
    "SC",
    "Toronto",
    "Ontario, Canada",
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=MAX_GROUP), st.sampled_from((", ", " - ", " ")))
def test_no_group_reaches_more_than_its_bound(names: list[str], between: str) -> None:
    group = tokens(between.join(names))
    assert _best(group).score <= most_with_city([worth_beside_city(token) for token in group]) - PLACE_COST


def test_two_cities_of_one_country_are_no_one_place() -> None:
    kinds = [[reading.kind for reading in chosen] for chosen in _choices(tokens("Austin, Dallas"))]
    assert kinds == [["city", "unknown"], ["unknown", "city"], ["unknown", "unknown"]]
    assert [place.key[:3] for place in places("Austin, Dallas")] == [("Austin", "TX", "US"), ("Dallas", "TX", "US")]


def test_a_list_of_codes_is_a_list_of_states() -> None:
    found = places("Remote - USA: CA, CO, GA, IL, IN, MD")
    assert [(place.state, place.country) for place in found] == [(state, "US") for state in ("CA", "CO", "GA", "IL", "IN", "MD")]


def test_a_town_that_no_table_knows_is_taken_inside_its_state_or_country() -> None:
    assert keys("Quibbleton, NJ") == [one("Quibbleton", "NJ", "US")]
    assert keys("US, OH, Quibbleton") == [one("Quibbleton", "OH", "US")]
    assert keys("Quibbleton") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Florianópolis, SC, Brazil", one("Florianópolis", None, "BR")),
        ("Florianópolis, SC", one("Florianópolis", None, "BR")),
        ("Belém - PA", one("Belém", None, "BR")),
        ("Curitiba, PR", one("Curitiba", None, "BR")),
        ("Porto Alegre, RS", one("Porto Alegre", None, "BR")),
        ("Mumbai, MH, IN", one("Mumbai", None, "IN")),
        ("Chennai, TN, India", one("Chennai", None, "IN")),
        ("Milan, MI, Italy", one("Milan", None, "IT")),
        ("Catania, CT", one("Catania", None, "IT")),
        ("Barcelona, CT, Spain", one("Barcelona", None, "ES")),
        ("Geneva, GE", one("Geneva", None, "CH")),
        ("Munich, BY, DE", one("Munich", None, "DE")),
        ("Tijuana, BC, Mexico", one("Tijuana", None, "MX")),
        ("Monterrey, NL", one("Monterrey", None, "MX")),
        ("Guadalajara, JAL, Mexico", one("Guadalajara", None, "MX")),
        ("Amsterdam, NH, Netherlands", one("Amsterdam", None, "NL")),
        ("Medellín, CO", one("Medellín", None, "CO")),
        ("Denver, CO", one("Denver", "CO", "US")),
        ("Haifa, IL", one("Haifa", None, "IL")),
        ("Peoria, IL", one("Peoria", "IL", "US")),
        ("Pittsburgh, PA", one("Pittsburgh", "PA", "US")),
        ("Milan, MI", one("Milan", "MI", "US")),
    ],
)
def test_letters_of_a_division_are_no_american_state(text: str, expected: Key) -> None:
    assert keys(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norfolk, VA", one("Norfolk", "VA", "US")),
        ("Lebanon, New Hampshire", one("Lebanon", "NH", "US")),
        ("Peru, Indiana", one("Peru", "IN", "US")),
        ("Holland, MI", one("Holland", "MI", "US")),
        ("VA - Norfolk", one("Norfolk", "VA", "US")),
        ("Lisbon, MD", one("Lisbon", "MD", "US")),
        ("Lebanon, OK", one("Lebanon", "OK", "US")),
        ("Washington County, MD", one("Washington", "MD", "US")),
        ("Norfolk, USA", one("Norfolk", "VA", "US")),
        ("Lebanon", one(None, None, "LB")),
        ("Germany, DE", one(None, None, "DE")),
        ("Colombia, CO", one(None, None, "CO")),
    ],
)
def test_a_town_called_like_a_country_or_state(text: str, expected: Key) -> None:
    assert keys(text) == [expected]


@pytest.mark.parametrize("text", ["Georgia", "Remote - CA", "Remote, Georgia", "IL"])
def test_a_state_that_is_a_country_too_is_undecided_alone(text: str) -> None:
    assert keys(text) == [one(None, None, None)]


def test_washington_alone_is_no_more_than_its_country() -> None:
    assert keys("Washington") == [UNITED_STATES]
    assert keys("Washington, United States") == [one(None, "WA", "US")]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Florida; Georgia; Washington", ["FL", "GA", "WA"]),
        ("Remote Georgia | Remote Tennessee", ["GA", "TN"]),
        ("Oregon or CA", ["OR", "CA"]),
        ("Remote - US in VA or MD", ["VA", "MD"]),
    ],
)
def test_a_list_of_states_decides_its_members(text: str, letters: list[str]) -> None:
    assert [place.state for place in places(text)] == letters


@pytest.mark.parametrize(("text", "state"), [("Remote, GA", "GA"), ("PA - Remote", "PA"), ("Remote, DE", None), ("Remote - IN", None)])
def test_letters_alone_mean_what_hires_more(text: str, state: str | None) -> None:
    assert [place.state for place in places(text)] == [state]


def test_the_country_of_the_ats_decides_a_state_too() -> None:
    assert [place.key for place in settle(places("Georgia"), "US")] == [one(None, "GA", "US")]
    assert [place.key for place in settle(places("Georgia"), "GE")] == [one(None, None, "GE")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("418 Morse St NE, Washington, DC 20002", one("Washington", "DC", "US")),
        ("945 5th Ave, Suite 2, New York, NY 10021", one("New York", "NY", "US")),
        ("9 Elm Drive San Rafael, CA 94903", one(None, "CA", "US")),
    ],
)
def test_a_street_is_no_place(text: str, expected: Key) -> None:
    assert keys(text) == [expected]


@pytest.mark.parametrize("name", ["Cambridge", "Birmingham", "Burlington"])
def test_an_ambiguous_name_has_no_country(name: str) -> None:
    assert keys(name) == [one(name, None, None)]


def test_an_ambiguous_state_leaves_the_country() -> None:
    assert keys("Springfield") == [one("Springfield", None, "US")]


def test_neighbours_decide_an_ambiguous_name() -> None:
    assert keys("Cambridge; Boston")[0] == one("Cambridge", "MA", "US")


def test_the_country_of_the_ats_decides_an_ambiguous_name() -> None:
    assert [place.country for place in settle(places("Birmingham"), "GB")] == ["GB"]


def test_surer_the_clearer() -> None:
    explicit, clear, unclear = places("Lyon, France")[0], places("Lyon")[0], places("Cambridge")[0]
    assert explicit.confidence > clear.confidence > unclear.confidence


def test_spans_point_at_the_words() -> None:
    text = "Remote - Boston, MA or Berlin"
    assert [text[place.start : place.end] for place in places(text)] == ["Boston, MA", "Berlin"]


@pytest.mark.parametrize("text", [", " * 50_000, "9" * 100_000, "a," * 50_000, "Boston; " * 10_000, "(((" * 30_000, "A B C " * 20_000])
def test_odd_input_ends(text: str) -> None:
    assert all(isinstance(place, Place) for place in places(text))


def test_most_real_strings_have_a_country(data_dir: Path) -> None:
    with gzip.open(data_dir / "ats/metadata/postings.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        strings = [row["location"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][::20]
    known = sum(any(place.country for place in places(string)) for string in strings)
    assert known / len(strings) > 0.93
