"""Counts and facets of large searches, remembered by each web process for some seconds.

Of a search that more than CAP jobs match, both are lower bounds and say so ("10,000+"), and finding them is most of what its
answer costs. What is exact is never remembered: a number without "+" is counted when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, TypeVar

from catalog.search.backend import FacetRows, search_backend
from catalog.search.counts import Count
from catalog.search.query import Search

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_Rows = Mapping[str, FacetRows]
SECONDS = 15.0
_MOST = 500
_counts: dict[Search, tuple[float, Count]] = {}
_facets: dict[tuple[Search, tuple[str, ...]], tuple[float, tuple[_Rows, Any]]] = {}


def search_count(search: Search) -> Count:
    """How many match, by the backend in use."""
    if search.is_long:
        return search_backend().count(search)
    return remembered_or_found(_counts, search, lambda: search_backend().count(search), lambda count: not count.is_exact)


def search_facet_values(search: Search, names: Sequence[str], read: Callable[[_Rows], _Value]) -> _Value:
    """How they divide, by the backend in use, as `read` (the same in every call) reads it: names are looked up once, too."""

    def find() -> tuple[_Rows, _Value]:
        rows = search_backend().facets(search, names)
        return rows, read(rows)

    if search.is_long:
        return find()[1]
    found: _Value = remembered_or_found(_facets, (search, tuple(names)), find, lambda found: _is_bound(found[0]))[1]
    return found


def forget() -> None:
    """Count everything anew."""
    _counts.clear()
    _facets.clear()


def _is_bound(facets: _Rows) -> bool:
    return any(not count.is_exact for rows in facets.values() for _, count in rows[:1])


def remembered_or_found(
    kept: dict[_Key, tuple[float, _Value]], key: _Key, find: Callable[[], _Value], is_kept: Callable[[_Value], bool]
) -> _Value:
    """What `kept` holds under the key for SECONDS, or else what is found now; that goes into `kept` where `is_kept` says so."""
    until, value = kept.get(key, (0.0, None))
    if value is not None and monotonic() < until:
        return value
    found = find()
    if is_kept(found):
        _make_room(kept)
        kept[key] = monotonic() + SECONDS, found
    return found


def _make_room(kept: dict[_Key, tuple[float, _Value]]) -> None:
    # Other threads of the process do the same at the same time.
    for key in [key for key, (until, _) in list(kept.items()) if until < monotonic()]:
        kept.pop(key, None)
    if len(kept) >= _MOST:
        kept.clear()
