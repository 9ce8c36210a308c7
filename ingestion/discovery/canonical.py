"""One form for all the spellings of an address, and its hash: what the frontier tells addresses apart by (spec D7)."""

from __future__ import annotations

import re
import uuid
from hashlib import blake2b
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
# Parameters that say where a visitor came from and never which page is meant.
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|gh_src|lever-(source|origin)|ref|referrer|source", re.IGNORECASE)
# What a path may hold unescaped (RFC 3986).
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


def canonical_url(url: str) -> str:
    """The address with host folded, default port, fragment, tracking parameters and the last slash off, query sorted.

    http and https are one address here. Raises ValueError when it cannot be split.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if parts.port and parts.port != _PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    path = re.sub(r"/{2,}", "/", quote(unquote(parts.path), safe=_PATH_SAFE)).rstrip("/")
    kept = sorted((name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name))
    return urlunsplit(("https", host, path, urlencode(kept), ""))


def url_hash(canonical: str) -> uuid.UUID:
    """16 bytes that stand for a canonical address: with a billion of them a collision is less likely than 1 in 10^20."""
    return uuid.UUID(bytes=blake2b(canonical.encode(), digest_size=16).digest())


def checksum(content: bytes) -> str:
    """32 hexadecimal digits that stand for the content of a page."""
    return blake2b(content, digest_size=16).hexdigest()
