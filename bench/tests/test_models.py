"""Records out of answers, through every vendor's interface: with the script always, with a real model when asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bench.models import ANSWERS, build_parser, documents, main, real_model, run
from extraction.providers.llm_registry import llm_classes

REAL = os.environ.get("GTM_MODEL_POSTINGS", "")


def test_the_script_answers_for_every_posting_and_invents_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "models.json"
    main(["--postings", "6", "--script", "--output", str(output)])
    rows = json.loads(output.read_text())["vendors"]
    assert [row["vendor"] for row in rows] == sorted(llm_classes())
    for row in rows:
        assert (row["answered"], row["escalated"], row["calls"]) == (6, 0, 6)
        assert row["values_stated"] >= row["values_located"] > 0
        assert row["invented"] == 0
        assert row["tokens_in"] > row["tokens_out"] > 0
    assert "the sandbox's script" in capsys.readouterr().out


def test_what_a_model_invents_is_in_no_record() -> None:
    (healthy,) = run(postings=3, vendors=["ollama"])
    (lying,) = run(postings=3, vendors=["ollama"], faults=["invented:1:ollama"])
    assert lying.values_located < healthy.values_located
    assert lying.invented == 0


def test_what_cannot_be_read_is_escalated_after_one_repetition() -> None:
    (figures,) = run(postings=3, vendors=["ollama"], faults=["schema-ignored:1:ollama"])
    assert (figures.answered, figures.escalated, figures.calls) == (0, 3, 6)


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="`make test-model` runs it: minutes, and a model of 130 MB")
@pytest.mark.parametrize("vendor", sorted(llm_classes()))
def test_a_real_small_model_is_valid_or_escalated_and_never_believed(vendor: str) -> None:
    (figures,) = run(postings=int(REAL), vendors=[vendor], model=real_model(ANSWERS))
    assert figures.answered + figures.escalated == figures.postings == int(REAL)
    assert figures.postings <= figures.calls <= 2 * figures.postings
    assert figures.invented == 0


def test_postings_are_of_different_boards_and_more_of_them_begin_with_the_same() -> None:
    few, more = documents(8), documents(9)
    assert len({document.source_key for document in few}) > 1
    assert [document.text for document in more[:8]] == [document.text for document in few]


def test_help_says_what_is_counted() -> None:
    assert "stand in no posting" in build_parser().format_help()
