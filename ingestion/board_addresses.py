"""Where a person finds a board: what other apps are handed as a function, by settings."""

from __future__ import annotations

from ingestion.ats.registry import adapters


def board_url(source_type: str, source_key: str, posting_url: str) -> str:
    """The page of the board; the region is read from the address of one of its postings. "" for an ATS that no adapter reads any more."""
    reader = adapters().get(source_type)
    if reader is None:
        return ""
    _, region = reader.source_from_url(posting_url) or (source_key, "")
    return reader.board_url(source_key, region)
