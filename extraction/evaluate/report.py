"""The measured figures as a table for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from extraction.evaluate.run import FileReport


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
    low, high = report.intervals.get(main[0], (0.0, 0.0))
    interval = f"{low:.3f} to {high:.3f}" if report.intervals else "-"
    return report.stem, f"{main[0]} {main[1]:.3f}", interval, ", ".join(f"{name} {value:.3f}" for name, value in others)


def json_of(reports: Sequence[FileReport]) -> dict[str, Any]:
    """`{"<file stem>": {...}}` as `FileReport.as_json` describes."""
    return {report.stem: report.as_json() for report in reports}
