"""Ids of rows as people, addresses and cursors write them."""

from __future__ import annotations

_MOST_DIGITS = 18  # PostgreSQL's bigint holds all of these


def row_id(written: str) -> int | None:
    """The id; None of anything else, and of a number that no row can have."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= _MOST_DIGITS else None
