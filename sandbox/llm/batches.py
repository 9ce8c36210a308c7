"""Batches as both paid vendors keep them: many questions at once, answered later, each with a fate of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Fate = Literal["answered", "errored", "expired", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """What came of one question. `body` is the vendor's answer or error, empty for one that was never run."""

    custom_id: str
    fate: Fate
    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Batch:
    """Ends at the second look, once everything is answered: a caller always meets one that still runs."""

    id: str
    custom_ids: list[str]
    input_file_id: str
    work: asyncio.Task[list[Outcome]]
    looks: int = 0
    is_cancelled: bool = False
    outcomes: list[Outcome] | None = None

    def look(self) -> None:
        """Somebody asks how it stands."""
        self.looks += 1
        if self.outcomes is None and self.looks > 1 and self.work.done():
            self.outcomes = self.work.result()

    def cancel(self) -> None:
        """Nothing of it will be answered any more."""
        if self.outcomes is None:
            self.work.cancel()
            self.is_cancelled = True
            self.outcomes = [Outcome(custom_id, "cancelled") for custom_id in self.custom_ids]

    @property
    def is_ended(self) -> bool:
        return self.outcomes is not None

    def count(self, fate: Fate) -> int:
        return sum(outcome.fate == fate for outcome in self.outcomes or ())


class Batches:
    """All batches of one vendor. `prefix` begins their ids."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers = itertools.count(1)
        self._all: dict[str, Batch] = {}

    def add(self, items: Mapping[str, Any], ask: Callable[[str, Any], Awaitable[Outcome]], input_file_id: str = "") -> Batch:
        """Begin a batch of custom id -> request."""
        batch_id = f"{self._prefix}{next(self._numbers):06d}"
        work = asyncio.create_task(_all_of(items, ask))
        self._all[batch_id] = Batch(batch_id, list(items), input_file_id, work)
        return self._all[batch_id]

    def find(self, batch_id: str) -> Batch | None:
        return self._all.get(batch_id)


async def _all_of(items: Mapping[str, Any], ask: Callable[[str, Any], Awaitable[Outcome]]) -> list[Outcome]:
    return [await ask(custom_id, request) for custom_id, request in items.items()]
