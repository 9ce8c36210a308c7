"""Sums of money in running text: currency, number, multiplier, and two of them as a range.

What a sum is for is the question of `salary`. Signs and letters of currencies stand in `data/currency_signs.tsv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import pycountry

from extraction.data_files import DATA
from extraction.rules.gazetteer import rows

SIGNS = "$€£¥₹₩₽₺฿₫₱₴₪₦₵₸"

_GROUP = r"[.,'’\u00a0\u202f ]"
_NUMBER = re.compile(
    r"\d{1,3}\.\d{4}(?!\d)"  # 40.3284
    r"|\d{1,3}(?:,\d{2})+,\d{3}(?!\d)"  # 12,00,000
    rf"|\d{{1,3}}(?:{_GROUP}\d{{3}})+(?!\d)(?:[.,]\d{{1,2}}(?!\d))?"  # 1.234,56
    r"|\d+(?:[.,]\d{1,2})?(?!\d)"
)
_RUN = re.compile(rf"[0-9](?:[0-9]|{_GROUP})*")
_DIGITS_AS_ZEROS = bytes(ord("0" if chr(byte) in "0123456789" else " ") for byte in range(256))
"""Of a text as one byte a character: to find one byte takes a tenth of the time that a pattern takes to find a digit."""

_GROUPED_ONCE = re.compile(r"(?<![\d.,])\d{1,3}([.,])\d{3}(?![\d.,])")
_DECIMALS = {sign: re.compile(rf"(?<![\d.,])\d{{1,3}}[{sign}]\d{{2}}(?![\d.,])") for sign in ".,"}
_FURTHEST = 3
"""How many times the one end of a range of decimals may be the other."""
_SPACES = re.compile(r"['’\u00a0\u202f ]")
_DOLLAR = re.compile(r"(?<![A-Za-z])(?:(?:USD?|AUD?|CAD?|CDN|NZD?|SGD?|HKD?|NT|MX) ?|[ACSR]|(?i:us|au|ca|nz|hk|sg))\$$")
"""A lone letter belongs to the sign only without a space, and large: "a $5,000 bonus"."""
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{1,5}\.?$")
_CAPITALS_ONLY = frozenset({"p", "r", "fr", "dh", "cad", "php"})
"""Letters that are a currency only when they begin large: small they are words, drawings and programs ("30 cad models")."""

_IDEOGRAPHS = "\u2e80"
"""From here on letters stand beside numbers without a space."""

LAKH = frozenset({"lakh", "lakhs", "lac", "lacs", "lpa", "cr", "crore", "crores"})
_MULTIPLIERS = {
    **dict.fromkeys(("k", "t", "thousand", "tys", "mil"), 1e3),
    **dict.fromkeys(("万", "萬", "만"), 1e4),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs", "lpa"), 1e5),
    **dict.fromkeys(("m", "mm", "mio", "million", "jt", "juta"), 1e6),
    **dict.fromkeys(("cr", "crore", "crores"), 1e7),
    **dict.fromkeys(("b", "bn", "billion"), 1e9),
}
_AFTER = re.compile(
    r"\s?(?P<multiplier>(?:mio|mm?|bn?|lakhs?|lacs?|lpa|crores?|cr|tys|mil|jt|juta)\b|million|billion|thousand|[万萬만]|t(?=eur\b|€)"
    r"|k(?:\b|(?=[\s\-–—/+.,;:)$€£]|[^\x00-\u2e80])))?"
    rf"\.?\s?(?:lpa\b)?(?P<sign>[{SIGNS}](?!\s?\d)|(?:[A-Z]{{3}}|euros?|kr|lei|ft|baht|dollars?|pounds|rupees|dhs?|pesos|tl)\b|zł|kč|[円圓원元])?",
    re.IGNORECASE,
)

_PERIODS = "hour|hourly|hr|h|day|daily|week|weekly|wk|month|monthly|mo|mth|year|yearly|yr|annum|annually|pa|jahr|monat|stunde|an|mois|heure"
_JOIN = re.compile(
    rf"(?:\s*(?:usd|gross|brutto|base)?\s*(?:/|per|an?|pro|par|p)?\s*(?:{_PERIODS})\.?)?"
    r"\s*(?:\(?(?:minimum|min|mid|usd|in the [a-z ]{1,40}?)\)?)?"
    r"\s*(?:-{1,2}|[‐-―~→/]|至|到|\b(?:to|up to|and up to|through|bis|à|a|al|et|e|y|and|und|tot|do|до|at[eé]|to a maximum of)\b)"
    r"\s*(?:a maximum of |maximum of |up to |max\.? ?)?\s*",
    re.IGNORECASE,
)
_NEEDS_BETWEEN = re.compile(r"\b(?:and|et|und|e|y)\b(?! up to)", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:between|entre|zwischen|tussen|tra|ranges?|from|pomiędzy)\W+(?:\w+\W+){0,6}$", re.IGNORECASE)
# Forms state both ends with a label each, often on a line each: "Minimum: $62,400", "Maximum: $81,120".
_OF_PAY = r"salary|pay|rate|base|annual|hourly"
_MINIMUM = re.compile(rf"\bmin(?:imum|\.)?(?: (?:{_OF_PAY})){{0,2}}\W{{0,4}}$", re.IGNORECASE)
_MAXIMUM = re.compile(rf"\W*(?:(?:{_OF_PAY}|per hour|per year) ){{0,2}}max(?:imum|\.)?(?: (?:{_OF_PAY})){{0,2}}\W*", re.IGNORECASE)
_ON_TARGET = re.compile(r"\s*(?:ote\b|on[- ]target)", re.IGNORECASE)
_MAX_JOIN = 60
_SIGN_REACH = 8
_KEPT = 8192
"""Words before numbers that are remembered: mostly they are the same few."""


class Amount(NamedTuple):
    """A number with the currency written at it: an ISO 4217 code, or a sign that needs a place ("$", "kr"), or None."""

    value: float
    currency: str | None
    multiplier: str
    start: int
    end: int


class Money(NamedTuple):
    """One amount, or two joined to a range; `[start, end)` covers both, `joined` is what stands between them."""

    low: Amount
    high: Amount
    joined: str = ""

    @property
    def start(self) -> int:
        return self.low.start

    @property
    def end(self) -> int:
        return self.high.end

    @property
    def is_range(self) -> bool:
        return self.low is not self.high

    @property
    def currency(self) -> str | None:
        """The currency of either, an ISO code before a sign that needs a place."""
        if not self.is_range:
            return self.low.currency
        written = [amount.currency for amount in (self.low, self.high) if amount.currency]
        return next((code for code in written if not _is_open(code)), written[0] if written else None)


_FORMER_CODES = frozenset({"BGN", "HRK"})
"""Replaced by the euro, but still written; the European Central Bank's table holds their last rates."""


