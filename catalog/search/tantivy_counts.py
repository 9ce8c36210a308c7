"""How many jobs of a tantivy index match. Imports tantivy."""

from __future__ import annotations

import tantivy

from catalog.search.query import Condition, Search

_MOST = 200
_Key = tuple[str, tuple[Condition, ...]]


class Counted:
    """How many match the last `most` searches or so, of one state of the index. Threads may share it."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[_Key, int] = {}

    def get(self, search: Search) -> int | None:
        """None where nobody has counted."""
        return self._kept.get(_key(search))

    def keep(self, search: Search, number: int) -> int:
        if search.is_long:
            return number
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[_key(search)] = number
        return number


def count_matches(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """Every job has one id. Several times cheaper than a search for one hit with the number of all, which orders or scores them."""
    answer = searcher.aggregate(query, {"jobs": {"value_count": {"field": "id"}}})
    return int(answer["jobs"]["value"])


def _key(search: Search) -> _Key:
    """What matches is the same in every order."""
    return search.text, search.conditions
