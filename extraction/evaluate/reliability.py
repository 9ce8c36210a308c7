"""Reliability: whether values given with confidence p are right in p of all cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from extraction.evaluate.metrics import mean, ratio
from extraction.evaluate.verdicts import Verdict

MIN_BIN_ROWS = 50
MAX_BINS = 10
MANY_ROWS = 300
LIMIT_MANY, LIMIT_FEW = 0.05, 0.08
"""Most calibration error allowed for fields with `MANY_ROWS` scored rows, and below that."""

Scored = tuple[float, bool]
"""(confidence, right)."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows of neighbouring confidences: how sure on average, and how often right."""

    confidence: float
    accuracy: float
    rows: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """A field's calibration. `raw_error` is that of the rules' own scores, over values stated."""

    field: str
    rows: int
    accuracy: float
    error: float
    stated_error: float
    raw_error: float
    bins: Sequence[ReliabilityBin]

    @property
    def limit(self) -> float:
        return LIMIT_MANY if self.rows >= MANY_ROWS else LIMIT_FEW

    @property
    def is_judged(self) -> bool:
        """Fewer rows than a bin needs say nothing about confidences either way."""
        return self.rows >= MIN_BIN_ROWS

    @property
    def is_over(self) -> bool:
        return self.is_judged and self.error > self.limit

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"limit": self.limit}


def equal_mass_bins(scored: Iterable[Scored]) -> list[ReliabilityBin]:
    """At most ten bins of equal size in the order of confidence, at least 50 rows each (one bin where there are fewer)."""
    ordered = sorted(scored, key=lambda pair: pair[0])
    count = max(1, min(MAX_BINS, len(ordered) // MIN_BIN_ROWS))
    cuts = [index * len(ordered) // count for index in range(count + 1)]
    parts = [ordered[start:end] for start, end in pairwise(cuts) if end > start]
    return [ReliabilityBin(mean([pair[0] for pair in part]), mean([pair[1] for pair in part]), len(part)) for part in parts]


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Expected calibration error: the mean distance between confidence and accuracy, by rows."""
    return ratio(sum(part.rows * abs(part.confidence - part.accuracy) for part in bins), sum(part.rows for part in bins))


def reliability_of(predictions: Iterable[tuple[Verdict, float]]) -> list[Reliability]:
    """One per field, in alphabetical order; `predictions` are verdicts with the confidence to be judged."""
    by_field: Mapping[str, list[tuple[Verdict, float]]] = defaultdict(list)
    for verdict, probability in predictions:
        by_field[verdict.field].append((verdict, probability))
    return [_of_field(field, by_field[field]) for field in sorted(by_field)]


def mean_reliability(repeats: Sequence[Sequence[Reliability]]) -> list[Reliability]:
    """The first of several cross-validations, with the mean errors of all of them."""
    return [
        replace(fields[0], error=mean([field.error for field in fields]), stated_error=mean([field.stated_error for field in fields]))
        for fields in zip(*repeats, strict=True)
    ]


def _of_field(field: str, predictions: Sequence[tuple[Verdict, float]]) -> Reliability:
    bins = equal_mass_bins((probability, verdict.right) for verdict, probability in predictions)
    stated = [(verdict, probability) for verdict, probability in predictions if verdict.stated]
    return Reliability(
        field=field,
        rows=len(predictions),
        accuracy=mean([verdict.right for verdict, _ in predictions]),
        error=calibration_error(bins),
        stated_error=calibration_error(equal_mass_bins((probability, verdict.right) for verdict, probability in stated)),
        raw_error=calibration_error(equal_mass_bins((verdict.confidence, verdict.right) for verdict, _ in stated)),
        bins=bins,
    )
