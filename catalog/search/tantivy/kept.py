"""What is known of searches for as long as a tantivy index is the same: page, count and facets of one follow each other."""

from __future__ import annotations

from typing import Generic, TypeVar

from catalog.search.query import Condition, Search

_MOST = 200
_Key = tuple[str, tuple[Condition, ...]]
_Value = TypeVar("_Value")


class Kept(Generic[_Value]):
    """A value for each of the last `most` searches or so, of one state of the index. Threads may share it."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[_Key, _Value] = {}

    def get(self, search: Search) -> _Value | None:
        """None where nothing was kept."""
        return self._kept.get(_key(search))

    def keep(self, search: Search, value: _Value) -> _Value:
        if search.is_long:
            return value
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[_key(search)] = value
        return value


def _key(search: Search) -> _Key:
    """What matches is the same in every order."""
    return search.text, search.conditions
