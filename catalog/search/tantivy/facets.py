"""How the matches in a tantivy index divide by columns: exact, largest first, of equals by value. Imports tantivy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tantivy

from catalog.search.backend import FacetRows
from catalog.search.counts import Count
from catalog.search.facets import FACETS, LONGEST
from catalog.search.tantivy.folder import Opened

# A value and its jobs: {"key": 3.0, "doc_count": 12}.
_Bucket = Mapping[str, Any]
# Values that one segment of the index hands on: more than any column has, or the sums would leave some out.
_ALL = 10_000_000
# Read beyond those that are shown, so that equals at the end can be told apart; more are asked for where that is not enough.
_EQUALS = 12
# Most companies have one or two of so few matches: nearly all values are equals, and so many are read at once.
_FEW = 1_500
_EQUALS_OF_FEW = 250


def facet_rows(opened: Opened, query: tantivy.Query, names: Sequence[str], matches: int | None = None) -> Mapping[str, FacetRows]:
    """`matches`: how many there are, where that is known."""
    equals = min(matches, _EQUALS_OF_FEW) if matches is not None and matches <= _FEW else _EQUALS
    wanted: Mapping[str, int] = {name: LONGEST + (_EQUALS if FACETS[name].is_array else equals) for name in names}
    found: dict[str, FacetRows] = {}
    while wanted:
        counted = _counted(opened, query, wanted)
        cut = {name: number * 16 for name, number in wanted.items() if _is_cut(counted[name], number)}
        found |= {name: _rows(counted[name]) for name in wanted if name not in cut}
        wanted = cut
    return found


def _counted(opened: Opened, query: tantivy.Query, wanted: Mapping[str, int]) -> dict[str, Sequence[_Bucket]]:
    """The largest values of each facet, in no order of equals."""
    asked = {name: {"terms": {"field": FACETS[name].column, "size": number, "segment_size": _ALL}} for name, number in wanted.items()}
    answer = opened.searcher.aggregate(query, asked)
    return {name: answer[name]["buckets"] for name in wanted}


def _is_cut(counted: Sequence[_Bucket], number: int) -> bool:
    """Whether values that are left out have as many jobs as the last one to be shown."""
    return len(counted) == number and counted[-1]["doc_count"] == counted[LONGEST - 1]["doc_count"]


def _rows(counted: Sequence[_Bucket]) -> FacetRows:
    least = counted[LONGEST - 1]["doc_count"] if len(counted) > LONGEST else 0
    shown = [(_text(bucket["key"]), int(bucket["doc_count"])) for bucket in counted if bucket["doc_count"] >= least]
    shown.sort(key=lambda row: (-row[1], row[0]))
    return [(value, Count(number, is_exact=True)) for value, number in shown[:LONGEST]]


def _text(value: object) -> str:
    """Numbers come as floats."""
    return str(int(value)) if isinstance(value, float) else str(value)
