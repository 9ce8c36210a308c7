"""What robots.txt allows us (RFC 9309): groups by user agent, the longest matching rule wins, `*` and `$` in paths."""

from __future__ import annotations

from dataclasses import dataclass
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
        matching = [(len(pattern), allowed) for pattern, allowed in self.rules if _matches(pattern, path)]
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


def _matches(rule: str, path: str) -> bool:
    """Whether the rule covers the path. Each piece between stars is taken where it first fits, so no rule costs more than a look."""
    first, *others = rule.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    last = others.pop() if rule.endswith("$") and others else None
    for piece in others:
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    if not rule.endswith("$"):
        return True
    return place == len(path) if last is None else path.endswith(last) and len(path) - len(last) >= place
