"""Which jobs an export of a search holds, and in which order."""

from __future__ import annotations

from dataclasses import replace

from catalog.search.backend import SearchBackend
from catalog.search.query import Search


def exported_search(backend: SearchBackend, search: Search) -> Search:
    """The search itself, or by resemblance where no job has its words: what the page shows.

    Its jobs come the best paid first when it asks for that, else the newest first. By relevance there is no export:
    ranking all matches would take longer than a request may, and tells little of the tail.
    """
    unmatched = bool(search.text) and not backend.count(search, cap=1).value
    return replace(search, resembling=True) if unmatched else search
