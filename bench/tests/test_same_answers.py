from pathlib import Path

import pytest

from bench import same_answers
from bench.same_answers import Answers


@pytest.mark.parametrize(
    ("compiled", "code", "said"),
    [
        (Answers("compiled", 5, "ab"), 0, "of 5 postings"),
        (Answers("compiled", 5, "cd"), 1, "answer otherwise"),
        (Answers("interpreted", 5, "ab"), 1, "not compiled"),
    ],
)
def test_only_compiled_rules_with_the_same_answers_pass(
    compiled: Answers, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    both = {same_answers.OFF: Answers("interpreted", 5, "ab")}
    monkeypatch.setattr(same_answers, "answers_of_child", lambda arguments, home: both.get(home, compiled))
    assert same_answers.main([]) == code
    assert said in "".join(capsys.readouterr())


def test_rules_that_break_are_a_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(same_answers.sys, "executable", "false")
    assert same_answers.main([]) == 1
    assert "the rules break" in capsys.readouterr().err


def test_a_process_answers_the_same_again(tmp_path: Path) -> None:
    first, second = (same_answers.answers(20, tmp_path) for _ in range(2))
    assert first == second
    assert (first.rules, first.postings) == ("interpreted", 20)
