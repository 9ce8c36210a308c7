"""Where a search finds nothing: the parts of it without which it finds jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.filters import JobFilter
from catalog.search.counts import Count
from catalog.search.query import Search, Sort
from catalog.search.remembered import search_count
from catalog.search_form import CHIP_LABELS, ActiveSearch

# Each is a count, and whoever asks with more filters than that sees the first of them.
_TRIED = 6
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Loosened:
    """The search without one part of it, by its address; `label` and `value` are the part's."""

    label: str
    value: str
    href: str
    count: Count


@dataclass(frozen=True, slots=True)
class _Part:
    """The words, or all values of one filter: of several that may each be met, one less finds no more."""

    label: str
    value: str
    href: str
    others: Search


def loosened(found: JobFilter, asked: ActiveSearch) -> list[Loosened]:
    """Those that find jobs, the most first; what only resembles the words does not count.

    None of a search of one part, which would be all jobs, nor of words that cannot be looked for, since they are at fault.
    """
    parts = list(_parts(found.search, asked))
    if len(parts) < 2 or found.refuses_text:
        return []
    tried = [Loosened(part.label, part.value, part.href, search_count(part.others)) for part in parts[:_TRIED]]
    return sorted((one for one in tried if one.count.value), key=lambda one: -one.count.value)[:_SHOWN]


def _parts(search: Search, asked: ActiveSearch) -> Iterator[_Part]:
    if search.text:
        others = replace(search, text="", sort=Sort.NEWEST if search.sort is Sort.RELEVANCE else search.sort)
        yield _Part("Words", search.text, asked.url.without_all("q"), others)
    for name in CHIP_LABELS:
        if values := asked.values(name):
            shown = ", ".join(asked.label(name, value) for value in values)
            yield _Part(CHIP_LABELS[name], shown, asked.url.without_all(name), search.without(name))
