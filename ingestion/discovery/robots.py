"""What robots.txt allows us (RFC 9309): groups by user agent, the longest matching rule wins, `*` and `$` in paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

# RFC 9309 asks for 500 KiB at least.
MAX_BYTES = 512 * 1024


@dataclass(frozen=True)
class Robots:
    """The rules that are ours, (pattern, is allowed), and the sitemaps that the file names."""

    rules: tuple[tuple[str, bool], ...] = ()
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Whether the address may be asked for. Of rules of one length the allowing one wins; without a rule all is allowed."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        matching = [(len(pattern), allowed) for pattern, allowed in self.rules if _pattern(pattern).match(path)]
        return max(matching, default=(0, True))[1]


NOTHING_ALLOWED = Robots(rules=(("/", False),))


def read_robots(text: str, agent: str) -> Robots:
    """The rules for `agent` (a product's name, e.g. `gtm-engine`), else those for `*`. Lines that mean nothing are skipped."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    sitemaps: list[str] = []
    named: list[str] = []
    is_heading = False
    for field, value in _lines(text):
        if field == "sitemap":
            sitemaps.append(value)
        elif field == "user-agent":
            named = [*named, value.casefold()] if is_heading else [value.casefold()]
            groups.update({name: groups.get(name, []) for name in named})
            is_heading = True
        elif field in ("allow", "disallow"):
            is_heading = False
            if value:
                for name in named:
                    groups[name].append((value, field == "allow"))
    ours = next((rules for name, rules in groups.items() if name == agent.casefold()), groups.get("*", []))
    return Robots(tuple(ours), tuple(sitemaps))


def _lines(text: str) -> list[tuple[str, str]]:
    """(field, value) of every line that has both parts."""
    found = []
    for line in text.lstrip("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            found.append((field.strip().casefold(), value.strip()))
    return found


@lru_cache(maxsize=1024)
def _pattern(rule: str) -> re.Pattern[str]:
    anchored = rule.endswith("$")
    # Runs of stars mean one star, and would make matching slow.
    parts = re.split(r"\*+", rule.removesuffix("$"))
    return re.compile(".*?".join(re.escape(part) for part in parts) + (r"\Z" if anchored else ""), re.DOTALL)
