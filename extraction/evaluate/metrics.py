"""The arithmetic of measuring: accuracy, F1, rank correlation, and bootstrap intervals. Pure functions on values."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, TypeVar

T = TypeVar("T")
Metrics = dict[str, float]

BOOTSTRAP_SAMPLES = 400
BOOTSTRAP_SEED = 20240229
_MIN_CLASS_ROWS = 5
_Z_SQUARED = 1.959964**2


def mean(values: Sequence[float]) -> float:
    """0 for no values."""
    return fmean(values) if values else 0.0


def ratio(part: float, whole: float) -> float:
    """0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def f1(true_positives: float, predicted: float, expected: float) -> float:
    return ratio(2 * true_positives, predicted + expected)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over the expected classes with at least five rows; `pairs` are (expected, predicted)."""
    expected = Counter(pair[0] for pair in pairs)
    predicted = Counter(pair[1] for pair in pairs)
    right = Counter(pair[0] for pair in pairs if pair[0] == pair[1])
    classes = [label for label, rows in expected.items() if rows >= _MIN_CLASS_ROWS]
    return mean([f1(right[label], predicted[label], expected[label]) for label in classes])


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """Rank correlation with ties at their mean rank; 0 where either side does not vary."""
    left, right = _ranks([pair[0] for pair in pairs]), _ranks([pair[1] for pair in pairs])
    mean_left, mean_right = mean(left), mean(right)
    covariance = sum((a - mean_left) * (b - mean_right) for a, b in zip(left, right, strict=True))
    spread = sum((a - mean_left) ** 2 for a in left) * sum((b - mean_right) ** 2 for b in right)
    return ratio(covariance, spread**0.5)


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for index in order[start : end + 1]:
            ranks[index] = (start + end) / 2
        start = end + 1
    return ranks


def bootstrap(observations: Sequence[T], summary: Callable[[Sequence[T]], Metrics]) -> dict[str, tuple[float, float]]:
    """95 % percentile interval of every metric; the seed is fixed, so that the same rows give the same interval.

    Where all rows are right, or none is, every draw says so: Wilson's interval then tells how little a few rows prove.
    """
    draw = random.Random(BOOTSTRAP_SEED)
    samples = [summary(draw.choices(observations, k=len(observations))) for _ in range(BOOTSTRAP_SAMPLES)] if observations else []
    names = samples[0] if samples else {}
    intervals = {name: _interval([sample[name] for sample in samples if name in sample]) for name in names}
    return {name: _wilson(bounds[0], len(observations)) if bounds in _CERTAIN else bounds for name, bounds in intervals.items()}


def bootstrap_gap(first: Sequence[T], second: Sequence[T], summary: Callable[[Sequence[T]], float]) -> tuple[float, float]:
    """95 % percentile interval of `summary(first) - summary(second)`, both sides drawn anew each time; the seed is fixed."""
    draw = random.Random(BOOTSTRAP_SEED)
    return _interval(
        [summary(draw.choices(first, k=len(first))) - summary(draw.choices(second, k=len(second))) for _ in range(BOOTSTRAP_SAMPLES)]
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    tail = len(ordered) * 25 // 1000
    return ordered[tail], ordered[-1 - tail]


_CERTAIN = {(0.0, 0.0), (1.0, 1.0)}


def _wilson(share: float, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that is 0 or 1."""
    room = _Z_SQUARED / (rows + _Z_SQUARED)
    return (1.0 - room, 1.0) if share else (0.0, room)


def folded(value: Any) -> str:
    """A text compared without regard to case and space; None as the empty text."""
    return " ".join(str(value or "").split()).casefold()
