"""The reach of a visit to a company's site: public hosts of the one domain that somebody named, on the usual ports."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ingestion.errors import AddressRefusedError, SiteError
from ingestion.http.addresses import AddressGuard, host_name, host_port

_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Second levels under which companies register (co.uk, com.au). Without the list of public suffixes a few are missed, which
# only widens where a redirect on that company's own site may lead: to public hosts, always.
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ne", "net", "or", "org"})


def site_url(text: str) -> str:
    """The address to begin at for a domain or an address as a person types it. Raises SiteError that says what is wrong."""
    stripped = text.strip()
    url = stripped if "://" in stripped else f"https://{stripped}"
    shown = stripped[:100] or "nothing"
    try:
        host_port(url)
        host, port = (urlsplit(url).hostname or "").encode("idna").decode().casefold().rstrip("."), urlsplit(url).port
    except (AddressRefusedError, UnicodeError) as error:
        raise SiteError(f"{shown} is not visited: {error}") from None
    if not _NAME.fullmatch(host):
        raise SiteError(f"{shown} is not visited: it names no domain such as acme.com (numbers and local names are no company's site)")
    if port not in (None, 80, 443):
        raise SiteError(f"{shown} is not visited: only the usual ports are")
    return urlsplit(url)._replace(netloc=host, fragment="").geturl()


def registrable_domain(host: str) -> str:
    """`acme.com` for `www.acme.com`, `acme.co.uk` for `careers.acme.co.uk`."""
    labels = host.casefold().rstrip(".").split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS else 2
    return ".".join(labels[-depth:])


class SiteGuard(AddressGuard):
    """Lets a client reach the public hosts of one domain. No configured address widens it: private ones are never called."""

    def __init__(self, url: str) -> None:
        super().__init__([])
        self._domain = registrable_domain(host_name(url))

    def is_allowed(self, host: str) -> bool:
        return host == self._domain or host.endswith(f".{self._domain}")

    async def check(self, url: str, redirected_from: str | None = None) -> str:
        """As AddressGuard; and only on the ports of http and https. The refused address is in the error's `url`."""
        host = host_name(url)
        if host_port(url).rpartition(":")[2] not in ("80", "443"):
            raise AddressRefusedError(f"{url[:200]} is on an unusual port", url=url)
        if not self.is_allowed(host):
            raise AddressRefusedError(f"{host} is not part of {self._domain}", url=url)
        return await super().check(url, redirected_from)
