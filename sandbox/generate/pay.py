"""Pay: what a posting offers and how it says so."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Period = Literal["year", "month", "day", "hour"]

# Level of pay against the US, and the currency, by country.
_MARKETS: dict[str, tuple[str, str, float]] = {
    "US": ("USD", "$", 1.0),
    "CA": ("CAD", "CA$", 1.05),
    "GB": ("GBP", "£", 0.62),
    "IE": ("EUR", "€", 0.70),
    "DE": ("EUR", "€", 0.66),
    "FR": ("EUR", "€", 0.56),
    "ES": ("EUR", "€", 0.48),
    "NL": ("EUR", "€", 0.64),
    "PT": ("EUR", "€", 0.38),
    "PL": ("PLN", "zł", 2.1),
    "SE": ("SEK", "kr", 6.4),
    "CH": ("CHF", "CHF", 1.02),
    "AU": ("AUD", "A$", 1.15),
    "SG": ("SGD", "S$", 1.0),
    "IN": ("INR", "₹", 28.0),
    "JP": ("JPY", "¥", 88.0),
    "BR": ("BRL", "R$", 2.2),
    "MX": ("MXN", "MX$", 9.0),
    "IL": ("ILS", "₪", 2.9),
    "AE": ("AED", "AED", 3.2),
}
_PERIODS: dict[Period, int] = {"year": 1, "month": 12, "day": 260, "hour": 2080}
_LEVELS = {
    "intern": 0.42,
    "junior": 0.66,
    "mid": 1.0,
    "senior": 1.32,
    "staff": 1.62,
    "principal": 1.85,
    "manager": 1.38,
    "director": 1.85,
    "vp": 2.4,
    "cxo": 3.0,
}


@dataclass(frozen=True)
class _Manner:
    """How figures are written in a language: thousands and decimal marks, between two figures, periods."""

    thousands: str
    decimal: str
    between: tuple[str, ...]
    periods: dict[Period, tuple[str, ...]]


_ABROAD = {
    "de": _Manner(
        ".",
        ",",
        (" - ", " bis ", " – "),
        {
            "year": ("brutto pro Jahr", "jährlich", "p.a.", "im Jahr"),
            "month": ("brutto pro Monat", "monatlich"),
            "day": ("pro Tag",),
            "hour": ("pro Stunde", "Stundenlohn"),
        },
    ),
    "fr": _Manner(
        " ",
        ",",
        (" - ", " à ", " – "),
        {
            "year": ("brut par an", "annuels", "bruts annuels"),
            "month": ("brut par mois", "par mois"),
            "day": ("par jour",),
            "hour": ("de l'heure", "par heure"),
        },
    ),
    "es": _Manner(
        ".",
        ",",
        (" - ", " a ", " – "),
        {
            "year": ("brutos al año", "anuales"),
            "month": ("brutos al mes", "mensuales"),
            "day": ("al día",),
            "hour": ("por hora",),
        },
    ),
    "pt": _Manner(
        ".",
        ",",
        (" - ", " a ", " – "),
        {
            "year": ("por ano", "anuais"),
            "month": ("por mês", "mensais"),
            "day": ("por dia",),
            "hour": ("por hora",),
        },
    ),
}


@dataclass(frozen=True)
class Pay:
    """An offer in its own currency and period; `ote`: the figures are on-target earnings."""

    low: float
    high: float
    currency: str
    symbol: str
    period: Period
    ote: bool = False

    def number(self, value: float) -> str:
        """The figure as written: no decimals but for hours."""
        return f"{value:,.2f}" if self.period == "hour" else f"{value:,.0f}"


def draw_pay(country: str, seniority: str, base_usd: int, rng: Random, *, ote: bool) -> Pay:
    """A plausible offer. `base_usd`: a year's pay of a mid-level person of that function in the US."""
    currency, symbol, level = _MARKETS.get(country, _MARKETS["US"])
    middle = base_usd * level * _LEVELS[seniority] * rng.uniform(0.86, 1.16)
    period: Period = "hour" if seniority == "intern" and country == "US" else _period(country, rng)
    spread = rng.uniform(0.08, 0.2)
    low, high = (_rounded(middle * part / _PERIODS[period], period) for part in (1 - spread, 1 + spread))
    return Pay(low, high, currency, symbol, period, ote and period == "year")


