"""The head of an answer as texts that can be kept. What a server sends in it are bytes, not always UTF-8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp
from multidict import CIMultiDict

from ingestion.errors import printable


@dataclass(frozen=True, slots=True)
class Head:
    """Status, reason phrase and headers. Of a header that came several times, `headers` gives the first."""

    status: int
    reason: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, response: aiohttp.ClientResponse) -> Self:
        """The texts of aiohttp itself hold halves of surrogate pairs where a byte is not UTF-8: JSON and PostgreSQL refuse them."""
        headers = CIMultiDict((_text(name), _text(value)) for name, value in response.raw_headers)
        return cls(response.status, printable(response.reason or ""), headers)


def _text(sent: bytes) -> str:
    """UTF-8 as most servers mean it, Latin-1 as HTTP once had it."""
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")
