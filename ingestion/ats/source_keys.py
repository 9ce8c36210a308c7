"""Source keys as they stand in public URLs: decoding, folding, and what is no key at all (spec D2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qs, unquote, urlsplit

IGNORED_KEYS = frozenset(
    [
        "js",
        "css",
        "img",
        "images",
        "fonts",
        "static",
        "assets",
        "_next",
        "robots.txt",
        "sitemap.xml",
        "favicon.ico",
        "ads.txt",
        "humans.txt",
        "manifest.json",
        "undefined.html",
        "index.html",
        "index.php",
        ".well-known",
        "apple-touch-icon.png",
        "cdn-cgi",
    ]
)
"""First path segments that any web host may use for files: no board has such a name."""

PAGE_WORDS = frozenset(
    [
        "embed",
        "v0",
        "v1",
        "v2",
        "api",
        "public",
        "jobs",
        "job",
        "job_app",
        "job_board",
        "job_boards",
        "boards",
        "board",
        "postings",
        "search",
        "users",
        "login",
        "logout",
        "sign_in",
        "sign_up",
        "session",
        "sessions",
        "auth",
        "oauth",
        "admin",
        "help",
        "support",
        "about",
        "privacy",
        "terms",
        "contact",
        "internal",
        "packs",
        "rails",
    ]
)
"""First path segments that the hosts of Greenhouse and Lever use for pages of their own; elsewhere a board may be called so."""

# Greenhouse tokens are letters, digits and _; Lever sites also hold - . & + and, rarely, letters of any script or a space.
_KEY = re.compile(r"(?=.{1,100}$)[^\W_][\w.&+'-]*(?: [\w.&+'-]+)?")
# What sentences and markup leave behind a pasted or captured URL.
_TRAILING_JUNK = " \t\r\n\"'`<>()[]{}|\\^*,;:!.…”’“‘»"


def source_key(segment: str, own_words: Collection[str] = ()) -> str | None:
    """The key a path segment or query value holds: percent-decoded, junk off, case folded. None when it holds none.

    `own_words`: what the ATS's host itself uses in this place.
    """
    decoded = unquote(unquote(segment)).strip().rstrip(_TRAILING_JUNK)
    key = decoded.casefold()
    if key in IGNORED_KEYS or key in own_words or not _KEY.fullmatch(key):
        return None
    return key


def url_parts(url: str) -> tuple[str, list[str], dict[str, list[str]]]:
    """(host, non-empty path segments, query) of a URL, with or without its scheme; empty when it cannot be split."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "", [], {}
    return host, parts.path.split("/")[1:], parse_qs(parts.query)
