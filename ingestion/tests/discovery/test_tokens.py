from __future__ import annotations

import pytest

from ingestion.ats.source_keys import IGNORED_KEYS, PAGE_WORDS, source_key
from ingestion.discovery.tokens import any_finding_of, mark_of, source_of


def test_any_address_finds_its_ats():
    assert source_of("https://jobs.eu.lever.co/Acme/1") == ("lever", "acme", "eu")
    assert source_of("https://boards.greenhouse.io/acme") == ("greenhouse", "acme", "")
    assert source_of("https://example.com/acme") is None


@pytest.mark.parametrize(
    ("segment", "key"),
    [
        ("Acme", "acme"),
        ("ACME%20", "acme"),
        ("Acme%20Labs", "acme labs"),
        ("acme%20labs%20jobs", None),
        ("%2541cme", "acme"),
        ("caf%C3%A9-paris", "café-paris"),
        ("STRASSE", "strasse"),
        ("a.b&c-d_e+f", "a.b&c-d_e+f"),
        ("acme,", "acme"),
        ("acme\"'>", "acme"),
        ("7shifts", "7shifts"),
        ("", None),
        ("%", None),
        ("-acme", None),
        ("a b", "a b"),
        ("<a href=", None),
        ("x" * 101, None),
    ],
)
def test_keys(segment: str, key: str | None):
    assert source_key(segment) == key


@pytest.mark.parametrize("word", sorted(IGNORED_KEYS))
def test_names_of_files_are_no_keys(word: str):
    assert source_key(word.upper()) is None


@pytest.mark.parametrize("word", sorted(PAGE_WORDS))
def test_pages_of_a_host_are_no_keys_there(word: str):
    assert source_key(word.upper(), PAGE_WORDS) is None
    assert source_key(word) == word, "a board elsewhere may be called so"
    assert any_finding_of(f"https://jobs.lever.co/{word}") is any_finding_of(f"https://boards.greenhouse.io/{word}") is None


@pytest.mark.parametrize(
    ("key", "mark"),
    [
        ("acme", ""),
        ("undefined", "phantom"),
        ("your-company", "phantom"),
        ("acmedemo", "demo"),
        ("demo-acme", "demo"),
        ("acme-sandbox-2", "demo"),
        ("latest", ""),
        ("attest", ""),
        ("testlio", ""),
        ("democracy-works", ""),
        ("test", "demo"),
        ("leverdemo-8", "demo"),
    ],
)
def test_marks(key: str, mark: str):
    assert mark_of(key) == mark
