"""What differs between two payloads of a posting. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.ats.base import Payload

# Characters kept unchanged on both sides of a difference when it is shown.
AROUND = 20


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that differs. `pointer` is its JSON pointer (RFC 6901); None = there was, or is, no such value."""

    pointer: str
    before: Any
    after: Any

    @property
    def shown(self) -> tuple[str, str]:
        """Both sides as text, cut to where they differ."""
        return _cut_to_difference(_text(self.before), _text(self.after))


def payload_changes(before: Payload, after: Payload, fields: Sequence[str]) -> list[FieldChange]:
    """The leaves that differ below these top-level keys, in the order of the keys."""
    return [change for name in fields for change in _changes(before.get(name), after.get(name), f"/{_escaped(name)}")]


def _changes(before: Any, after: Any, pointer: str) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _changes(before.get(key), after.get(key), f"{pointer}/{_escaped(key)}")
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _changes(_item(before, index), _item(after, index), f"{pointer}/{index}")
    elif before != after or type(before) is not type(after):
        yield FieldChange(pointer, before, after)


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _cut_to_difference(before: str, after: str) -> tuple[str, str]:
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return _window(before, head, tail), _window(after, head, tail)


def _window(text: str, head: int, tail: int) -> str:
    start, end = max(0, head - AROUND), min(len(text), len(text) - tail + AROUND)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
