import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from extraction.evaluate import metrics
from extraction.evaluate.rows import Skipped, read_rows
from extraction.evaluate.run import SAMPLE_FOLDER, answer_file, file_report, labelled_files
from extraction.evaluate.salaries import Salary
from extraction.evaluate.scorers import SCORERS
from extraction.evaluate.skillspan import Observation, summarise
from extraction.tests.benches import rules_bench

MAIN = {
    "ats_full": "mean",
    "remote_type": "accuracy",
    "salary_usd": "accuracy",
    "salary_non_usd": "accuracy",
    "employment_type": "macro_f1",
    "employment_type_uber": "accuracy",
    "seniority_6level": "accuracy",
    "seniority_seek": "accuracy",
    "seniority_uber_level": "spearman",
    "title_level": "macro_f1",
    "function": "accuracy",
    "location": "accuracy",
    "skills_skillspan": "f1_overlap",
}


def test_metrics_by_hand() -> None:
    pairs = [("a", "a")] * 4 + [("a", "b")] + [("b", "b")] * 5 + [("rare", "a")]
    f1_a, f1_b = 2 * 4 / (5 + 5), 2 * 5 / (5 + 6)
    assert metrics.macro_f1(pairs) == pytest.approx((f1_a + f1_b) / 2)
    assert metrics.spearman([(1, 10), (2, 20), (3, 30)]) == pytest.approx(1)
    assert metrics.spearman([(1, 3), (2, 2), (3, 1)]) == pytest.approx(-1)
    assert metrics.spearman([(1, 1), (1, 2), (2, 3)]) == pytest.approx(0.866, abs=1e-3)
    assert metrics.spearman([(1, 1), (1, 2)]) == 0
    assert metrics.mean([]) == metrics.ratio(1, 0) == 0


def test_bootstrap_is_the_same_every_time_and_holds_the_mean() -> None:
    rows = [True] * 80 + [False] * 20
    low, high = metrics.bootstrap(rows, lambda sample: {"accuracy": metrics.mean(sample)})["accuracy"]
    assert metrics.bootstrap(rows, lambda sample: {"accuracy": metrics.mean(sample)})["accuracy"] == (low, high)
    assert 0.70 < low < 0.80 < high < 0.90
    assert metrics.bootstrap([], lambda sample: {"accuracy": 0.0}) == {}


@pytest.mark.parametrize(("right", "bounds"), [(True, (0.438, 1.0)), (False, (0.0, 0.562))])
def test_three_of_three_prove_little(right: bool, bounds: tuple[float, float]) -> None:
    found = metrics.bootstrap([right] * 3, lambda sample: {"accuracy": metrics.mean(sample)})["accuracy"]
    assert found == pytest.approx(bounds, abs=1e-3)


def test_skill_spans_overlap_and_strict() -> None:
    rows = [
        Observation(found=3, expected=2, same=1, overlapping=2, touched=2),
        Observation(found=0, expected=1, same=0, overlapping=0, touched=0),
    ]
    found = summarise(rows)
    assert found["precision_overlap"] == pytest.approx(2 / 3)
    assert found["recall_overlap"] == pytest.approx(2 / 3)
    assert found["f1_strict"] == pytest.approx(2 * 1 / (3 + 3))


def test_salaries_compare_by_period_bounds_and_currency() -> None:
    label = Salary.of_label({"min": 10, "max": None, "currency": "NZD", "period": "hourly"}, {"hourly": "hour"})
    assert label == Salary(10, None, "NZD", "hour")
    assert label is not None
    assert label.matches(Salary(10.9, None, "NZD", "hour"), check_currency=True, tolerance=1)
    assert not label.matches(Salary(10, 12, "NZD", "hour"), check_currency=True, tolerance=1)
    assert not label.matches(Salary(10, None, "AUD", "hour"), check_currency=True, tolerance=1)
    assert label.matches(Salary(10, None, "AUD", "hour"), check_currency=False, tolerance=0)
    assert Salary.of_label(None, {}) is None


