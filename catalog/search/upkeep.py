"""Keeping a search index in line with the jobs' rows; for search backends that have one."""

from __future__ import annotations

from catalog.errors import IndexBusyError


def search_index_keep_up(*, seconds: float) -> int:
    """Follow the changes of jobs for about so long; how many were written: none while another process does the same."""
    from catalog.search.tantivy.backend import TantivyBackend

    try:
        return TantivyBackend().keep_up(seconds=seconds)
    except IndexBusyError:
        return 0
