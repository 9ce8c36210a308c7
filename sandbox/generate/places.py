"""Real places in the many ways job boards write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from sandbox.generate.text import phrases

_REGIONS = dict.fromkeys(("GB", "IE", "DE", "FR", "ES", "NL", "PT", "PL", "SE", "CH"), "Europe")
_REGIONS |= dict.fromkeys(("US", "CA"), "North America") | dict.fromkeys(("BR", "MX"), "LATAM")
_REGIONS |= dict.fromkeys(("IN", "AU", "SG", "JP"), "APAC") | dict.fromkeys(("IL", "AE"), "EMEA")
STYLES = ("city", "city, region", "city, region, country", "city, country", "short")


@dataclass(frozen=True)
class City:
    """A city; `region` is the state or province ("" where none is used), `short` a familiar name."""

    city: str
    region: str
    region_code: str
    country: str
    country_code: str
    short: str

    def written(self, style: str) -> str:
        """The place in one of STYLES."""
        if style == "short":
            return self.short or self.city
        parts = {"city": self.city, "region": self.region_code or self.region, "country": self.country}
        if style == "city, region, country":
            parts["region"] = self.region
        return ", ".join(parts[part] for part in style.split(", ") if parts[part])


@cache
def cities(country_code: str = "") -> tuple[City, ...]:
    """All cities, or those of one country."""
    rows = (City(*row) for row in phrases("places")["cities"])
    return tuple(city for city in rows if country_code in ("", city.country_code))


def location_text(places: Sequence[City], remote: str, rng: Random, style: str) -> str:
    """A location string: one or several places, or a way of saying remote when `remote` is "place"."""
    first = places[0]
    if remote == "place":
        area = rng.choice((first.country, first.country_code, first.short or first.city, _REGIONS[first.country_code]))
        return rng.choice(("Remote - {}", "Remote, {}", "{} (Remote)", "Remote ({})", "{} - Remote")).format(area)
    if remote == "hybrid place":
        return f"{first.written(style)} ({rng.choice(('Hybrid', 'hybrid', 'Hybrid, 2 days'))})"
    separator = rng.choice(("; ", " | ", " or ", " / ", "; "))
    text = separator.join(place.written(style) for place in places)
    return rng.choice((f"{text} ", f" {text}")) if rng.random() < 0.02 else text
