"""How sources are shown: the reason for their state in words, also where no error wrote one."""

from __future__ import annotations

from ingestion.models import Source

_REASONS = {
    Source.State.DISCOVERED: "found, not asked yet",
    Source.State.VALID: "the list answered with postings",
    Source.State.EMPTY: "the list answered, without a posting",
    Source.State.PAUSED: "paused",
}
_MARKS = {
    "phantom": "left by a template or a broken script: hardly a company",
    "demo": "looks like a demonstration, not like a company",
    "sandbox": "invented: asked only inside the sandbox",
}


def reason_of(source: Source) -> str:
    """Why the source is in its state."""
    return source.state_reason or _REASONS.get(Source.State(source.state), "")


def mark_meaning(mark: str) -> str:
    """What a mark says about a board."""
    return _MARKS.get(mark, "")
