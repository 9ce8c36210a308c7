"""Amounts of money in running text: currency, number, multiplier, and two of them as a range. What they are for is `salary`'s question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pycountry

from extraction.rules.gazetteer import rows

SIGNS = "$€£¥₹₩₽₺฿₫₱₴₪₦₵₸"

_SIGN_CURRENCY = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "฿": "THB", "₫": "VND", "₱": "PHP",
    "₴": "UAH", "₪": "ILS", "₦": "NGN", "₵": "GHS", "₸": "KZT", "zł": "PLN", "zl": "PLN", "rm": "MYR", "rp": "IDR",
    "us$": "USD", "usd$": "USD", "a$": "AUD", "au$": "AUD", "aud$": "AUD", "c$": "CAD", "ca$": "CAD", "cad$": "CAD", "cdn$": "CAD",
    "nz$": "NZD", "s$": "SGD", "sg$": "SGD", "sgd$": "SGD", "hk$": "HKD", "hkd$": "HKD", "r$": "BRL", "nt$": "TWD", "mx$": "MXN",
    "p": "PHP", "r": "ZAR", "ksh": "KES", "kč": "CZK", "ft": "HUF", "lei": "RON", "euro": "EUR", "euros": "EUR", "eur": "EUR",
    "dh": "AED", "dhs": "AED", "sfr": "CHF", "fr": "CHF", "baht": "THB", "rmb": "CNY", "nis": "ILS", "pesos": "", "dollars": "$", "dollar": "$",
    "pounds": "GBP", "rupees": "INR", "inr": "INR", "rs": "INR",
}  # fmt: skip
_DOLLARS = {
    "US": "USD", "AU": "AUD", "CA": "CAD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "TW": "TWD", "MX": "MXN",
    "AR": "ARS", "CL": "CLP", "CO": "COP", "UY": "UYU",
}  # fmt: skip
_KRONER = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "CZ": "CZK"}
_BY_PLACE = {
    "$": _DOLLARS,
    "kr": _KRONER,
    "kč": {},
    "¥": {"CN": "CNY", "JP": "JPY"},
    "rs": {"IN": "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR"},
    "£": {"EG": "EGP"},
}
_DEFAULT = {"$": "USD", "kr": "SEK", "¥": "JPY", "rs": "INR", "£": "GBP"}

_NUMBER = r"\d{1,3}\.\d{4}(?!\d)|\d{1,3}(?:,\d{2})+,\d{3}(?!\d)|\d{1,3}(?:[.,'’  ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d{1,2})?(?![\d])"
_FIND = re.compile(_NUMBER)
_DIGITS = re.compile(r"[0-9][0-9.,'’\u00a0\u202f ]*")
"""Finds where numbers are: eight times quicker than `_FIND` over text without any."""
_DOLLAR = re.compile(r"(?<![A-Za-z])(?:us|usd|au|aud|a|ca|cad|cdn|c|nz|nzd|s|sg|sgd|hk|hkd|r|nt|mx) ?\$$", re.IGNORECASE)
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{1,5}\.?$")
_CAPITALS_ONLY = frozenset({"p", "r", "fr", "dh"})
"""Letters that are a currency before a number only when written large."""

_AFTER = re.compile(
    rf"\s?(?P<multiplier>k\b|k(?=[\s\-–—/+.,;:)$€£]|to\b)|mio\b|m\b|mm\b|bn?\b|million|billion|thousand|lakhs?\b|lacs?\b|lpa\b|crores?\b|cr\b|tys\b|mil\b|jt\b|juta\b)?"
    rf"\.?\s?(?P<lpa>lpa\b)?(?P<sign>[{SIGNS}](?!\s?\d)|[A-Z]{{3}}\b|euros?\b|zł|kr\b|kč|lei\b|ft\b|baht\b|dollars?\b|pounds\b|rupees\b|dhs?\b|pesos\b)?",
    re.IGNORECASE,
)  # fmt: skip
_MULTIPLIERS = {
    "k": 1e3, "thousand": 1e3, "tys": 1e3, "mil": 1e3, "m": 1e6, "mm": 1e6, "mio": 1e6, "million": 1e6, "jt": 1e6, "juta": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "lpa": 1e5, "cr": 1e7, "crore": 1e7, "crores": 1e7,
}  # fmt: skip
LAKH = frozenset({"lakh", "lakhs", "lac", "lacs", "lpa", "cr", "crore", "crores"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with the currency written at it: an ISO code, "$" or another sign that needs a place, or None."""

    value: float
    currency: str | None
    multiplier: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Money:
    """One amount, or two joined to a range; `[start, end)` covers both. `joined` = what stands between them."""

    low: Amount
    high: Amount
    start: int
    end: int
    joined: str = ""

    @property
    def is_range(self) -> bool:
        return self.low is not self.high

    @property
    def currency(self) -> str | None:
        return self.low.currency or self.high.currency


@cache
def _iso_codes() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@cache
def _country_currencies() -> dict[str, str]:
    return {country: currency for country, currency in rows("country_currencies.csv")}


def resolve(sign: str | None, country: str | None) -> str | None:
    """The ISO 4217 code of a sign used in a country; without a sign the country's own currency."""
    if sign is None:
        return _country_currencies().get(country or "")
    if sign in _BY_PLACE:
        return _BY_PLACE[sign].get(country or "") or _DEFAULT.get(sign)
    return sign


def _named(word: str) -> str | None:
    """An ISO code or a key of `_BY_PLACE` for the letters beside a number."""
    if word in _iso_codes():
        return word
    key = word.lower().rstrip(".").replace(" ", "")
    if key in _BY_PLACE:
        return key
    if key in _CAPITALS_ONLY and not word[0].isupper():
        return None
    return _SIGN_CURRENCY.get(key)


