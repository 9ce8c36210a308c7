"""What a web page of a company leads to: addresses of a known ATS, and pages of its own that may be about jobs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from ingestion.discovery.tokens import Finding, any_finding_of

# Absolute addresses anywhere: links, frames, scripts, `data-` attributes, and strings inside scripts.
_ADDRESS = re.compile(
    r"(?:https?:)?//[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.[a-z]{2,24}(?::\d{1,5})?(?:[/?#][^\s\"'<>\\`]{0,1000})?", re.IGNORECASE
)
_CAREER = re.compile(
    r"career|\bjobs?\b|join[-_ ]?(us|our)|work[-_ ](with|for|at)|\bhiring\b|vacanc|\bopenings?\b|open[-_ ](roles?|positions?)"
    r"|karriere|stellen(angebote)?|arbeiten[-_ ]bei|\bjobb\b|emploi|carri[eè]re|recrute|empleo|trabaj|\bvagas\b|carreira|lavora"
    r"|werken[-_ ]bij|vacature|praca|kariera",
    re.IGNORECASE,
)
_LONGEST_LABEL = 60


def findings_in(addresses: Iterable[str]) -> list[Finding]:
    """What the addresses name at known ATSs, each board and each posting once."""
    found: dict[tuple[str, str, str], Finding] = {}
    for address in addresses:
        if finding := any_finding_of(address):
            found.setdefault((finding.source_type, finding.source_key, finding.source_job_id), finding)
    return list(found.values())


def addresses_in(page: str) -> list[str]:
    """Every absolute address in the text of a page, in order, each once; escaped ones and those without a scheme too."""
    text = html.unescape(page.replace("\\/", "/").replace("\\u002F", "/"))
    found = (match.rstrip(".,;") for match in _ADDRESS.findall(text))
    return list(dict.fromkeys(f"https:{address}" if address.startswith("//") else address for address in found))


def career_links(page: str, base: str) -> list[str]:
    """Links and frames of a page that may be about jobs, by their address or their words; the shortest addresses first."""
    tree = LexborHTMLParser(page)
    found = set()
    for node in tree.css("a[href], iframe[src], frame[src]"):
        address = _absolute(base, node.attributes.get("href") or node.attributes.get("src") or "")
        label = node.text(strip=True)[:_LONGEST_LABEL]
        if address and (is_career_like(address) or _CAREER.search(label) or node.tag != "a"):
            found.add(address)
    return by_length(found)


def is_career_like(address: str) -> bool:
    """Whether the path or the first part of the host speaks of jobs."""
    parts = urlsplit(address)
    return bool(_CAREER.search(parts.path) or _CAREER.match((parts.hostname or "").partition(".")[0]))


def by_length(addresses: Iterable[str]) -> list[str]:
    """Pages near the top of a site first: `/careers` before `/blog/how-we-built-our-careers-page`."""
    return sorted(addresses, key=lambda address: (urlsplit(address).path.rstrip("/").count("/"), len(address), address))


def _absolute(base: str, link: str) -> str:
    """The http(s) address a link leads to, "" for any other."""
    try:
        address = urljoin(base, link.strip()).partition("#")[0]
        return address if urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname else ""
    except ValueError:
        return ""
