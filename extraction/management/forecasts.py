"""A forecast as a table, and the question that follows it."""

from __future__ import annotations

import sys

from rich.table import Table

from extraction.forecast import Forecast


def forecast_table(found: Forecast) -> Table:
    """Postings, calls, tokens, dollars, and what the cap leaves."""
    expected = found.expected
    table = Table("estimate", "", title="Before anything is sent", title_justify="left", show_header=False)
    table.columns[1].justify = "right"
    rows = {
        "postings": f"{found.postings:,}",
        "prompts made and counted": f"of {found.counted:,} postings" + ("" if found.counted == found.postings else ", the rest like them"),
        "calls that the ledger answers already": f"{found.stored:,}",
        "calls to send": f"{expected.calls:,}",
        "tokens of prompts": f"{expected.tokens_in:,}",
        "tokens of answers": f"{expected.tokens_out:,}",
        "expected cost": f"{expected.cost_usd:,.4f} USD",
        "at most": f"{found.at_most_usd:,.4f} USD",
        f"left under {found.cap.setting}": f"{found.cap.left_usd:,.4f} USD",
        "rests on": basis(found),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def basis(found: Forecast) -> str:
    """In words, how the numbers were come by."""
    known = found.experience
    if known.tokens_out is None:
        return "our own count; answers as long as they may be, since this model has answered none yet"
    return f"our own count and {known.calls:,} answered calls of this model"


def confirmed(question: str) -> bool:
    """Ask on a terminal; where nobody can answer, the caps are the answer."""
    if not sys.stdin.isatty():
        return True
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
