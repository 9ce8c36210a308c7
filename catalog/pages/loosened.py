"""Where a list is empty: the parts of its search without which it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import QueryDict

from catalog.search.counts import Count
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


def loosened(asked: ActiveSearch, counted: Callable[[QueryDict], Count | None]) -> list[Loosened]:
    """Those that find something, the most first. `counted`: how many a search finds, None where it is not worth offering.

    None of a search of one part, which would be the whole list.
    """
    parts = list(_parts(asked))
    if len(parts) < 2:
        return []
    tried = ((part, counted(QueryDict(part.href.partition("?")[2]))) for part in parts[:_TRIED])
    found = [Loosened(part.label, part.value, part.href, count) for part, count in tried if count and count.value]
    return sorted(found, key=lambda one: -one.count.value)[:_SHOWN]


def _parts(asked: ActiveSearch) -> Iterator[_Part]:
    if text := asked.url.get("q"):
        yield _Part("Words", text, asked.url.without_all("q"))
    for name in CHIP_LABELS:
        if values := asked.values(name):
            yield _Part(CHIP_LABELS[name], ", ".join(asked.label(name, value) for value in values), asked.url.without_all(name))
