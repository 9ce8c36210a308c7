"""Sitemaps: the addresses that one names, and whether they are sitemaps again (sitemaps.org)."""

from __future__ import annotations

import html
import re
import zlib
from dataclasses import dataclass

# A protocol limit: a sitemap holds at most 50,000 addresses.
MAX_ADDRESSES = 50_000
_LOCATION = re.compile(rb"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]{1,2000})\s*(?:\]\]>)?\s*</(?:\w+:)?loc>", re.IGNORECASE)
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Sitemap:
    """What a sitemap names: further sitemaps (`is_index`) or pages."""

    is_index: bool
    addresses: tuple[str, ...]


def read_sitemap(body: bytes, limit: int) -> Sitemap:
    """The addresses of a sitemap: XML, plain text, or either of them gzipped, of which at most `limit` bytes are unpacked.

    No XML parser: addresses in broken files count as well, and there are no entities to expand.
    """
    content = _unpacked(body, limit)
    found = [html.unescape(match.decode("utf-8", "replace")) for match in _LOCATION.findall(content)]
    if not found and not content.lstrip().startswith(b"<"):
        found = [line for line in content.decode("utf-8", "replace").split() if line.startswith("http")]
    return Sitemap(b"<sitemapindex" in content[:4096].lower(), tuple(found[:MAX_ADDRESSES]))


def _unpacked(body: bytes, limit: int) -> bytes:
    """The body, unzipped as far as the limit and the damage allow: half a sitemap is worth reading."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(_GZIP).decompress(body, limit)
    except zlib.error:
        return b""