def test_lines_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "remote_type.jsonl"
    path.write_bytes(b'{"gold": "remote"}\n\nnot json\n[1]\n{"text": ""}\n\xff\n')
    found = read_rows(path)
    assert [number for number, _ in found.rows] == [1]
    assert [skip.line for skip in found.skipped] == [3, 4, 5, 6]
    assert "remote_type.jsonl:3: skipped: not JSON" in str(found.skipped[0])


def test_main_metrics_come_first_on_the_sample_set() -> None:
    bench = rules_bench(SAMPLE_FOLDER)
    items = [item for path in labelled_files(SAMPLE_FOLDER) for item in file_report(answer_file(path, bench), bench)]
    reports = [item for item in items if not isinstance(item, Skipped)]
    assert len(reports) == len(items)
    assert {report.stem: next(iter(report.metrics)) for report in reports} == MAIN
    assert set(MAIN) == set(SCORERS)
    assert all(next(iter(report.metrics.values())) >= 0.9 for report in reports)


def test_the_command_writes_json_and_names_what_it_skips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = (SAMPLE_FOLDER / "remote_type.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "remote_type.jsonl").write_text(f'{row}\n{{"gold": "remote", "text": 5}}\nbroken\n', encoding="utf-8")
    (tmp_path / "other.jsonl").write_text("{}\n\n{}", encoding="utf-8")
    (tmp_path / "remote_type.txt").write_text("one line\n", encoding="utf-8")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "older").mkdir()
    target = tmp_path / "figures.json"
    call_command("evaluate", data=tmp_path, json=target)
    out, err = capsys.readouterr()
    assert "remote_type" in out
    assert f"{tmp_path / 'remote_type.jsonl'}:2: skipped: not a row of this file" in err
    assert f"{tmp_path / 'remote_type.jsonl'}:3: skipped: not JSON" in err
    assert f"{tmp_path / 'other.jsonl'}:1-3: skipped: unknown file" in err
    assert f"{tmp_path / 'remote_type.txt'}:1: skipped: unknown file" in err
    assert f"{tmp_path / 'empty.jsonl'}:0: skipped: unknown file" in err
    assert f"{tmp_path / 'older'}:0: skipped: a folder" in err
    assert re.search(r"other\W+not measured\W.*\D0\D+0\D+3\D*$", out, re.MULTILINE)
    figures = json.loads(target.read_text(encoding="utf-8"))
    counted = {"empty": 0, "older": 0, "other": 3, "remote_type.txt": 1}
    assert list(figures) == ["remote_type", *counted]
    for name, lines in counted.items():
        assert {member: figures[name][member] for member in ("main", "n", "skipped")} == {"main": None, "n": 0, "skipped": lines}
    assert {name: figures["remote_type"][name] for name in ("main", "n", "accuracy", "skipped")} == {
        "main": 1.0,
        "n": 1,
        "accuracy": 1.0,
        "skipped": 2,
    }


@pytest.mark.parametrize(("target", "why"), [("nowhere/x.json", "there is no folder"), (".", "it is a folder")])
def test_a_target_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, why: str
) -> None:
    monkeypatch.setattr("extraction.management.commands.evaluate.answered_files", lambda *_, **__: pytest.fail("worked"))
    with pytest.raises(CommandError, match=why):
        call_command("evaluate", data=SAMPLE_FOLDER, json=tmp_path / target)


def test_a_folder_without_labelled_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no labelled file"):
        call_command("evaluate", data=tmp_path)
    (tmp_path / "other.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match="no labelled file"):
        call_command("evaluate", data=tmp_path, json=tmp_path / "figures.json")
    assert list(json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))) == ["other"]
    with pytest.raises(CommandError, match="no folder"):
        call_command("evaluate", data=tmp_path / "missing")
