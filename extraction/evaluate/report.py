"""The measured figures as a table for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from extraction.evaluate.fields import FieldReport
from extraction.evaluate.gaps import Gap
from extraction.evaluate.run import FileReport
from extraction.evaluate.verdicts import Verdict

_SHOWN_WORDS = 8


def table_of(reports: Sequence[FileReport]) -> Table:
    """One row per file: rows, the main metric with its 95 % interval, then the other metrics."""
    table = Table(title="Extraction measured on labelled rows")
    for name in ("file", "main metric", "95 % interval", "further metrics"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "scored", "skipped"):
        table.add_column(name, justify="right")
    for report in reports:
        table.add_row(*_cells(report), str(report.rows), str(report.scored), str(report.skipped))
    return table


def _cells(report: FileReport) -> tuple[str, str, str, str]:
    if not report.metrics:
        return report.stem, "not measured", "-", ""
    main, *others = report.metrics.items()
    interval = _interval(report.intervals[main[0]]) if report.intervals else "-"
    return report.stem, f"{main[0]} {main[1]:.3f}", interval, ", ".join(f"{name} {value:.3f}" for name, value in others)


def fields_table(reports: Sequence[FieldReport]) -> Table:
    """One row per field and tier, all files that judge it together."""
    table = Table(title="By field: accuracy over all rows, precision over the values stated")
    for name in ("field", "provider", "tier", "rows", "accuracy", "95 % interval", "stated", "precision", "95 % interval", "confidence"):
        table.add_column(name, justify="left" if name in ("field", "provider") else "right")
    for report in reports:
        table.add_row(
            report.field,
            report.provider,
            str(report.tier),
            str(report.rows),
            f"{report.accuracy:.3f}",
            _interval(report.accuracy_95),
            str(report.stated),
            f"{report.precision:.3f}",
            _interval(report.precision_95),
            f"{report.confidence:.3f}",
        )
    return table


def gaps_table(gaps: Sequence[Gap], sides: tuple[str, str]) -> Table:
    """One row per file; a defect is named."""
    table = Table(title=f"Main metric: {sides[0]} minus {sides[1]}")
    for name in ("file", "metric", *sides, "difference", "95 % interval", ""):
        table.add_column(name, justify="left" if name in ("file", "metric", "") else "right")
    for gap in gaps:
        figures = (f"{gap.first:.3f}", f"{gap.second:.3f}", f"{gap.difference:+.3f}", _interval((gap.low, gap.high)))
        table.add_row(gap.file, gap.metric, *figures, "overfitting" if gap.is_defect else "")
    return table


def worst_table(verdicts: Sequence[Verdict], field: str) -> Table:
    """Ids, rules and a few words of each value: for the terminal, never for a file."""
    table = Table(title=f"Wrong {field}, the surest first")
    for name in ("file", "row", "rule", "confidence", "label", "ours"):
        table.add_column(name, overflow="fold", justify="right" if name == "confidence" else "left")
    for verdict in verdicts:
        words = (_few_words(verdict.expected), _few_words(verdict.found))
        table.add_row(verdict.file, _few_words(verdict.row_id), verdict.bin.rule, f"{verdict.confidence:.2f}", *words)
    return table


def _interval(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:.3f} to {bounds[1]:.3f}"


def _few_words(text: str) -> str:
    words = text.split()
    return " ".join(words[:_SHOWN_WORDS]) + (" ..." if len(words) > _SHOWN_WORDS else "")


def json_of(reports: Sequence[FileReport], gaps: Sequence[Gap] = ()) -> dict[str, Any]:
    """`{"<file stem>": {...}}` as `FileReport.as_json` describes; a file's gaps, where they were asked for, as its member `gaps`."""
    figures = {report.stem: report.as_json() for report in reports}
    for gap in gaps:
        figures[gap.file].setdefault("gaps", []).append(gap.as_json())
    return figures
