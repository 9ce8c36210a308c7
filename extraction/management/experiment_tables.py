"""The diff of an experiment as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def experiment_tables(report: Mapping[str, Any]) -> RenderableType:
    """Fields, then the gold score, what failed, and the cost."""
    return Group(*_parts(report))


def _parts(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    named, postings = report["experiment"], report["postings"]
    yield Text(
        f"Experiment {named['id']}: {named['provider']} {named['model']} {named['prompt_version']}, tier {named['tier']}", style="bold"
    )
    yield Text(
        f"{postings['compared']:,} of {postings['sampled']:,} postings compared, {postings['not_extracted']:,} could not be extracted"
    )
    yield _fields(report)
    if report.get("gold"):
        yield _gold(report)
    for error in report["errors"]:
        yield Text(f"{error['postings']:,} x {error['error']}", style="yellow")
    cost = report["cost"]
    yield Text(
        f"{cost['calls']:,} calls, {cost['tokens_in']:,} tokens in, {cost['tokens_out']:,} out, {cost['spent_usd']:.4f} USD spent;"
        f" doubtful records {report['needs_tier2']['before']:,} -> {report['needs_tier2']['after']:,}"
    )


def _fields(report: Mapping[str, Any]) -> Table:
    table = Table("field")
    for name in ("same", "changed", "filled", "emptied", "stated before", "after", "with a place before", "after"):
        table.add_column(name, justify="right")
    for field in report["fields"]:
        counts = (f"{field[name]:,}" for name in ("same", "changed", "filled", "emptied"))
        shares = (share(field[name]) for name in ("coverage_before", "coverage_after", "grounded_before", "grounded_after"))
        table.add_row(field["field"], *counts, *shares)
    return table


def _gold(report: Mapping[str, Any]) -> Table:
    table = Table("labelled file", "metric")
    for name in ("rows", "rules", "experiment"):
        table.add_column(name, justify="right")
    for row in report["gold"]:
        table.add_row(row["file"], row["metric"], str(row["rows"]), f"{row['rules']:.3f}", f"{row['experiment']:.3f}")
    return table


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