def _sign_before(text: str, start: int) -> tuple[str | None, int]:
    """(currency written before the number, where it starts)."""
    near = text[max(0, start - 8) : start]
    kept = near.rstrip(" \u00a0\n")
    if not kept or len(near) - len(kept) > 2:
        return None, start
    if kept[-1] in SIGNS:
        named = _DOLLAR.search(kept) if kept[-1] == "$" else None
        at = named.start() if named else len(kept) - 1
        written = kept[at:]
    elif kept[-1].isalpha() or kept[-1] == ".":
        word = _WORD.search(kept)
        if word is None:
            return None, start
        at, written = word.start(), word.group()
    else:
        return None, start
    sign = _named(written)
    return (sign, start - len(near) + at) if sign else (None, start)


def number(text: str) -> float:
    """The value of digits with separators: the last of two kinds is the decimal one; a lone one before three digits groups."""
    digits = re.sub(r"['’  ]", "", text)
    comma, point = digits.rfind(","), digits.rfind(".")
    decimal = max(comma, point)
    if decimal < 0:
        return float(digits)
    tail = len(digits) - decimal - 1
    is_decimal = tail != 3 or (comma >= 0 and point >= 0)
    if tail == 3 and not (comma >= 0 and point >= 0):
        is_decimal = False
    whole = re.sub(r"[.,]", "", digits[:decimal] if is_decimal else digits)
    return float(f"{whole}.{digits[decimal + 1 :]}") if is_decimal else float(whole)


def _sign_after(text: str, end: int) -> tuple[str, str | None, int]:
    """(multiplier, currency, where they end) of what is written after the number."""
    after = _AFTER.match(text, end)
    if after is None:
        return "", None, end
    multiplier = (after["multiplier"] or "").lower()
    sign = _named(after["sign"]) if after["sign"] else None
    if sign:
        return multiplier, sign, after.end()
    return multiplier, None, after.end("multiplier") if multiplier else end


def _numbers(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    for digits in _DIGITS.finditer(text, start, end):
        yield from _FIND.finditer(text, digits.start(), digits.end())


def amounts(text: str, start: int, end: int) -> Iterator[Amount]:
    """Every number in `text[start:end]` with its currency; percentages and parts of words and codes left out."""
    for match in _numbers(text, start, end):
        first, last = match.span()
        sign, opens = _sign_before(text, first) if first else (None, first)
        before = text[first - 1] if first else " "
        if sign is None and (before.isalnum() or before in "#@_/.:"):
            continue
        if text.startswith(("%", " %", "(k", "(K"), last):
            continue
        multiplier, behind, closes = _sign_after(text, last)
        if behind and (sign is None or sign in _BY_PLACE):
            sign = behind
        value = number(match.group()) * _MULTIPLIERS.get(multiplier, 1.0)
        yield Amount(value, sign, multiplier, opens, closes)


_PERIOD_BETWEEN = r"(?:\s*(?:usd|gross|brutto|base)?\s*(?:/|per|an?|pro|par|p)?\s*(?:hour|hr|h|day|week|wk|month|mo|mth|year|yr|annum|annually|hourly|yearly|monthly|weekly|daily|pa|jahr|monat|stunde|an|mois|heure)\.?)?"
_JOIN = re.compile(
    rf"{_PERIOD_BETWEEN}\s*(?:\(?(?:minimum|min|mid|usd|in the [a-z ]{{1,40}}?)\)?)?\s*(?:-{{1,2}}|[‐-―~→]|至|到|\bto\b|\bup to\b|\band up to\b|\bthrough\b|\bbis\b|\bà\b|\ba\b|\bet\b|\band\b|\bund\b|\btot\b|\bal?\b|\be\b|\by\b|\bdo\b|\bat[eé]\b|/|to a maximum of)\s*(?:a maximum of |maximum of |up to |max\.? ?)?\s*",
    re.IGNORECASE,
)  # fmt: skip
_NEEDS_BETWEEN = re.compile(r"\b(?:and|et|und|e|y)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:between|entre|zwischen|tussen|tra|ranges?|from|pomiędzy)\W+(?:\w+\W+){0,6}$", re.IGNORECASE)


def _joins(text: str, low: Amount, high: Amount) -> bool:
    gap = text[low.end : high.start]
    if len(gap) > 60 or not _JOIN.fullmatch(gap):
        return False
    if _NEEDS_BETWEEN.search(gap) and not _BETWEEN.search(text[max(0, low.start - 60) : low.start]):
        return False
    return True


def _range(text: str, low: Amount, high: Amount) -> Money | None:
    if not low.multiplier and high.multiplier and low.value < 1000 <= high.value:
        factor = _MULTIPLIERS[high.multiplier]
        low = replace(low, value=low.value * factor, multiplier=high.multiplier)
    if low.multiplier == "k" and not high.multiplier and high.value < 1000:
        high = replace(high, value=high.value * 1e3, multiplier="k")
    if low.value > high.value or (low.currency and high.currency and low.currency != high.currency and "$" not in (low.currency, high.currency)):
        return None
    return Money(low, high, low.start, high.end, text[low.end : high.start])


def moneys(text: str, start: int, end: int) -> Iterator[Money]:
    """Ranges and single amounts in `text[start:end]`, in order."""
    held: Amount | None = None
    for amount in amounts(text, start, end):
        if held is not None:
            joined = _range(text, held, amount) if _joins(text, held, amount) else None
            if joined is not None:
                yield joined
                held = None
                continue
            yield Money(held, held, held.start, held.end)
        held = amount
    if held is not None:
        yield Money(held, held, held.start, held.end)
