import re

import pytest

from extraction.rules.clues import load_clues
from extraction.schema import EmploymentType, RemoteType
from extraction.tests.documents import a_document


@pytest.mark.parametrize(("name", "values"), [("remote", RemoteType), ("employment", EmploymentType)])
def test_tables_hold_valid_values_plainest_first(name: str, values: type[RemoteType]) -> None:
    table = load_clues(name)
    rules = table.rules
    assert all(values(rule.value) for rule in rules)
    assert [rule.strength for rule in rules] == sorted((rule.strength for rule in rules), reverse=True)
    assert {index for index, _ in table.patterns} == set(range(-1, len(rules)))
    assert not any(re.search("<[A-Z]+>", each.pattern.pattern) for _, each in table.patterns)


@pytest.mark.parametrize("name", ["remote", "employment"])
@pytest.mark.parametrize("piece", [" ", "1", ",", "remote ", "full-time ", "contract and ", "a b c remote, or ", "3 days "])
def test_200_kilobytes_of_one_thing_are_read(name: str, piece: str) -> None:
    document = a_document(piece * (200_000 // len(piece)))
    clues = list(load_clues(name).read(document))
    assert all(document.text[c.evidence.start : c.evidence.end] == c.evidence.quote for c in clues)


def test_a_sentence_without_cues_is_not_read() -> None:
    assert list(load_clues("remote").read(a_document("You sell bread. Nothing else."))) == []
