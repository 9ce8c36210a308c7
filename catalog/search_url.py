"""Addresses of searches: every search is a URL, and every chip, page and option is a link to another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

PAGING = ("cursor", "trail", "page")
# Keyset cursors only lead forward. The way back is the cursors of the pages before, kept in the address up to this many.
MAX_TRAIL = 20
FIRST_PAGE = "-"


@dataclass(frozen=True, slots=True)
class SearchUrl:
    """The parameters of a search, blank ones left out, and the path of the page that answers it (the jobs', unless given)."""

    parameters: Mapping[str, Sequence[str]]
    path: str = ""

    def get(self, name: str) -> str:
        """The last value of a parameter, "" if it is not there."""
        return next(reversed(self.parameters.get(name, ())), "")

    def without(self, name: str, value: str) -> str:
        """The same search less one value of a filter, from its first page."""
        kept = {key: [v for v in values if (key, v) != (name, value)] for key, values in self._filters().items()}
        return self._href(kept)

    def without_all(self, name: str) -> str:
        """The same search less all values of a filter, from its first page."""
        return self._href({key: values for key, values in self._filters().items() if key != name})

    def only(self, names: Iterable[str]) -> str:
        """A new search that keeps these parameters alone."""
        return self._href({name: self.parameters[name] for name in names if name in self.parameters})

    def instead(self, name: str, value: str) -> str:
        """The same search with another value of a filter, from its first page."""
        return self._href({**self._filters(), name: [value]})

    @property
    def trail(self) -> list[str]:
        """Cursors of the pages before this one, oldest first; the first page's is `FIRST_PAGE`."""
        return list(self.parameters.get("trail", ()))

    @property
    def page(self) -> int | None:
        """The number of this page, from 1: a cursor does not know how many rows are before it. None where the address does not say."""
        if not self.get("cursor"):
            return 1
        number = self.get("page")
        return int(number) if number.isascii() and number.isdecimal() and len(number) < 7 and int(number) > 1 else None

    def next_page(self, cursor: str) -> str:
        here = self.get("cursor") or FIRST_PAGE
        return self._href({**self._filters(), "trail": [*self.trail, here][-MAX_TRAIL:], "cursor": [cursor], **self._number(1)})

    def previous_page(self) -> str:
        """The page before; "" on the first one, and where the trail does not reach back to it."""
        if not self.get("cursor") or not self.trail:
            return ""
        *earlier, before = self.trail
        paging = {} if before == FIRST_PAGE else {"trail": earlier, "cursor": [before], **self._number(-1)}
        return self._href({**self._filters(), **paging})

    def first_page(self) -> str:
        return self._href(self._filters())

    def at_first_page(self) -> SearchUrl:
        return replace(self, parameters=self._filters())

    def _number(self, step: int) -> dict[str, Sequence[str]]:
        return {"page": [str(self.page + step)]} if self.page else {}

    def _filters(self) -> dict[str, Sequence[str]]:
        return {name: values for name, values in self.parameters.items() if name not in PAGING}

    def _href(self, parameters: Mapping[str, Sequence[str]]) -> str:
        query = urlencode(parameters, doseq=True)
        return (self.path or reverse("catalog:jobs")) + (f"?{query}" if query else "")
