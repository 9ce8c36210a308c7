"""One invented company: what it does, where it is, which tools it uses, how it writes its postings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from sandbox.generate.names import Identity
from sandbox.generate.places import STYLES, City, cities
from sandbox.generate.text import Writer, phrases

_HOME = {"US": 52, "GB": 11, "DE": 9, "CA": 6, "FR": 5, "ES": 3, "BR": 3, "IE": 2, "NL": 2, "IN": 2, "AU": 2, "PT": 1}
_HOME |= {"IL": 1, "SG": 1}


@dataclass(frozen=True)
class Company:
    """Everything that all postings of a board share."""

    identity: Identity
    country: str
    offices: tuple[City, ...]
    style: str
    stack: dict[str, tuple[str, ...]]
    slots: dict[str, str]
    story: tuple[str, ...]
    benefits: tuple[str, ...]
    legal: tuple[str, ...]
    own_pages: bool
    metadata: tuple[dict[str, Any], ...]
    pays_openly: bool
    headings: dict[str, str]

    def writer(self, rng: Random, slots: dict[str, str], language: str) -> Writer:
        """A writer that knows the company's facts and tools, and those of one posting."""
        return Writer(rng, self.slots | slots, {**phrases("common")["pools"], **self.stack}, language == "en")


@lru_cache(maxsize=4096)
def company(identity: Identity, seed: int) -> Company:
    """The company behind a board; the same for the same seed and number."""
    rng = Random(f"{seed}/profile/{identity.number}")
    stock = phrases("common")
    country = rng.choices(list(_HOME), list(_HOME.values()))[0]
    offices = _offices(country, rng)
    stack = _stack(rng)
    slots = _slots(identity, offices, rng)
    writer = Writer(rng, slots, {**stock["pools"], **stack})
    us = country == "US"
    return Company(
        identity=identity,
        country=country,
        offices=offices,
        style=rng.choice(STYLES),
        stack=stack,
        slots=slots,
        story=tuple(writer.write(rng.choice(group)) for group in stock["story"]),
        benefits=tuple(writer.pick(stock["benefits_us" if us else "benefits"], rng.randint(8, 12))),
        legal=tuple(writer.pick(stock["legal_us" if us else "legal"], rng.randint(3, 4))),
        own_pages=rng.random() < 0.3,
        metadata=_metadata(rng),
        pays_openly=rng.random() < (0.65 if us else 0.3),
        headings={part: writer.write(rng.choice(names)) for part, names in stock["headings"].items()},
    )


def _offices(country: str, rng: Random) -> tuple[City, ...]:
    at_home, abroad = cities(country), cities()
    first = rng.sample(at_home, min(len(at_home), rng.choice((1, 1, 2, 3, 4))))
    others = rng.sample(abroad, rng.choice((0, 0, 1, 2, 4)))
    return tuple(dict.fromkeys([*first, *others]))


def _stack(rng: Random) -> dict[str, tuple[str, ...]]:
    """One or a few tools of each category: the same company names the same tools in all postings."""
    chosen: dict[str, tuple[str, ...]] = {}
    for category, tools in phrases("tools").items():
        several = rng.choice((1, 1, 2)) if len(tools) < 12 else rng.choice((2, 3, 4))
        chosen[category] = tuple(rng.sample(tools, min(several, len(tools))))
    return chosen


def _slots(identity: Identity, offices: Sequence[City], rng: Random) -> dict[str, str]:
    business = rng.choice(phrases("companies")["businesses"])
    return {
        "company": identity.name,
        "product": business["product"],
        "industry": business["industry"],
        "customers": business["customers"],
        "problem": business["problem"],
        "headcount": str(rng.choice((45, 80, 120, 180, 250, 400, 650, 900, 1400, 2600))),
        "founded": str(rng.randint(2006, 2023)),
        "clients": rng.choice(("300", "700", "1,200", "2,500", "4,000", "9,000", "15,000")),
        "hq": offices[0].city,
        "countries": str(rng.randint(3, 28)),
        "domain": identity.domain,
        "series": rng.choice("ABCDE"),
        "raised": str(rng.choice((12, 18, 25, 40, 65, 90, 120, 180, 250))),
    }


def _metadata(rng: Random) -> tuple[dict[str, Any], ...]:
    """The custom fields a company shows on its Greenhouse board; a third of the companies show none."""
    if rng.random() < 0.35:
        return ()
    fields = rng.sample(phrases("common")["metadata"], rng.choice((1, 1, 2, 3, 5)))
    return tuple(field | {"id": rng.randint(60_000, 60_000_000)} for field in fields)
