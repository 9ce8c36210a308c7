"""From any public URL to the source it names; and which keys are not those of a real company (spec D2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ingestion.ats.base import Adapter
from ingestion.ats.registry import adapter, adapters

# Placeholders that templates and broken scripts leave in embeds: the board exists in no browser.
_PHANTOMS = frozenset(
    [
        "undefined",
        "null",
        "none",
        "nan",
        "false",
        "true",
        "object",
        "token",
        "your_token",
        "yourtoken",
        "board_token",
        "boardtoken",
        "yourcompany",
        "your-company",
        "your_company",
        "companyname",
        "company_name",
        "company-name",
        "site",
        "sitename",
        "source",
        "example",
        "placeholder",
    ]
)
_DEMO = re.compile(r"(^|[^a-z])(demo|sandbox|test|testing|dummy|sample)([^a-z]|$)|(demo|sandbox)\d*$|^(greenhouse|lever)demo")


@dataclass(frozen=True, slots=True)
class Finding:
    """A source, and maybe one of its postings, named by one URL of a crawl, a page or a list.

    `checksum`: of the content behind the URL, where an index knows it.
    """

    source_type: str
    source_key: str
    region: str
    url: str = ""
    captured_at: datetime | None = None
    source_job_id: str = ""
    checksum: str = ""


def finding_of(reader: Adapter, url: str, captured_at: datetime | None = None, checksum: str = "") -> Finding | None:
    """What a URL names at one ATS, None when it names no source there."""
    found = reader.source_from_url(url)
    if found is None:
        return None
    key, region = found
    return Finding(reader.source_type, key, region, url, captured_at, reader.posting_from_url(url) or "", checksum)


def any_finding_of(url: str) -> Finding | None:
    """What a URL names at any ATS."""
    return next((found for reader in adapters().values() if (found := finding_of(reader, url))), None)


def posting_url(finding: Finding) -> str:
    """The canonical address of the finding's posting (every spelling and host of the ATS has the same), "" without one."""
    if not finding.source_job_id:
        return ""
    return adapter(finding.source_type).posting_url(finding.source_key, finding.region, finding.source_job_id)


def source_of(url: str) -> tuple[str, str, str] | None:
    """(source_type, source_key, region) named by a URL of any ATS, None when it names none."""
    found = any_finding_of(url)
    return (found.source_type, found.source_key, found.region) if found else None


def mark_of(source_key: str) -> str:
    """Mark of a key that is no real company's: "phantom", "demo", or "" for an ordinary key."""
    if source_key in _PHANTOMS:
        return "phantom"
    return "demo" if _DEMO.search(source_key) else ""
