"""A posting made ready for rules: the typed view, the cleaned text and its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from ingestion.ats.base import Posting

_ASCII = bytes(range(128))


class SectionKind(StrEnum):
    ABOUT = "about"
    SUMMARY = "summary"
    RESPONSIBILITIES = "responsibilities"
    REQUIREMENTS = "requirements"
    PREFERRED = "preferred"
    BENEFITS = "benefits"
    COMPENSATION = "compensation"
    LEGAL = "legal"
    OTHER = "other"


class Section(NamedTuple):
    """`text[start:end]` of the document, heading included; `heading` is empty before the first one."""

    kind: SectionKind
    heading: str
    start: int
    end: int


@dataclass(unsafe_hash=True)  # not frozen, see `extraction.evidence`
class Document:
    """Input of every rule. Offsets of all findings refer to `text`."""

    posting: Posting
    text: str
    sections: Sequence[Section]
    company_name: str
    source_type: str = ""
    source_key: str = ""
    language: str | None = None

    @cached_property
    def lower(self) -> str:
        """Lower-cased text of the same length (characters whose lower case is longer stay as they are)."""
        return _lowered(self.text)

    @cached_property
    def remembered(self) -> dict[object, Any]:
        """What rules that share work keep for each other, each under a key of its own."""
        return {}

    def section_at(self, position: int) -> Section | None:
        return next((s for s in self.sections if s.start <= position < s.end), None)


def _lowered(text: str) -> str:
    raw = text.encode()
    # `str.lower` is slow as soon as one bullet is no ASCII; mostly what is no ASCII has no case, and its bytes may stay.
    foreign = raw.translate(None, _ASCII).decode()
    if foreign == foreign.lower():
        return raw.lower().decode()
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
