"""Sort-friendly URL keys as Common Crawl's index has them: `io,greenhouse,boards)/acme`."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def surt(url: str) -> str:
    """The key of a URL: host reversed, a leading www. dropped, case folded, query parts sorted."""
    rest = _SCHEME.sub("", url)
    host, slash, path = rest.partition("/")
    path, mark, query = path.partition("?")
    host = host.split(":")[0].lower().removeprefix("www.")
    tail = f"?{'&'.join(sorted(query.split('&')))}" if mark and query else ""
    key = ",".join(reversed(host.split("."))) + ")/" + (path + tail).lower()
    return key.rstrip("/") if slash and path.strip("/") else key


def prefix_of(url: str, match_type: str) -> str:
    """What the keys of a query begin with. `match_type`: exact, prefix, host, domain, or "" to read it off

    the url (`host/*` = prefix, `*.domain` = domain).
    """
    if match_type == "domain" or (not match_type and url.startswith("*.")):
        return surt(url.removeprefix("*.")).partition(")")[0]
    if match_type == "host":
        return surt(url).partition(")")[0] + ")/"
    if match_type == "prefix" or (not match_type and url.endswith("*")):
        bare = url.removesuffix("*")
        return surt(bare.rstrip("/")) if "/" in _SCHEME.sub("", bare).rstrip("/") else surt(bare)
    return surt(url)


def is_exact(url: str, match_type: str) -> bool:
    """Whether only the one URL is asked for."""
    return match_type == "exact" or (not match_type and not url.startswith("*.") and not url.endswith("*"))
