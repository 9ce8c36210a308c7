"""Pay in a sentence: "over 200k", "$150,000+", "€90k", "$60 per hour", "between 120k and 160k". Pure.

Jobs are compared in US dollars a year (`min_comp`, `max_comp`): other currencies and periods are converted, and the part's note
says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.search.sentence.parts import Kind, Part, Sentence

# Paid periods of a year, as for the salaries of jobs: 40 hours a week, 5 days a week, 52 weeks. By first letter ("annum" too).
_PERIODS = {"h": ("hour", 2080), "d": ("day", 260), "w": ("week", 52), "m": ("month", 12), "y": ("year", 1), "a": ("year", 1)}
_CURRENCIES = {
    "USD": "us$ $ usd dollars dollar bucks", "EUR": "€ eur euros euro", "GBP": "£ gbp pounds quid", "CAD": "ca$ c$ cad",
    "AUD": "au$ a$ aud", "CHF": "chf francs", "JPY": "¥ jpy yen", "INR": "₹ inr rupees", "SEK": "sek", "NOK": "nok", "DKK": "dkk",
    "PLN": "pln zloty", "BRL": "r$ brl", "SGD": "s$ sgd", "NZD": "nz$ nzd", "HKD": "hk$ hkd", "MXN": "mxn", "ILS": "₪ ils", "CZK": "czk",
}  # fmt: skip
_BY_SIGN = {sign: code for code, signs in _CURRENCIES.items() for sign in signs.split()}
_FACTORS = {"k": 1_000, "t": 1_000, "g": 1_000, "m": 1_000_000, "l": 100_000}
"""By first letter: k, thousand, grand; m, million; lakh and LPA (lakhs a year), which are rupees."""
_MAX_USD = 100_000_000
_THOUSANDS_BELOW = 1_000
"""An amount a year below this is meant in thousands: "paying over 200"."""
LEAST_BARE = 10_000
"""A number without currency, "k" or a word about pay beside it is pay from here on."""

_sign = "|".join(re.escape(sign) for sign in sorted(_BY_SIGN, key=len, reverse=True))
_cue = (
    r"(?P<cue>(?:(?:that|which|who|with)\s+(?:an?\s+)?)?(?:pay(?:s|ing)?|paid|salar(?:y|ies)|comp(?:ensation)?|base|earn(?:s|ing)?|mak(?:es?|ing)|ote|wages?|rates?)"
    r"(?:\s+(?:pay|salary|range|of|is|starting))*\s*:?\s*)"
)
_low = (
    r"(?P<low>over|above|at\s+least|more\s+than|min(?:imum)?(?:\s+of)?|from|starting\s+(?:at|from)|north\s+of|upwards?\s+of|greater\s+than"
    r"|exceeding|>=?|≥|between|not\s+(?:under|below|less\s+than)|no\s+less\s+than|with|at|around|about|~)"
)
_high = (
    r"(?P<high>under|below|less\s+than|up\s+to|at\s+most|max(?:imum)?(?:\s+of)?|no\s+more\s+than|not\s+(?:over|above|more\s+than)|<=?|≤)"
)
_plus = r"(?P<plus>\s?\+|\s+(?:or\s+more|and\s+(?:up|above)|plus|upwards?|minimum|min)\b)"
_period = (
    r"(?:\s*(?:/|\bper\b|\ban?\b|\bp\.?(?=[ahmd]\b))\s*(?P<period>h(?:ou)?r?s?|d(?:ay)?|w(?:ee)?k|mo?(?:nth)?|y(?:ea)?r|annum|a)\b\.?"
    r"|\s+(?P<adverb>hourly|daily|weekly|monthly|yearly|annually)\b)"
)
_about = r"\s+(?:salary|base|pay|comp(?:ensation)?|total\s+comp(?:ensation)?|tc)\b"


def _amount(name: str) -> str:
    """A number with its currency before or behind it; groups `sign`, `number`, `factor`, `code` with this prefix."""
    return (
        rf"(?P<{name}sign>(?:{_sign})\s?)?(?P<{name}number>\d{{1,3}}(?:[,.' ]\d{{3}})+(?!\d)|\d{{1,9}}(?:\.\d{{1,2}})?)"
        rf"\s?(?P<{name}factor>k(?![a-z0-9])|m(?![a-z0-9])|thousand\b|grand\b|million\b|lakhs?\b|lpa\b)?(?:\s?(?P<{name}code>(?:{_sign})(?![a-z0-9])))?"
    )


_MONEY = re.compile(
    rf"{_cue}?(?:{_low}|{_high})?\s*{_amount('')}{_plus}?(?:\s?(?P<plus_code>(?:{_sign})(?![a-z0-9])))?(?:\s*(?:[-–—]|\bto\b|\band\b)\s*(?P<range>{_amount('to_')}))?{_period}?(?:{_about})?",
    re.IGNORECASE,
)
_NOT_MONEY = re.compile(
    r"\s*(?:%|[-+]?\s*(?:employees?|people|persons?|users?|customers?|staff|years?|yrs?|days?|weeks?|months?|hours?|hrs?|am|pm|st|nd|rd|th|fte)\b)"
    r"|(?<=401k)|\s?\(k\)",
    re.IGNORECASE,
)
_FIGURES = re.compile(
    r"(?:(?:paying|with|at\s+least|over)\s+)?(?P<count>six|seven|6|7)[- ]figures?(?:\s+(?:salary|salaries|pay))?\b", re.IGNORECASE
)


def recognise_money(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """An amount of pay that begins at a word, with the words around it that say how it is meant."""
    start = sentence.words[at].start
    if match := _FIGURES.match(sentence.text, start):
        filters = (("min_comp", "100000" if match["count"].casefold() in ("six", "6") else "1000000"),)
        return sentence.part(Kind.FILTER, at, sentence.stop_at(match.end()), filters)
    match = _MONEY.match(sentence.text, start)
    if not match or not _is_money(match):
        return None
    return _converted(sentence.part(Kind.FILTER, at, sentence.stop_at(match.end())), match, sentence)


def _is_money(match: re.Match[str]) -> bool:
    if _NOT_MONEY.match(match.string, match.end()):
        return False
    if any(match[name] for name in ("cue", "sign", "code", "to_sign", "to_code", "factor", "to_factor")):
        return True
    return _number(match["number"]) >= LEAST_BARE and bool(match["low"] or match["high"] or match["plus"] or match["range"])


def _converted(part: Part, match: re.Match[str], sentence: Sentence) -> Part:
    """The part as a filter in US dollars a year; unused where the currency has no rate."""
    sign = match["sign"] or match["code"] or match["plus_code"] or match["to_sign"] or match["to_code"]
    factor = match["factor"] or match["to_factor"] or ""
    currency = _BY_SIGN.get((sign or ("₹" if factor[:1].casefold() == "l" else "$")).strip().casefold())
    if currency is None:  # "İNR": patterns take it for "INR"
        return replace(part, kind=Kind.UNUSED, note="the currency is not known")
    period, times = _PERIODS[(match["period"] or match["adverb"] or "y")[0].casefold()]
    amounts = _amounts(match, times)
    rate = 1.0 if currency == "USD" else sentence.known.usd_rate(currency, sentence.known.today)
    if rate is None:
        return replace(part, kind=Kind.UNUSED, note=f"there is no exchange rate for {currency}")
    low, high = (min(round(value * times * rate), _MAX_USD) for value in amounts)
    names = ("max_comp", "") if match["high"] else ("min_comp", "max_comp" if match["range"] else "")
    filters = tuple((name, str(usd)) for name, usd in zip(names, (low, high), strict=True) if name and usd >= 1)
    note = f"{amounts[0]:,.0f} {currency} a {period} is {low:,} US dollars a year" if (currency, times) != ("USD", 1) else ""
    return replace(part, filters=filters, note=note) if filters else replace(part, kind=Kind.UNUSED)


def _amounts(match: re.Match[str], times: int) -> tuple[float, float]:
    """The amount, or both of a range; "150-200k" and "paying over 200" leave out the thousands."""
    high = _value(match["to_number"] or match["number"], match["to_factor"] or match["factor"], times)
    low = _value(match["number"], match["factor"] or match["to_factor"], times)
    return (low, high) if low <= high else (_value(match["number"], match["factor"], times), high)


def _value(number: str, factor: str | None, times: int) -> float:
    amount = _number(number)
    if factor:
        return amount * _FACTORS[factor[0].casefold()]
    return amount * 1_000 if times == 1 and amount < _THOUSANDS_BELOW else amount


def _number(text: str) -> float:
    """150,000 · 150.000 · 150 000 · 62.5"""
    grouped = re.fullmatch(r"\d{1,3}(?:[,.' ]\d{3})+", text)
    return float(re.sub(r"\D", "", text) if grouped else text)
