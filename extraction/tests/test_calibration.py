from pathlib import Path
from typing import Any, cast

import pytest

from extraction.calibration import (
    NOTHING,
    UNCALIBRATED,
    Bin,
    Calibration,
    Origin,
    Rate,
    bin_of,
    load_calibration,
    origin_of,
    save_calibration,
)
from extraction.tests.documents import a_document

TABLE = Calibration(
    {
        Bin("remote_type", "remote.title"): Rate(0.7, 40),
        Bin("remote_type", "remote.title", "board"): Rate(0.8, 30),
        Bin("remote_type", "remote.title", "board", "hybrid"): Rate(0.9, 20),
    }
)


@pytest.mark.parametrize(
    ("found", "probability"),
    [
        (Bin("remote_type", "remote.title", "board", "hybrid"), 0.9),
        (Bin("remote_type", "remote.title", "board", "onsite"), 0.8),
        (Bin("remote_type", "remote.title", "text", "hybrid"), 0.7),
        (Bin("remote_type", "remote.new_rule", "board", "hybrid"), 0.33),
        (Bin("salary", "remote.title", "board"), 0.33),
    ],
)
def test_the_narrowest_bin_with_rows_counts_and_a_new_rule_keeps_its_score(found: Bin, probability: float) -> None:
    assert TABLE.probability(found, 0.33) == probability
    assert UNCALIBRATED.probability(found, 0.33) == 0.33


def test_values_tell_bins_apart_only_in_closed_fields() -> None:
    assert bin_of("remote_type", "remote.title", Origin.BOARD, "hybrid").value == "hybrid"
    assert bin_of("role_title", "role_title.cleaned", Origin.BOARD, "Pilot").value == ""
    assert bin_of("remote_type", NOTHING, Origin.TEXT, "unknown").value == ""


def test_a_posting_with_fields_of_an_ats_comes_from_a_board() -> None:
    assert origin_of(a_document("Pilots wanted.").posting) is Origin.TEXT
    assert origin_of(a_document("Pilots wanted.", department="Harbour").posting) is Origin.BOARD


def test_what_is_saved_is_read_again_and_always_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    save_calibration(TABLE, first)
    save_calibration(Calibration(dict(reversed(TABLE.rates.items()))), second)
    assert first.read_bytes() == second.read_bytes()
    monkeypatch.setattr("extraction.calibration.CALIBRATION_PATH", first)
    assert load_calibration.__wrapped__().rates == TABLE.rates


def test_a_table_that_cannot_be_written_to_its_end_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "calibration.csv"
    rates = {Bin("seniority_level", f"rule {n}", "text", ""): Rate(0.5, 1) for n in range(5)}
    save_calibration(Calibration(rates), path)
    before = path.read_text()
    with pytest.raises(ValueError, match="format code"):
        save_calibration(Calibration(rates | {Bin("z", "", "text", ""): Rate(cast(Any, "half"), 1)}), path)
    assert path.read_text() == before


def test_the_projects_table_never_claims_to_be_certain() -> None:
    rates = load_calibration().rates
    assert all(0 < rate.probability < 1 and rate.rows >= 1 for rate in rates.values())
    assert {found.field for found in rates} == {
        "seniority_level", "job_function", "remote_type", "employment_type", "role_title", "salary", "location",
    }  # fmt: skip
