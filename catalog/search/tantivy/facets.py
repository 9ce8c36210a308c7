"""How the matches in a tantivy index divide by columns: exact, largest first, of equals by value. Imports tantivy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tantivy

from catalog.search.backend import FacetRows
from catalog.search.counts import Count
from catalog.search.facets import FACETS, LONGEST
from catalog.search.tantivy.folder import Opened

# Values that one segment of the index hands on: more than any column has, or the sums would leave some out.
_ALL = 10_000_000
# Read beyond those that are shown, so that equals at the end can be told apart; more are asked for where that is not enough.
_EQUALS = 12
# Most companies have one of so few matches: so many values are equals that they are all read at once.
_FEW = 250


def facet_rows(opened: Opened, query: tantivy.Query, names: Sequence[str], matches: int | None = None) -> Mapping[str, FacetRows]:
    """`matches`: how many there are, where that is known."""
    wanted: Mapping[str, int] = dict.fromkeys(names, LONGEST + _EQUALS)
    if matches is not None and matches <= _FEW:
        wanted = {name: LONGEST + (_EQUALS if FACETS[name].is_array else matches) for name in names}
    found: dict[str, FacetRows] = {}
    while wanted:
        counted = _counted(opened, query, wanted)
        cut = {name: number * 16 for name, number in wanted.items() if _is_cut(counted[name], number)}
        found |= {name: _rows(counted[name]) for name in wanted if name not in cut}
        wanted = cut
    return found


def _counted(opened: Opened, query: tantivy.Query, wanted: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    """The largest values of each facet, in no order of equals."""
    asked = {name: {"terms": {"field": FACETS[name].column, "size": number, "segment_size": _ALL}} for name, number in wanted.items()}
    answer = opened.searcher.aggregate(query, asked)
    return {name: [(_text(bucket["key"]), int(bucket["doc_count"])) for bucket in answer[name]["buckets"]] for name in wanted}


def _text(value: object) -> str:
    """Numbers come as floats."""
    return str(int(value)) if isinstance(value, float) else str(value)


def _is_cut(counted: Sequence[tuple[str, int]], number: int) -> bool:
    """Whether values that are left out have as many jobs as the last one to be shown."""
    return len(counted) == number and counted[-1][1] == counted[LONGEST - 1][1]


def _rows(counted: Sequence[tuple[str, int]]) -> FacetRows:
    ordered = sorted(counted, key=lambda row: (-row[1], row[0]))[:LONGEST]
    return [(value, Count(number, is_exact=True)) for value, number in ordered]
