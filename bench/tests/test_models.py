"""Records out of answers, through every vendor's interface: with the script always, with a real model when asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bench.models import ANSWERS, POSTING_TOKENS, Figures, build_parser, documents, main, real_model, report, run, written_between
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


def test_figures_of_vendors_that_are_not_asked_stay_with_their_day(tmp_path: Path) -> None:
    output = tmp_path / "models.json"
    conditions = {"model": "the sandbox's script", "posting_tokens": POSTING_TOKENS, "measured_at": "2026-01-01"}
    old = [{"vendor": vendor, "postings": 20} for vendor in ("anthropic", "ollama")]
    output.write_text(json.dumps({"conditions": conditions, "vendors": old}))
    main(["--postings", "2", "--script", "--vendor", "ollama", "--output", str(output)])
    anthropic, ollama = json.loads(output.read_text())["vendors"]
    assert (anthropic["vendor"], anthropic["postings"], anthropic["measured_at"]) == ("anthropic", 20, "2026-01-01")
    assert (ollama["vendor"], ollama["postings"]) == ("ollama", 2)
    assert ollama["measured_at"] > "2026-01-01"


def test_figures_of_another_model_do_not_stay() -> None:
    conditions = {"model": "large", "posting_tokens": POSTING_TOKENS, "measured_at": "2026-01-02"}
    before = {"conditions": conditions | {"model": "small"}, "vendors": [{"vendor": "openai", "postings": 20}]}
    assert [row["vendor"] for row in report([Figures("ollama")], conditions, before)["vendors"]] == ["ollama"]


def test_the_days_of_kept_answers_are_told(tmp_path: Path) -> None:
    assert written_between(tmp_path) == []
    for name, day in (("a", 1), ("b", 3)):
        (tmp_path / f"{name}.json").write_text("{}")
        os.utime(tmp_path / f"{name}.json", (day * 86_400, day * 86_400))
    assert written_between(tmp_path) == ["1970-01-02", "1970-01-04"]


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