@cache
def _iso_codes() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies) | _FORMER_CODES


@cache
def _country_currencies() -> dict[str, str]:
    return {country: currency for country, currency in rows("country_currencies.csv")}  # noqa: C416 - lists, not pairs


@cache
def _signs() -> dict[str, dict[str, str]]:
    """Sign -> country -> currency; the country "" holds the currency it means elsewhere."""
    table: dict[str, dict[str, str]] = {}
    with (DATA / "currency_signs.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            table.setdefault(row["sign"], {})[row["country"]] = row["currency"]
    return table


def resolve(sign: str | None, country: str | None) -> str | None:
    """The ISO 4217 code of a sign used in a country; without a sign the country's own currency."""
    if sign is None:
        return _country_currencies().get(country or "")
    by_place = _signs().get(sign)
    return by_place.get(country or "") or by_place[""] if by_place else sign


def _named(word: str) -> str | None:
    """An ISO code, or a sign that needs a place, for the letters beside a number."""
    if word in _iso_codes():
        return word
    key = word.lower().rstrip(".").replace(" ", "")
    if key in _CAPITALS_ONLY and not word[0].isupper():
        return None
    by_place = _signs().get(key)
    if by_place is None:
        return None
    return key if len(by_place) > 1 else by_place[""]


def _is_open(sign: str | None) -> bool:
    """Whether what is written before a number still leaves the currency to what follows: "$65,000 CAD"."""
    return sign is None or sign in _signs()


@lru_cache(maxsize=_KEPT)
def _sign_at_end(near: str) -> tuple[str | None, int]:
    """(currency written at the end of what stands before a number, how many characters from there to the number)."""
    kept = near.rstrip(" \u00a0\n")
    if not kept or len(near) - len(kept) > 2:
        return None, 0
    found = _DOLLAR.search(kept) if kept[-1] == "$" else _WORD.search(kept)
    if kept[-1] in SIGNS and found is None:
        at = len(kept) - 1
    elif found is None:
        return None, 0
    else:
        at = found.start()
    sign = _named(kept[at:])
    return (sign, len(near) - at) if sign else (None, 0)


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


def number(text: str) -> float:
    """The value of digits with separators: a comma or point before three last digits groups unless both kinds occur."""
    if text.isdigit():
        return float(text)
    digits = _SPACES.sub("", text)
    comma, point = digits.rfind(","), digits.rfind(".")
    at = max(comma, point)
    is_decimal = at >= 0 and (len(digits) - at != 4 or (comma >= 0 and point >= 0))
    whole = (digits[:at] if is_decimal else digits).replace(",", "").replace(".", "")
    return float(f"{whole}.{digits[at + 1 :]}") if is_decimal else float(whole)


def _numbers(text: str) -> Iterator[re.Match[str]]:
    """The numbers of each run of digits and what groups them."""
    digits = text.encode("latin-1", "replace").translate(_DIGITS_AS_ZEROS)
    start = digits.find(b"0")
    while start >= 0 and (run := _RUN.match(text, start)):
        yield from _NUMBER.finditer(text, start, run.end())
        start = digits.find(b"0", run.end())


def amounts(text: str) -> Iterator[Amount]:
    """Every number in the text with its currency; percentages and parts of words and codes left out."""
    for match in _numbers(text):
        first, last = match.span()
        sign, length = _sign_at_end(text[max(0, first - _SIGN_REACH) : first])
        before = text[first - 1] if first else " "
        if sign is None and ((before.isalnum() and before < _IDEOGRAPHS) or before in "#@_/.:"):
            continue
        if text.startswith(("%", " %", "(k", "(K"), last):
            continue
        multiplier, behind, end = _sign_after(text, last)
        currency = behind if behind and _is_open(sign) else sign
        yield Amount(number(match.group()) * _MULTIPLIERS.get(multiplier, 1.0), currency, multiplier, first - length, end)


def _joins(text: str, low: Amount, high: Amount) -> bool:
    gap = text[low.end : high.start]
    if len(gap) > _MAX_JOIN:
        return False
    if not _JOIN.fullmatch(gap):
        return _MAXIMUM.fullmatch(gap) is not None and _MINIMUM.search(text[max(0, low.start - 40) : low.start]) is not None
    if "/" in gap and _ON_TARGET.match(text, high.end):
        return False  # base pay and earnings: "$50,000 base / $75,000 OTE"
    return not _NEEDS_BETWEEN.search(gap) or bool(_BETWEEN.search(text[max(0, low.start - 60) : low.start]))


def _as_decimal(text: str, amount: Amount, other: Amount) -> Amount:
    """What looks grouped is a decimal beside a near one with the same sign: "32.69 - 44.953"."""
    mark = _GROUPED_ONCE.search(text, amount.start, amount.end) if not amount.multiplier else None
    if mark is None or not _DECIMALS[mark[1]].search(text, other.start, other.end):
        return amount
    value = float(mark[0].replace(",", "."))
    return amount._replace(value=value) if 1 / _FURTHEST <= value / (other.value or 1) <= _FURTHEST else amount


def _range(text: str, low: Amount, high: Amount) -> Money | None:
    """Two amounts as one range; a multiplier written once ("130-160k") holds for both."""
    low, high = _as_decimal(text, low, high), _as_decimal(text, high, low)
    if not low.multiplier and high.multiplier and low.value < 1000 <= high.value:
        low = low._replace(value=low.value * _MULTIPLIERS[high.multiplier], multiplier=high.multiplier)
    if low.multiplier == "k" and not high.multiplier and high.value < 1000:
        high = high._replace(value=high.value * 1e3, multiplier="k")
    if _is_short_for_thousands(low, high):
        low = low._replace(value=low.value * 1e3)
    contradict = low.currency != high.currency and not (_is_open(low.currency) or _is_open(high.currency))
    if low.value > high.value or contradict:
        return None
    return Money(low, high, text[low.end : high.start])


def _is_short_for_thousands(low: Amount, high: Amount) -> bool:
    """Whether the lower end lacks the thousands of the upper one: "$72-88,000"."""
    if low.multiplier or high.multiplier or (low.currency and high.currency) or low.value >= 1_000 or high.value < 10_000:
        return False
    return 1e3 < high.value / (low.value or 1) <= 1e3 * _FURTHEST


def moneys(text: str) -> Iterator[Money]:
    """Ranges and single amounts of a text, in order."""
    held: Amount | None = None
    for amount in amounts(text):
        if held is None:
            held = amount
            continue
        joined = _range(text, held, amount) if _joins(text, held, amount) else None
        yield joined or Money(held, held)
        held = None if joined else amount
    if held is not None:
        yield Money(held, held)
