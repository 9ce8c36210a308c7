"""Reliability diagrams and the cost/precision curve as PNG. Readable in grey: shapes and labels, not colours, tell things apart."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from extraction.evaluate.curve import CurvePoint, ValuePoint
from extraction.evaluate.reliability import Reliability
from extraction.routing import CONFIDENCE_THRESHOLD

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACCENT, _QUIET = "#1f4e8c", "#777777"
_COLUMNS = 4
_DPI = 144


class PicturesMissingError(RuntimeError):
    """matplotlib is not installed."""


def _figure(width: float, height: float) -> Figure:
    """Raises PicturesMissingError. No window, no global state: a figure of its own."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.WARNING)  # it tells everybody that it has looked for fonts
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PicturesMissingError("pictures need matplotlib: install the extra `pictures`, or leave out --pictures") from error
    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def draw_reliability(fields: Sequence[Reliability], path: Path) -> None:
    """One diagram per field: how often values of a confidence are right; on the diagonal they are what they say."""
    rows = -(-len(fields) // _COLUMNS)
    figure = _figure(3.2 * _COLUMNS, 3.3 * rows)
    axes = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axis, field in zip(axes, fields, strict=False):
        _reliability(axis, field)
    for axis in axes[len(fields) :]:
        axis.set_axis_off()
    figure.suptitle("Reliability by field, cross-validated; each mark holds as many rows as the others")
    figure.savefig(path)


def _reliability(axis: Axes, field: Reliability) -> None:
    axis.plot([0, 1], [0, 1], color=_QUIET, linewidth=0.8, linestyle=":")
    axis.plot([part.confidence for part in field.bins], [part.accuracy for part in field.bins], color=_ACCENT, linewidth=0.8)
    axis.scatter([part.confidence for part in field.bins], [part.accuracy for part in field.bins], s=24, color=_ACCENT, zorder=3)
    axis.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="confidence", ylabel="right")
    axis.set_title(f"{field.field}\n{field.rows} rows, error {field.error:.3f} (limit {field.limit:.2f})", fontsize=9)
    axis.set_aspect("equal")


def draw_curve(records: Sequence[CurvePoint], values: Sequence[ValuePoint], path: Path) -> None:
    """Left: what tier 2 costs and what precision the rest has, by threshold. Right: the same for single values."""
    figure = _figure(13, 4.6)
    left, right = figure.subplots(1, 2)
    _record_curve(left, records)
    _value_curve(right, values)
    for axis in (left, right):
        axis.axvline(CONFIDENCE_THRESHOLD, color=_QUIET, linewidth=1)
        axis.annotate(f"{CONFIDENCE_THRESHOLD:.2f}", (CONFIDENCE_THRESHOLD, 0.02), xytext=(4, 0), textcoords="offset points", color=_QUIET)
    figure.savefig(path)


def _record_curve(axis: Axes, points: Sequence[CurvePoint]) -> None:
    thresholds = [point.threshold for point in points]
    axis.plot(thresholds, [point.escalated for point in points], color=_QUIET, linestyle="--", label="share to tier 2")
    kept = [(point.threshold, point.precision) for point in points if point.precision is not None]
    axis.plot([at for at, _ in kept], [precision for _, precision in kept], color=_ACCENT, label="right, of what stays")
    axis.set(xlabel="threshold on the record's confidence", ylabel="share", ylim=(0, 1.02), title="Records: precision and cost")
    costs = axis.twinx()
    costs.plot(thresholds, [point.usd for point in points], color="black", linestyle=":", label="USD per 1,000 postings")
    costs.set(ylabel="USD per 1,000 postings", ylim=(0, None))
    lines = [*axis.get_lines(), *costs.get_lines()]
    axis.legend(lines, [str(line.get_label()) for line in lines], loc="center left", fontsize=8)


def _value_curve(axis: Axes, points: Sequence[ValuePoint]) -> None:
    axis.plot([point.threshold for point in points], [point.kept for point in points], color=_QUIET, linestyle="--", label="share kept")
    kept = [(point.threshold, point.precision) for point in points if point.precision is not None]
    axis.plot([at for at, _ in kept], [precision for _, precision in kept], color=_ACCENT, label="right, of what is kept")
    axis.set(xlabel="threshold on a value's confidence", ylabel="share", ylim=(0, 1.02), title="Values: all fields together")
    axis.legend(loc="lower left", fontsize=8)
