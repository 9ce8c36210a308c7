"""How a board changes from day to day: which postings it holds on a day, and in which revision."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# Shares of a board's postings, a day.
_CHANGED = 0.05
_CLOSED = 0.012
_NEW = 0.014
_REOPENED = 0.03


@dataclass
class Slot:
    """One posting's place on a board. `born`: day it appeared (0 = it was there); `changed`: the day of

    the newest revision; `open`: whether the board shows it.
    """

    index: int
    born: int = 0
    revision: int = 0
    changed: int = 0
    open: bool = True


def slots_on(day: int, size: int, identity: str) -> list[Slot]:
    """The open slots of a board that began with `size` postings, newest first within a day.

    The same identity and day give the same slots, whichever days were asked before.
    """
    slots = [Slot(index) for index in range(size)]
    for today in range(1, day + 1):
        _live_through(slots, today, Random(f"{identity}/day/{today}"))
    return [slot for slot in reversed(slots) if slot.open] if day else slots


def _live_through(slots: list[Slot], today: int, rng: Random) -> None:
    alive = sum(slot.open for slot in slots)
    for slot in slots:
        draw = rng.random()
        if slot.open:
            _age(slot, today, draw)
        elif draw < _REOPENED:
            slot.open = True
    for _ in range(_count(alive * _NEW, rng)):
        slots.append(Slot(len(slots), born=today, changed=today))


def _age(slot: Slot, today: int, draw: float) -> None:
    if draw < _CLOSED:
        slot.open = False
    elif draw < _CLOSED + _CHANGED:
        slot.revision += 1
        slot.changed = today


def _count(expected: float, rng: Random) -> int:
    """A whole number whose mean is `expected`."""
    return int(expected) + (rng.random() < expected % 1)
