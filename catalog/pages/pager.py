"""What the fragment `_pager.html` shows, for every list that pages by a keyset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from django.db.models import QuerySet

from catalog.errors import CursorError
from catalog.search.counts import Count
from catalog.search.keyset import KeysetPage, keyset_page
from catalog.search_url import SearchUrl

OLD_CURSOR = "That page was made for another list, so this is the first page."
GONE = "Nothing is left on that page, so this is the first page."


class Page(Protocol):
    """Rows, and the cursor of the next page."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def next(self) -> str | None: ...


_Page = TypeVar("_Page", bound=Page)


def page_or_first(url: SearchUrl, read: Callable[[str | None], _Page]) -> tuple[_Page, str]:
    """The page that the address asks for, or the first one and why. `read` takes a cursor, and raises CursorError."""
    cursor = url.get("cursor")
    try:
        page, problem = read(cursor or None), GONE
    except CursorError:
        page, problem = None, OLD_CURSOR
    if page is not None and (page.rows or not cursor):
        return page, ""
    return read(None), problem


def rows_page(rows: QuerySet[Any, Any], url: SearchUrl, limit: int) -> tuple[KeysetPage, str]:
    """`page_or_first` of rows in a keyset's order."""
    return page_or_first(url, lambda cursor: keyset_page(rows, limit=limit, cursor=cursor))


def pager(page: Page, count: Count, url: SearchUrl, size: int, *, is_first: bool) -> dict[str, Any]:
    """`is_first`: the first page is shown, whatever the address says. `first_row` is None where nobody knows how many are before it."""
    shown = url.at_first_page() if is_first else url
    before = size * (shown.page - 1) if shown.page else None
    return {
        "count": count,
        "first_row": None if before is None else before + 1,
        "last_row": (before or 0) + len(page.rows),
        "first_href": shown.first_page() if shown.get("cursor") else "",
        "previous_href": shown.previous_page(),
        "next_href": shown.next_page(page.next) if page.next else "",
    }
