"""Figures below which the rules must not fall on the labelled data (`manage.py evaluate` prints all of them)."""

from pathlib import Path

import pytest

from extraction.evaluate.answers import Bench
from extraction.evaluate.run import answer_file
from extraction.evaluate.scorers import SCORERS
from extraction.tests.benches import rules_bench

FLOORS = {
    "ats_full": {
        "mean": 0.90,
        "seniority_level": 0.85,
        "job_function": 0.85,
        "remote_type": 0.90,
        "employment_type": 0.95,
        "role_title": 0.85,
        "salary": 0.95,
        "location": 0.93,
        "tools_precision": 0.95,
        "tools_recall": 0.85,
    },
    "remote_type": {"accuracy": 0.85},
    "salary_usd": {"accuracy": 0.92},
    "salary_non_usd": {"accuracy": 0.82},
    "employment_type": {"macro_f1": 0.85},
    "seniority_6level": {"accuracy": 0.60},
    "seniority_seek": {"accuracy": 0.50},
    "title_level": {"macro_f1": 0.93},
    "function": {"accuracy": 0.80},
    "location": {"accuracy": 0.97},
}
CEILINGS = {"ats_full": {"salary_false_positive_rate": 0.0}, "salary_usd": {"false_positive_rate": 0.02}}


@pytest.fixture(scope="module")
def bench(data_dir: Path) -> Bench:
    return rules_bench(data_dir / "gold")


@pytest.mark.parametrize("stem", FLOORS)
def test_figures_stay_above_their_floors(stem: str, bench: Bench, data_dir: Path) -> None:
    scorer = SCORERS[stem]
    answered = answer_file(data_dir / "gold" / f"{stem}.jsonl", bench)
    observed = [scorer.observe(answer, bench) for answer in answered.answers]
    figures = scorer.summarise([found for found in observed if found is not None])
    assert answered.skipped == []
    assert {name: figures[name] for name, floor in FLOORS[stem].items() if figures[name] < floor} == {}
    assert {name: figures[name] for name, ceiling in CEILINGS.get(stem, {}).items() if figures[name] > ceiling} == {}
