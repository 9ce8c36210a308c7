"""Charts as points of an SVG with a view box of 100 x 100, drawn by templates. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIDE = 100


@dataclass(frozen=True, slots=True)
class Chart:
    """`line` and `second` are values of a polyline's `points`; `dots` are (x, y); `mark` is the x of a vertical line. y grows downwards."""

    title: str
    summary: str
    """What the picture shows, in words, for those who do not see it."""
    line: str
    dots: Sequence[tuple[float, float]] = ()
    second: str = ""
    mark: float | None = None


def reliability_chart(field: Mapping[str, Any]) -> Chart:
    """Confidence to the right, share of right values upwards; on the diagonal values are as right as they say."""
    dots = [_at(part["confidence"], part["accuracy"]) for part in field["bins"]]
    parts = [f"said {part['confidence']:.0%}, right {part['accuracy']:.0%}" for part in field["bins"]]
    return Chart(field["field"], "; ".join(parts), _points(dots), dots)


def curve_chart(curve: Sequence[Mapping[str, Any]], threshold: float) -> Chart | None:
    """Threshold to the right; `line` is the share that is right of what stays, `second` the share that goes to tier 2."""
    if not curve:
        return None
    low, high = float(curve[0]["threshold"]), float(curve[-1]["threshold"])

    def across(value: float) -> float:
        return (value - low) / (high - low)

    kept = [_at(across(point["threshold"]), point["precision"]) for point in curve if point["precision"] is not None]
    sent = [_at(across(point["threshold"]), point["escalated"]) for point in curve]
    chosen = next(point for point in curve if point["threshold"] == threshold)
    rest = "nothing stays" if chosen["precision"] is None else f"{chosen['precision']:.1%} of the fields of the rest are right"
    summary = f"At {threshold:.2f}, {chosen['escalated']:.1%} go to tier 2; {rest}"
    return Chart("Cost and precision by threshold", summary, _points(kept), second=_points(sent), mark=round(SIDE * across(threshold), 1))


def _at(across: float, up: float) -> tuple[float, float]:
    return round(SIDE * across, 1), round(SIDE * (1 - up), 1)


def _points(dots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in dots)
