"""What was made of jobs' rows, and is made again only where a row has changed: items of the API, lines of the list.

Most answers show jobs that answers just before have shown. Each web process remembers those; PostgreSQL tells which rows
are still the same, so that no answer is older than its rows. The names of skills stand in other rows: a change of one
is seen after SECONDS at the latest.
"""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

SECONDS = 15.0
# The version of a row `j`: who wrote it, and where it lies. Every change of a row gives it another one.
VERSION = "j.xmin::text || j.ctid::text"

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class RowMemory(Generic[_Key, _Value]):
    """The last `most` values or so, by key and version. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[_Key, tuple[float, str, _Value]] = {}

    def get(self, key: _Key) -> tuple[str, _Value] | None:
        """The version and what was made of it."""
        until, version, value = self._kept.get(key, (0.0, "", None))
        return (version, value) if value is not None and monotonic() < until else None

    def put(self, key: _Key, version: str, value: _Value) -> None:
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[key] = monotonic() + SECONDS, version, value
