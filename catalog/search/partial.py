"""Jobs that lack one of the words, where few have all of them: who types one word too many is not left with nothing.

They stand apart from what was asked for: they are not counted, paged through or exported. A text of its own finds all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.filters import MAX_QUERY_LENGTH
from catalog.search.backend import search_backend
from catalog.search.query import Search, Sort
from catalog.search.words import some_words

FEW = 10
SHOWN = 10


@dataclass(frozen=True, slots=True)
class PartialMatches:
    """The best of them, and the text that finds all; None where it is longer than a text may be."""

    text: str | None
    ids: Sequence[int]


def partial_matches(search: Search, found: Sequence[int]) -> PartialMatches | None:
    """At most SHOWN jobs that lack one of the words, the best first, beside all jobs that a search has found.

    None where these are not few, and where there are no others.

    Only for the order by relevance: newest or best paid first, jobs that were hardly asked for would stand at the top.
    """
    text = some_words(search.text) if search.sort == Sort.RELEVANCE and len(found) < FEW else ""
    if not text:
        return None
    hits = search_backend().page(replace(search, text=text), limit=SHOWN + len(found))
    ids = [pk for pk in hits.ids if pk not in found][:SHOWN]
    if not ids or hits.search.resembling:
        return None
    return PartialMatches(text if len(text) <= MAX_QUERY_LENGTH else None, ids)
