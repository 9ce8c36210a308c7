"""Jobs that lack one of the words, where few have all of them: who types one word too many is not left with nothing.

They stand apart from what was asked for: they are not counted, paged through or exported. A text of its own finds all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.search.backend import search_backend
from catalog.search.query import MAX_TEXT_LENGTH, Search, Sort
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
    some = replace(search, text=text)
    # Counted first: of words that no job has, a page would look for jobs that resemble them, as the search itself just did.
    if not search_backend().count(some, cap=1).value:
        return None
    ids = [pk for pk in search_backend().page(some, limit=SHOWN + len(found)).ids if pk not in found][:SHOWN]
    if not ids:
        return None
    return PartialMatches(text if len(text) <= MAX_TEXT_LENGTH else None, ids)
