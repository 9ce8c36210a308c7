from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from extraction.calibration import UNCALIBRATED, Bin, Calibration, Rate, load_calibration
from extraction.evaluate.calibrating import CalibrationReport, calibration_report
from extraction.evaluate.fitting import cross_validated, fit, folds_of, stale_bins
from extraction.evaluate.measuring import answered_files
from extraction.evaluate.providers import rules_of
from extraction.evaluate.run import bench_of
from extraction.evaluate.verdicts import JUDGED_FILES, Verdict
from extraction.llm.cost import Price

VERDICT = Verdict(
    file="f", row_id="1", group="g", bin=Bin("remote_type", "a", "text", "remote"), tier=0, confidence=0.9, stated=True, right=True,
    expected="remote", found="remote",
)  # fmt: skip


def verdicts(right: int, wrong: int, **changes: object) -> list[Verdict]:
    return [replace(VERDICT, right=index < right, group=f"g{index}", row_id=str(index), **changes) for index in range(right + wrong)]


def test_few_rows_are_shrunk_towards_the_field_many_stand_for_themselves() -> None:
    many = verdicts(80, 20)
    few = verdicts(0, 2, bin=Bin("remote_type", "b", "text", "remote"))
    rates = fit([*many, *few]).rates
    assert rates[Bin("remote_type", "a")].probability == pytest.approx((80 + 5 * 80 / 102) / 105)
    assert rates[Bin("remote_type", "b")].probability == pytest.approx((0 + 5 * 80 / 102) / 7)
    assert Bin("remote_type", "b", "text") not in rates
    assert rates[Bin("remote_type", "a", "text", "remote")].rows == 100


def test_a_bin_is_never_surer_than_its_rows_allow() -> None:
    rates = fit(verdicts(20, 0)).rates
    assert {rate.probability for rate in rates.values()} == {1 - 1 / 26}
    assert fit(verdicts(0, 20)).rates[Bin("remote_type", "a")].probability == 1 / 26


def test_a_row_is_judged_by_a_table_that_has_not_seen_its_employer() -> None:
    employers = [replace(verdict, group="one employer") for verdict in verdicts(0, 30)]
    others = verdicts(60, 0)
    predicted = {verdict.group: probability for verdict, probability in cross_validated([*employers, *others])}
    assert len(list(cross_validated([*employers, *others]))) == 90
    assert predicted["one employer"] > 0.95


def test_folds_are_the_same_whatever_the_order() -> None:
    groups = [f"g{number}" for number in range(12)]
    assert folds_of(groups) == folds_of(reversed(groups))
    assert set(folds_of(groups).values()) == {0, 1, 2, 3, 4}


def test_a_table_is_stale_when_a_large_bin_moved_or_a_rule_is_unknown() -> None:
    fitted = Calibration({Bin("a", "r"): Rate(0.8, 50), Bin("a", "s"): Rate(0.5, 4)})
    assert stale_bins(fitted, fitted) == []
    moved = Calibration({Bin("a", "r"): Rate(0.9, 50), Bin("a", "s"): Rate(0.9, 4)})
    assert [fault.split(":")[0] for fault in stale_bins(moved, fitted)] == ["a r  "]
    assert stale_bins(Calibration({Bin("a", "r"): Rate(0.8, 50)}), fitted) == ["a by s: not in the table (4 rows)"]


@pytest.fixture(scope="module")
def report(data_dir: Path) -> CalibrationReport:
    bench = bench_of(data_dir / "gold", rules_of(UNCALIBRATED))
    files = answered_files(data_dir / "gold", bench, only=JUDGED_FILES)
    return calibration_report(files, bench, Price(*settings.LLM_PRICES["openai"]))


def test_confidences_of_every_field_mean_what_they_say(report: CalibrationReport) -> None:
    assert len(report.fields) == 7
    assert {field.field: round(field.error, 3) for field in report.fields if field.is_over} == {}
    assert {field.field: round(field.stated_error, 3) for field in report.fields if field.stated_error > field.limit} == {}


def test_the_committed_table_is_not_stale(report: CalibrationReport) -> None:
    """After a change of rules or labels: `manage.py calibrate`, then commit `extraction/data/calibration.csv`."""
    assert stale_bins(load_calibration(), report.calibration) == []


def test_a_records_confidence_is_about_the_share_of_it_that_is_right(report: CalibrationReport) -> None:
    assert abs(report.record_gap) <= 0.08


def test_a_higher_threshold_sends_more_and_costs_more(report: CalibrationReport) -> None:
    shares, dollars = [point.escalated for point in report.curve], [point.usd for point in report.curve]
    assert shares == sorted(shares)
    assert dollars == sorted(dollars)
    assert report.curve[-1].escalated > report.curve[0].escalated
