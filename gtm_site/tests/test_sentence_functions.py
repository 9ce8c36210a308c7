"""A sentence's occupations have the functions that jobs of these titles get."""

import csv

import pytest

from catalog.search.sentence import meanings
from extraction.rules.function import function_of

# How people call occupations that no title spells so.
INFORMAL = {
    "dev ops",
    "pen tester",
    "sales comp",
    "fpa analyst",
    "go to market engineer",
    "go-to-market engineer",
    "cs ops",
    "cs operations",
}


def occupations():
    with meanings.PATH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for item in row["filters"].split():
                if item.startswith("function=") and is_title(row["phrase"]):
                    yield row["phrase"], item.removeprefix("function=")


def is_title(phrase):
    return " " in phrase and not phrase.endswith(" people") and phrase not in INFORMAL


@pytest.mark.parametrize(("phrase", "function"), sorted(occupations()))
def test_a_phrase_has_the_function_of_the_title(phrase, function):
    found = function_of(phrase)
    assert found is None or found.function == function
