"""From any public URL to the source it names; and which keys are not those of a real company (spec D2)."""

from __future__ import annotations

import re

from ingestion.ats.registry import adapters

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


def source_of(url: str) -> tuple[str, str, str] | None:
    """(source_type, source_key, region) named by a URL of any ATS, None when it names none."""
    for source_type, adapter in adapters().items():
        if found := adapter.source_from_url(url):
            return source_type, *found
    return None


def mark_of(source_key: str) -> str:
    """Mark of a key that is no real company's: "phantom", "demo", or "" for an ordinary key."""
    if source_key in _PHANTOMS:
        return "phantom"
    return "demo" if _DEMO.search(source_key) else ""
