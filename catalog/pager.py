"""What the fragment `_pager.html` shows, for every list that pages by a keyset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import QuerySet

from catalog.errors import CursorError
from catalog.search.counts import Count
from catalog.search.keyset import KeysetPage, keyset_page
from catalog.search_url import SearchUrl

OLD_CURSOR = "That page was made for another list, so this is the first page."


class Page(Protocol):
    """Rows, and the cursor of the next page."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def next(self) -> str | None: ...


def first_or_page(rows: QuerySet[Any, Any], url: SearchUrl, limit: int) -> tuple[KeysetPage, str]:
    """The page that the address asks for, or the first one and why."""
    try:
        return keyset_page(rows, limit=limit, cursor=url.get("cursor") or None), ""
    except CursorError:
        return keyset_page(rows, limit=limit), OLD_CURSOR


def pager(page: Page, count: Count, url: SearchUrl, size: int, *, is_first: bool) -> dict[str, Any]:
    """`is_first`: the first page is shown, whatever the address says."""
    first = 0 if is_first else size * (url.page - 1)
    return {
        "count": count,
        "first_row": first + 1,
        "last_row": first + len(page.rows),
        "first_href": url.first_page() if first else "",
        "previous_href": "" if is_first else url.previous_page(),
        "next_href": url.next_page(page.next) if page.next else "",
    }
