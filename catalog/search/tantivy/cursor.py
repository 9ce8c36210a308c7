"""Cursors of searches that tantivy answers: which jobs were shown by relevance, and where the order by a column goes on.

Scores change with every job that is added, so a score is no place to go on from. The few jobs that are ordered by
relevance are named one by one instead, and left out of all that follows. Opaque, not secret.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from catalog.errors import CursorError

_FORMAT = b"t1"
_MAX_LENGTH = 4_000
_LARGEST = 2**62
"""Of ids and of what jobs are sorted by, with room for one more on either side."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`order`: what the search is sorted by. `shown`: by relevance. `after`: value and id of the last row of the order by a column."""

    order: str
    shown: frozenset[int] = frozenset()
    after: tuple[int, int] | None = field(default=None)

    def __str__(self) -> str:
        numbers = [len(self.shown), *_steps(sorted(self.shown)), *(map(_unsigned, self.after) if self.after else ())]
        payload = _FORMAT + self.order[:1].encode() + b"".join(map(_varint, numbers))
        return base64.urlsafe_b64encode(payload).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, order: str) -> Cursor:
        """What `str` gives. Raises CursorError for anything else, and for a cursor of another order."""
        head = _FORMAT + order[:1].encode()
        if len(text) > _MAX_LENGTH or not text.isascii():
            raise CursorError("cursor: not one of ours")
        try:
            payload = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if not payload.startswith(head):
                raise CursorError("cursor: of another order")
            number, *numbers = _numbers(payload[len(head) :])
        except (binascii.Error, ValueError) as error:
            raise CursorError("cursor: not one of ours") from error
        steps, after = numbers[:number], numbers[number:]
        if len(steps) != number or len(after) not in (0, 2):
            raise CursorError("cursor: cut off")
        shown, signed = _sums(steps), tuple(map(_signed, after))
        if not all(0 < number <= _LARGEST for number in (*shown, *signed[1:])) or not all(abs(value) <= _LARGEST for value in signed):
            raise CursorError("cursor: holds a number that no column does")
        return cls(order, frozenset(shown), (signed[0], signed[1]) if signed else None)


def _steps(ids: list[int]) -> list[int]:
    return [here - before for before, here in zip([0, *ids], ids, strict=False)]


def _sums(steps: list[int]) -> list[int]:
    ids, last = [], 0
    for step in steps:
        last += step
        ids.append(last)
    return ids


def _unsigned(number: int) -> int:
    return number << 1 if number >= 0 else ~(number << 1)


def _signed(number: int) -> int:
    return number >> 1 if number % 2 == 0 else ~(number >> 1)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the last byte is below 128."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _numbers(payload: bytes) -> list[int]:
    """Raises ValueError for what does not end with a number's last byte, or has one beyond 64 bits."""
    numbers, number, shift = [], 0, 0
    for byte in payload:
        number |= (byte & 127) << shift
        shift += 7
        if shift > 70:
            raise ValueError("a number too long")
        if byte < 128:
            numbers.append(number)
            number = shift = 0
    if shift or not numbers:
        raise ValueError("a number cut off")
    return numbers
