"""The report of a run as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gtm_site.report import Report

COUNTS = {
    "jobs_ingested": "postings stored, new or changed",
    "jobs_extracted_t0": "extracted by tier 0 (rules)",
    "jobs_extracted_t1": "extracted by tier 1 (local model)",
    "jobs_extracted_t2": "extracted by tier 2 (paid model)",
    "jobs_escalated_t2": "sent to tier 2",
    "jobs_needing_t2": "would be better with tier 2",
    "tier2_tokens_in_total": "tier 2, tokens of prompts",
    "tier2_tokens_out_total": "tier 2, tokens of answers",
}


def report_tables(report: Report) -> RenderableType:
    """Everything that the JSON holds, but only the parts that say something."""
    return Group(*(part for table in _parts(report) for part in (table, Text())))


def _parts(report: Report) -> Iterator[RenderableType]:
    yield Text(f"Run {report['kind']} {report['run_id']}: {report['state']}{_took(report['seconds'])}", style="bold")
    yield _counts(report)
    yield from _table("Stages", ("stage", "unit", "done", "gone", "failed", "seconds"), _stages(report))
    by_type = ((name, row["ingested"], row["published"]) for name, row in report["by_source_type"].items())
    yield from _table("By source type", ("ATS", "stored", "published"), by_type)
    yield from _table("Given up", ("what", "why", "count"), _failures(report))
    yield from _table("Waiting", ("tier", "postings"), report["waiting_by_tier"].items())
    yield from _table("Language models", ("provider", "model", "for", "calls", "failed", "tokens in", "tokens out", "USD"), _llm(report))
    rates = ((name, f"{rate:.1%}") for name, rate in report["fill_rates"].items())
    yield from _table("Fields stated", ("field", "of all records"), rates)
    skills = ((row["skill"], row["count"]) for row in report["top_20_skills_by_count"])
    yield from _table("Most named skills of the catalogue", ("skill", "jobs"), skills)


def _counts(report: Report) -> Table:
    stored, *others = [(words, report[name]) for name, words in COUNTS.items()]
    published = [(f"of these published, {state} now", count) for state, count in report["jobs_by_state"].items()]
    rows: list[tuple[str, object]] = [stored, *published, *others]
    rows.append(("tier 2, estimated cost", f"{report['tier2_estimated_cost_usd']:,.4f} USD"))
    rows.append(("tier 2, booked cost", f"{report['tier2_cost_usd']:,.4f} USD"))
    (table,) = _table("Postings of this run", ("what", "count"), rows)
    return table


def _stages(report: Report) -> Iterator[tuple[object, ...]]:
    for name, stage in report["stages"].items():
        seconds = "-" if stage["seconds"] is None else f"{stage['seconds']:,.1f}"
        yield name, stage["unit"], stage["done"], stage.get("gone", 0), stage["failed"], seconds


def _failures(report: Report) -> Iterator[tuple[object, ...]]:
    failures = report["failures"]
    for kind, count in failures["sources"].items():
        yield "boards", kind, count
    for name, why in (("postings_unreadable", "not readable"), ("postings_not_extracted", "not extracted")):
        if failures[name]:
            yield "postings", why, failures[name]


def _llm(report: Report) -> Iterator[tuple[object, ...]]:
    for row in report["llm"]:
        failed = row["failed"] + row["lost"]
        head = (row["provider"], row["model"], row["purpose"], row["calls"], failed)
        yield *head, row["tokens_in"], row["tokens_out"], f"{row['cost_usd']:,.4f}"


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[Table]:
    """One table; none when there are no rows."""
    cells = [tuple(_cell(value) for value in row) for row in rows]
    if not cells:
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for column, value in zip(columns, cells[0], strict=True):
        table.add_column(column, justify="right" if value[:1].isdigit() or value == "-" else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    yield table


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f" after {seconds:,.0f} s"
