"""Everything `manage.py calibrate` shows: the fitted table, its cross-validated errors, and what a threshold costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.calibration import Calibration
from extraction.evaluate.answers import Bench
from extraction.evaluate.curve import CurvePoint, RecordPoint, ValuePoint, cost_curve, record_points, value_curve
from extraction.evaluate.fitting import REPEATS, cross_validated, fit
from extraction.evaluate.metrics import mean
from extraction.evaluate.providers import rules_of
from extraction.evaluate.reliability import Reliability, mean_reliability, reliability_of
from extraction.evaluate.run import AnsweredFile
from extraction.evaluate.verdicts import all_verdicts
from extraction.llm.cost import Price

EVERY_FIELD = "ats_full"
"""The file whose rows judge whole records."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """`rows` counts verdicts, one per row and field; `record_gap`: mean confidence of records minus the mean share that is right."""

    calibration: Calibration
    rows: int
    records: int
    record_gap: float
    fields: Sequence[Reliability]
    curve: Sequence[CurvePoint]
    values: Sequence[ValuePoint]

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "records": self.records,
            "record_gap": self.record_gap,
            "fields": [field.as_json() for field in self.fields],
            "curve": [point.as_json() for point in self.curve],
            "values": [point.as_json() for point in self.values],
        }


def calibration_report(files: Sequence[AnsweredFile], bench: Bench, price: Price) -> CalibrationReport:
    """`files` hold answers of uncalibrated rules: their confidences are the rules' own scores."""
    verdicts = all_verdicts(files, bench)
    predictions = list(cross_validated(verdicts))
    again = [reliability_of(cross_validated(verdicts, repeat)) for repeat in range(1, REPEATS)]
    whole = [answer for file in files if file.path.stem == EVERY_FIELD for answer in file.answers]
    points = list(record_points(whole, verdicts, bench, rules_of))
    return CalibrationReport(
        calibration=fit(verdicts),
        rows=len(verdicts),
        records=len(points),
        record_gap=_gap(points),
        fields=mean_reliability([reliability_of(predictions), *again]),
        curve=cost_curve(points, price),
        values=value_curve(predictions),
    )


def _gap(points: Sequence[RecordPoint]) -> float:
    return mean([point.confidence for point in points]) - mean([point.right for point in points])
