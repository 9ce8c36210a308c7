import json
from pathlib import Path

import pytest

from bench.extraction import build_parser, invented_boards, main, shares, vocabulary_of
from catalog.vocabulary.vocabulary_csv import read_vocabulary


def test_the_bench_runs_and_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "results" / "extraction.json"
    main(["--postings", "40", "--rounds", "1", "--output", str(output)])
    figures = json.loads(output.read_text())
    assert figures["ours_us"] > 0
    assert figures["reference_us"] > 0
    assert set(figures["skills_us_by_terms"]) == {"1500", "30000"}
    assert figures["conditions"]["input"] == "generated postings, seed 1"
    assert "postings_per_cpu_second" in capsys.readouterr().out


def test_every_posting_is_in_one_share() -> None:
    boards = invented_boards(50, seed=3)
    ids = [payload["id"] for share in shares(boards, 4) for board in share for payload in board.payloads]
    assert len(ids) == len(set(ids)) == 50


def test_a_vocabulary_has_the_size_asked_for() -> None:
    known = read_vocabulary()
    small, large = (vocabulary_of(terms, known, {"Salesforce"}).terms for terms in (10, 5_000))
    assert (len(small), len(large)) == (10, 5_000)
    assert small[0].name == "Salesforce"
    assert len({term.name for term in large}) == 5_000


def test_help_says_what_is_measured() -> None:
    assert "CPU per posting" in build_parser().format_help()
