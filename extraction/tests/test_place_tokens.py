from __future__ import annotations

from extraction.rules.place_tokens import tokens


def told(text: str) -> list[str]:
    return [token.text for token in tokens(text) if not token.is_noise]


def test_tokens_are_the_names_between_separators() -> None:
    assert told("Boston, MA; Berlin (Germany) - Remote") == ["Boston", "MA", "Berlin", "Germany"]


def test_only_hard_separators_open_a_new_place() -> None:
    assert [token.opens for token in tokens("Boston, MA; Berlin")] == [True, False, True]


def test_names_that_hold_a_separator_stay_whole() -> None:
    assert told("Trinidad and Tobago or Europe, Middle East and Africa") == ["Trinidad and Tobago", "Europe, Middle East and Africa"]


def test_a_token_has_everything_it_can_mean() -> None:
    kinds = {(reading.kind, reading.country) for reading in tokens("Georgia")[0].readings}
    assert {("country", "GE"), ("state", "US")} <= kinds


def test_postcodes_and_streets_are_no_names() -> None:
    assert told("5 Main Street, Denver, CO 80202") == ["Denver", "CO"]


def test_small_words_are_codes_only_in_capitals() -> None:
    assert told("in") == []
    assert told("IN") == ["IN"]


def test_positions_point_at_the_words() -> None:
    text = "Remote - Tulsa OK"
    assert [text[token.start : token.end] for token in tokens(text)] == ["Remote", "Tulsa", "OK"]


def test_joining_words_separate_names_that_nothing_else_does() -> None:
    assert told("London or Paris und Berlin") == ["London", "Paris", "Berlin"]


def test_city_may_be_written_behind_its_name() -> None:
    assert {reading.kind for reading in tokens("Denver City")[0].readings} >= {"city"}