def _period(country: str, rng: Random) -> Period:
    draw = rng.random()
    if country in ("PL", "BR", "MX") and draw < 0.6:
        return "month"
    return "hour" if draw < 0.05 else "month" if draw < 0.07 else "day" if draw < 0.08 else "year"


def _rounded(value: float, period: Period) -> float:
    if period == "hour":
        return round(value * 4) / 4
    step = 10 ** max(0, len(str(int(value))) - (3 if value >= 100_000 else 2))
    return float(round(value / step * 2) * step / 2)


def pay_words(pay: Pay, rng: Random, language: str) -> str:
    """The offer as people write it: a range or one figure, in full or in thousands, before or after."""
    if language in _ABROAD:
        return _words_abroad(pay, rng, _ABROAD[language])
    unit = {"year": ("per year", "annually", "a year", "/year"), "month": ("per month", "/month", "monthly")}
    rest = {"day": ("per day", "a day"), "hour": ("per hour", "/hr", "an hour", "hourly")}
    period = rng.choice((unit | rest)[pay.period])
    figures = _figures(pay, rng)
    ote = rng.choice((" OTE", " on-target earnings", " OTE (50/50 split)")) if pay.ote else ""
    gap = "" if period.startswith("/") else " "
    return f"{figures}{ote}" if pay.period == "year" and rng.random() < 0.35 else f"{figures}{ote}{gap}{period}"


def _words_abroad(pay: Pay, rng: Random, manner: _Manner) -> str:
    """`60.000 € - 75.000 € brutto pro Jahr`: the euro stands behind its figure, other signs before."""
    marks = str.maketrans({",": manner.thousands, ".": manner.decimal})
    low, high = (_with_sign(pay, pay.number(value).translate(marks)) for value in (pay.low, pay.high))
    figures = high if rng.random() < 0.15 else f"{low}{rng.choice(manner.between)}{high}"
    return f"{figures} {rng.choice(manner.periods[pay.period])}"


def _with_sign(pay: Pay, figure: str) -> str:
    return f"{figure} {pay.symbol}" if pay.currency == "EUR" else f"{pay.symbol} {figure}"


def _figures(pay: Pay, rng: Random) -> str:
    low, high, draw = pay.number(pay.low), pay.number(pay.high), rng.random()
    thousands = pay.period == "year" and pay.low % 1000 == 0 and pay.high % 1000 == 0
    if thousands and draw < 0.2:
        return f"{pay.symbol}{pay.low / 1000:.0f}k{rng.choice((' - ', '-', ' to '))}{pay.symbol}{pay.high / 1000:.0f}k"
    if draw < 0.5:
        return f"{pay.symbol}{low}{rng.choice((' - ', ' – ', '—', '-', ' to '))}{pay.symbol}{high}"
    if draw < 0.7:
        return f"{pay.symbol}{low} - {pay.symbol}{high} {pay.currency}"
    if draw < 0.8:
        return f"{pay.currency} {low} to {high}"
    if draw < 0.88:
        return f"between {pay.symbol}{low} and {pay.symbol}{high}"
    return rng.choice((f"up to {pay.symbol}{high}", f"{pay.symbol}{high}", f"from {pay.symbol}{low}"))


def pay_input_ranges(pay: Pay, title: str) -> list[dict[str, Any]]:
    """The Greenhouse field, in cents."""
    return [
        {
            "min_cents": round(pay.low * 100),
            "max_cents": round(pay.high * 100),
            "currency_type": pay.currency,
            "title": title,
            "blurb": "<p>The range depends on experience, skills and where you work.</p>",
        }
    ]


def salary_range(pay: Pay) -> dict[str, Any]:
    """The Lever field."""
    interval = {"hour": "per-hour-wage", "day": "per-day-wage"}.get(pay.period, f"per-{pay.period}-salary")
    return {"currency": pay.currency, "interval": interval, "min": _plain(pay.low), "max": _plain(pay.high)}


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
