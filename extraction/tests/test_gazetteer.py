from __future__ import annotations

import pytest

from extraction.rules import gazetteer


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("São Paulo", "sao paulo"),
        ("St. Louis", "saint louis"),
        ("Winston-Salem", "winston salem"),
        ("Łódź", "lodz"),
        ("Coeur d’Alene", "coeur dalene"),
        ("  NYC ", "nyc"),
        ("Port St Lucie", "port saint lucie"),
    ],
)
def test_names_are_compared_without_accents_dots_and_hyphens(written: str, folded: str) -> None:
    assert gazetteer.fold(written) == folded


def test_cities_come_largest_first_with_state_letters_only_where_the_record_has_them() -> None:
    found = gazetteer.cities("london")
    assert [(city.country, city.state) for city in found[:2]] == [("GB", None), ("CA", "ON")]
    assert found[0].is_capital


def test_a_city_is_found_under_its_other_names() -> None:
    best = gazetteer.cities("munchen")[0]
    assert (best.name, best.country, best.is_alias) == ("Munich", "DE", True)


def test_the_short_form_of_a_long_name_is_known() -> None:
    assert gazetteer.cities("marburg")[0].country == "DE"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("États-Unis", "US"),
        ("Países Bajos", "NL"),
        ("UAE", "AE"),
        ("Türkiye", "TR"),
        ("Nowhere", None),
    ],
)
def test_countries_are_known_in_several_languages(name: str, code: str | None) -> None:
    assert gazetteer.country(gazetteer.fold(name)) == code


@pytest.mark.parametrize(("token", "code"), [("UK", "GB"), ("DEU", "DE"), ("US", "US"), ("us", None), ("ZZ", None)])
def test_country_codes_are_capitals(token: str, code: str | None) -> None:
    assert gazetteer.country_code(token) == code


def test_a_code_may_be_a_state_of_two_countries_the_american_first() -> None:
    assert [state.country for state in gazetteer.state_codes("WA")] == ["US", "AU"]


def test_divisions_have_letters_only_in_three_countries() -> None:
    assert gazetteer.divisions("texas") == (gazetteer.Division("US", "TX"),)
    assert gazetteer.divisions("bavaria") == (gazetteer.Division("DE"),)


def test_a_quarter_of_the_compass_is_no_division() -> None:
    assert gazetteer.divisions("east") == ()


def test_short_names_of_metropolitan_areas_lead_to_their_city() -> None:
    metro = gazetteer.metro(gazetteer.fold("SF Bay Area"))
    assert metro == gazetteer.Metro("San Francisco", "CA", "US")


def test_regions_of_several_countries_are_known() -> None:
    assert gazetteer.is_region("emea")
    assert not gazetteer.is_region("france")


def test_every_line_of_the_city_table_can_be_read() -> None:
    lines, names, aliases = gazetteer._city_table()
    assert len(lines) > 70_000
    assert all(line.count(",") == 6 for line in lines)
    assert all(key == gazetteer.fold(key) for key in list(names)[::500] + list(aliases)[::500])


@pytest.mark.parametrize("key", ["boston", "france", "bavaria", "nyc", "emea"])
def test_names_of_any_kind_are_known(key: str) -> None:
    assert gazetteer.is_known(key)


def test_words_of_titles_are_not_known() -> None:
    assert not gazetteer.is_known("account executive")
