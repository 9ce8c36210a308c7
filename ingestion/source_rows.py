"""How sources are shown: the reason for their state in words, also where no error wrote one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from ingestion.models import Source

_TONES = {
    Source.State.VALID: "accent",
    Source.State.GONE: "warn",
    Source.State.BLOCKED: "danger",
    Source.State.FAILED: "danger",
    Source.State.PAUSED: "warn",
}

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


@dataclass(frozen=True)
class SourceRow:
    """A source as one line of a list. `tone` colours its state.

    `is_due`: its next check has come; `is_resting`: it is invalid and not asked before.
    """

    source: Source
    reason: str
    tone: str
    is_resting: bool
    is_due: bool


def source_row(source: Source) -> SourceRow:
    state = Source.State(source.state)
    is_due = source.next_check_at <= timezone.now()
    return SourceRow(source, reason_of(source), _TONES.get(state, ""), state in Source.INVALID and not is_due, is_due)
