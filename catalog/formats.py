"""How values read on a page: pay, places, ages. Pure; every number keeps its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pycountry

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
# Words of categories of skills that are short forms.
_CAPITALS = frozenset({
    "abm", "ai", "ats", "bi", "cdp", "clm", "cms", "cpq", "crm", "eda", "erp", "etl", "hcm", "hr", "ide", "itsm", "rfp", "sdr", "seo",
})  # fmt: skip
_SPELT = {"cpaas": "CPaaS", "ipaas": "iPaaS", "mgmt": "management", "revops": "RevOps"}
_PERIODS = {"year": "year", "month": "month", "week": "week", "day": "day", "hour": "hour"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def money(amount: float, currency: str, *, compact: bool = False) -> str:
    """An amount with its currency: "$182k" or "$182,500"; a currency without a symbol by its ISO code."""
    number = _compact(amount) if compact else f"{amount:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{currency} {number}"


def pay(salary: Mapping[str, Any], *, compact: bool = False) -> str:
    """Pay as stated, `{min, max, currency, period, ote}`: "$180,000 to 220,000 per year, on-target"."""
    amounts = [a for a in dict.fromkeys((salary.get("min"), salary.get("max"))) if a is not None]
    if not amounts:
        return ""
    currency = salary["currency"]
    text = money(amounts[0], currency, compact=compact)
    if len(amounts) == 2:
        text += "–" + money(amounts[1], currency, compact=compact).removeprefix(_SYMBOLS.get(currency, f"{currency} "))
    elif salary.get("min") is None:
        text = f"up to {text}"
    elif salary.get("max") is None:
        text = f"from {text}"
    period = _PERIODS.get(salary["period"], salary["period"])
    joint = "/" if compact else " per "
    return f"{text}{joint}{period}{' on target' if salary.get('ote') else ''}"


def usd_per_year(low: int | None, high: int | None, *, compact: bool = False) -> str:
    """The comparable figure: US dollars a year."""
    if low is None and high is None:
        return ""
    return pay({"min": low, "max": high, "currency": "USD", "period": "year"}, compact=compact)


def place(city: str | None, state: str | None, country: str | None, region: str | None = None) -> str:
    """City, state, country, region ("San Francisco, CA, US"); a country that stands alone is written out."""
    if country and not city and not state:
        country = country_name(country)
    return ", ".join(part for part in (city, state, country, region) if part)


@cache
def country_name(code: str) -> str:
    """The common English name of an ISO 3166-1 alpha-2 code; the code itself when there is none."""
    found = pycountry.countries.get(alpha_2=code)
    return getattr(found, "common_name", found.name) if found else code


@cache
def language_name(code: str) -> str:
    """The English name of an ISO 639-1 code; the code itself when there is none."""
    found = pycountry.languages.get(alpha_2=code)
    return found.name.partition(" (")[0] if found else code


def category(name: str) -> str:
    """A category of skills for people: "sales_engagement" -> "Sales engagement", "crm" -> "CRM"."""
    first, *others = (word.upper() if word in _CAPITALS else _SPELT.get(word, word) for word in name.split("_"))
    return " ".join([first.capitalize() if first.islower() else first, *others])


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: "5 min", "3 h", "12 d", "4 mo", "2 y"."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("y", 365 * _DAY), ("mo", 30 * _DAY), ("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def ago(since: datetime, now: datetime) -> str:
    short = age(since, now)
    return "just now" if short == "now" else f"{short} ago"


def utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def iso_utc(moment: datetime) -> str:
    """As addresses have it, to the microsecond where there are any: 2026-08-01T12:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _compact(amount: float) -> str:
    """Three significant digits: 182,500 -> "182k", 1,250,000 -> "1.25M"; amounts below 1,000 as they are."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return f"{amount / size:.3g}{unit}"
    return f"{amount:.2f}".removesuffix(".00")
