"""Evidence: where a fact stands. Spans are computed here, never taken on trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


# Values that nobody changes, like all others here; but a posting has dozens of them, and to make a frozen one takes twice the time.
@dataclass(slots=True, unsafe_hash=True)
class Evidence:
    """Where a value was found: a JSON pointer into the payload, or `[start, end)` in the cleaned text.

    `quote` is the text at that place. With a pointer, start and end (when given) count inside that one field.
    """

    quote: str
    pointer: str | None = None
    start: int | None = None
    end: int | None = None

    @property
    def in_text(self) -> bool:
        return self.pointer is None and self.start is not None


@dataclass(slots=True, unsafe_hash=True)
class Finding(Generic[T]):
    """A value with its evidence, the rule that found it and how sure that rule is (0..1)."""

    value: T
    rule: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()


def span_of(text: str, start: int, end: int) -> Evidence:
    """Evidence for `text[start:end]`, outer white space left out. Raises ValueError for a span with no text."""
    quote = text[start:end]
    stripped = quote.strip()
    if not stripped:
        raise ValueError(f"no text at {start}:{end}")
    start += len(quote) - len(quote.lstrip())
    return Evidence(quote=stripped, start=start, end=start + len(stripped))
