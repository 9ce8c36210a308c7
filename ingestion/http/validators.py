"""Conditional requests (spec F6): ETag and Last-Modified go back to the server that gave them. Pure arithmetic on headers.

Never depended on: they are sent only where one request read the whole board, and a board is read in full at least every
FULL_READ_AFTER, whatever the server says about its own validators.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

FULL_READ_AFTER = timedelta(days=7)
_LONGEST = 200


def conditional_headers(kept: Mapping[str, Any], request: str, now: datetime) -> dict[str, str]:
    """Headers for a request (its path and query), from what `validators_of` kept of it; none when that is too old or of another."""
    validators = kept.get(request) or {}
    if not validators or datetime.fromisoformat(validators["read_at"]) <= now - FULL_READ_AFTER:
        return {}
    named = {"If-None-Match": validators.get("etag"), "If-Modified-Since": validators.get("last_modified")}
    return {name: value for name, value in named.items() if value}


def validators_of(request: str, headers: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What to keep of a complete answer: {request: {etag, last_modified, read_at}}, nothing when it has no validators."""
    found = {name: headers.get(header, "").strip() for name, header in (("etag", "etag"), ("last_modified", "last-modified"))}
    # Other characters would not go back as the bytes that came.
    usable = {name: value for name, value in found.items() if 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()}
    return {request: {**usable, "read_at": now.isoformat()}} if usable else {}
