"""What two extractions of the same contents make of each field. Pure: values in, counts and examples out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from extraction.schema import JobExtractedV1

COMPARED: Final = tuple(
    name
    for name in JobExtractedV1.model_fields
    if name not in {"source_type", "source_key", "source_job_id", "highlights", "confidence", "needs_tier2"}
)
"""The facts of a record. Highlights are their evidence, the rest says nothing about the posting."""

EXAMPLES: Final = 20

_EVIDENCE_OF: Final = {
    "location_city": "location",
    "location_state": "location",
    "location_country": "location",
    "salary_min_usd": "salary",
    "salary_max_usd": "salary",
}
# Matched in the text word by word: their places stand with the job's skills, not with the record.
_LOCATED_BY_MATCHING: Final = frozenset({"skills_raw", "tools_raw"})


class Change(StrEnum):
    """What became of one field of one posting."""

    SAME = "same"
    FILLED = "filled"
    EMPTIED = "emptied"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Side:
    """One extraction: its record, and its evidence by field, as they are stored."""

    record: Mapping[str, Any]
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """One change, to be looked at."""

    posting_id: int
    change: Change
    before: Any
    after: Any


@dataclass(slots=True)
class FieldDiff:
    """One field over the sample. `stated_*`: records that state it; `grounded_*`: those of them whose evidence has a place."""

    name: str
    changes: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    stated_before: int = 0
    stated_after: int = 0
    grounded_before: int = 0
    grounded_after: int = 0
    examples: list[Example] = field(default_factory=list)

    @property
    def differing(self) -> int:
        return sum(count for change, count in self.changes.items() if change is not Change.SAME)


def compare(pairs: Iterable[tuple[int, Side, Side]]) -> list[FieldDiff]:
    """By field, those that differ most first; `pairs` are (posting id, what stood, what the experiment says)."""
    diffs = [FieldDiff(name) for name in COMPARED]
    for posting_id, before, after in pairs:
        for diff in diffs:
            _add(diff, posting_id, before, after)
    return sorted(diffs, key=lambda diff: -diff.differing)


def change_of(before: Any, after: Any) -> Change:
    """Lists are compared as sets, whatever the case of their letters."""
    if _comparable(before) == _comparable(after):
        return Change.SAME
    if not is_stated(before):
        return Change.FILLED
    return Change.CHANGED if is_stated(after) else Change.EMPTIED


def is_stated(value: Any) -> bool:
    return value not in (None, "", [], "unknown")


def _add(diff: FieldDiff, posting_id: int, before: Side, after: Side) -> None:
    old, new = before.record.get(diff.name), after.record.get(diff.name)
    change = change_of(old, new)
    diff.changes[change] += 1
    diff.stated_before += is_stated(old)
    diff.stated_after += is_stated(new)
    diff.grounded_before += is_stated(old) and _is_grounded(diff.name, before.evidence)
    diff.grounded_after += is_stated(new) and _is_grounded(diff.name, after.evidence)
    if change is not Change.SAME and len(diff.examples) < EXAMPLES:
        diff.examples.append(Example(posting_id, change, old, new))


def _is_grounded(name: str, evidence: Mapping[str, Any]) -> bool:
    if name in _LOCATED_BY_MATCHING:
        return True
    found = evidence.get(_EVIDENCE_OF.get(name, name)) or {}
    spans: Sequence[Mapping[str, Any]] = found.get("spans") or ()
    return any(span.get("pointer") is not None or span.get("start") is not None for span in spans)


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return {item.casefold() for item in value}
    return None if not is_stated(value) else value
