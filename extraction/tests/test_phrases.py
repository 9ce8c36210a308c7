import csv
from pathlib import Path

import pytest

from extraction.rules.phrases import fold, load_table, words_of

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("table", ["title_levels.csv", "title_functions.csv"])
def test_every_phrase_is_found_as_itself_and_stands_once(table):
    with (DATA / table).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert [match.label for match in load_table(table).find(words_of(row["phrase"]))] == [row["label"]], row
    stems = [" ".join(word.stem for word in words_of(row["phrase"])) for row in rows]
    assert len(set(stems)) == len(stems)


@pytest.mark.parametrize("text", ["Élève Ingénieur", "İstanbul Şef", "GESCHÄFTSFÜHRER", "データ Analyst"])
def test_folding_keeps_the_length(text):
    assert len(fold(text)) == len(text)


def test_a_longer_phrase_hides_a_shorter_one():
    matches = load_table("title_levels.csv").find(words_of("Chief of Staff"))
    assert [match.phrase for match in matches] == ["chief of staff"]


def test_a_phrase_does_not_cross_a_comma():
    matches = load_table("title_functions.csv").find(words_of("Manager, Product"))
    assert "product manager" not in [match.phrase for match in matches]


def test_segments_are_counted_at_commas_brackets_and_dashes():
    assert [word.segment for word in words_of("Lead Engineer, Data (Remote) - Vice-Chair")] == [0, 0, 1, 2, 3, 3]
