from __future__ import annotations

from pathlib import Path

import pytest

from gtm_site import env


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_flag_understands_the_usual_words(monkeypatch, value, expected):
    monkeypatch.setenv("GTM_X", value)
    assert env.flag("GTM_X", default=not expected) is expected


@pytest.mark.parametrize(
    "read",
    [
        lambda: env.flag("GTM_X", default=False),
        lambda: env.integer("GTM_X", 3),
        lambda: env.decimal("GTM_X", 3.0),
        lambda: env.choice("GTM_X", "a", ("a", "b")),
        lambda: env.base_url("GTM_X", "https://host.example"),
        lambda: env.rate("GTM_X", "60/min"),
        lambda: env.email("GTM_X"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(monkeypatch, read):
    monkeypatch.setenv("GTM_X", "perhaps")
    with pytest.raises(env.EnvironmentValueError, match="GTM_X"):
        read()


@pytest.mark.parametrize("value", ["0", "6"])
def test_integers_have_bounds(monkeypatch, value):
    monkeypatch.setenv("GTM_X", value)
    with pytest.raises(env.EnvironmentValueError, match="must be at"):
        env.integer("GTM_X", 3, minimum=1, maximum=5)


@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_decimals_are_finite_and_not_negative(monkeypatch, value):
    monkeypatch.setenv("GTM_X", value)
    with pytest.raises(env.EnvironmentValueError):
        env.decimal("GTM_X", 1.0)


def test_empty_means_unset(monkeypatch):
    monkeypatch.setenv("GTM_X", "  ")
    assert env.optional("GTM_X") is None
    assert env.text("GTM_X", "default") == "default"


def test_words_drop_empties(monkeypatch):
    monkeypatch.setenv("GTM_X", "a, ,b,")
    assert env.words("GTM_X") == ["a", "b"]


def test_dotenv_sets_only_what_is_unset(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("GTM_SET", "mine")
    monkeypatch.delenv("GTM_UNSET", raising=False)
    file = tmp_path / ".env"
    file.write_text("# comment\n\nGTM_SET=theirs\nexport GTM_UNSET='quoted'\n")
    env.load_dotenv(file)
    assert env.text("GTM_SET") == "mine"
    assert env.text("GTM_UNSET") == "quoted"
    monkeypatch.delenv("GTM_UNSET")


def test_dotenv_names_the_bad_line(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("GTM_FINE=1\nthis is not a setting\n")
    with pytest.raises(env.EnvironmentValueError, match=r"\.env:2"):
        env.load_dotenv(file)


def test_a_missing_dotenv_is_fine(tmp_path: Path):
    env.load_dotenv(tmp_path / "none")


def test_addresses_lose_the_slash_at_their_end(monkeypatch):
    monkeypatch.setenv("GTM_X", "http://127.0.0.1:8000/")
    assert env.base_url("GTM_X", "") == "http://127.0.0.1:8000"
