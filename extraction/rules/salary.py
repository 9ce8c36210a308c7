"""What a posting pays: the ATS's pay fields first, then a grammar over the text (spec E2).

A sum counts only where the words around it say that it is pay for the work: the nearest of the telling words decides.
Equity, bonus, allowances, revenue, funding and the like do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules import money
from extraction.rules.currency import PERIODS_PER_YEAR, usd_rate
from extraction.rules.location import locations
from extraction.rules.money import Money
from extraction.rules.pay_words import ABOUT_PAY, AFTER_NOT_PAY, COUNTRY_NEARBY, FROM, NOT_PAY, OTE, PAY_AFTER, PERIOD_AFTER, PERIOD_BEFORE, UP_TO
from extraction.schema import Period, SalaryDetails

REACH = 110
"""Characters before a sum in which a word can say what it is for."""

NEAR = 14
"""Characters that may stand between a word of pay and a sum without a currency (": ", " range of ")."""

RATE_DAY = date(2024, 1, 2)
"""Only orders of magnitude hang on it: is a figure a year's or an hour's pay?"""

LEAST_PER_YEAR, MOST_PER_YEAR = 1_000.0, 3_000_000.0
"""US dollars a year outside which a sum is not somebody's pay."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sum that is pay, as the text states it."""

    low: float | None
    high: float | None
    currency: str
    period: Period
    is_ote: bool
    confidence: float
    start: int
    end: int
    is_alone: bool


def rough_usd(currency: str) -> float:
    """US dollars for one unit, near enough to tell an hour's pay from a year's; 1 where no rate is known."""
    return usd_rate(currency, RATE_DAY) or _WORTH.get(currency, 1.0)


_WORTH = {"VND": 0.00004, "AED": 0.27, "SAR": 0.27, "TWD": 0.032, "KES": 0.007, "NGN": 0.001, "EGP": 0.02, "PKR": 0.0036, "COP": 0.00025, "CLP": 0.0011, "ARS": 0.001, "LKR": 0.003, "BDT": 0.009, "UAH": 0.026, "RUB": 0.011, "KZT": 0.0022, "MAD": 0.1, "DZD": 0.0074, "TND": 0.32}
"""For currencies that the European Central Bank does not quote."""


def inferred_period(amount: float, currency: str) -> Period | None:
    """The period that a figure without one must be for, by its size; None where it fits none."""
    worth = amount * rough_usd(currency)
    if worth >= 9_000 or (currency == "INR" and amount >= 150_000):
        return Period.YEAR
    if currency in ("USD", "GBP", "EUR", "CAD", "AUD") and worth <= 300 or worth <= 60:
        return Period.HOUR
    return Period.MONTH if worth >= 120 else None


def is_plausible(amount: float, currency: str, period: Period) -> bool:
    """Whether somebody could be paid so much."""
    return LEAST_PER_YEAR <= amount * rough_usd(currency) * PERIODS_PER_YEAR[period] <= MOST_PER_YEAR


def _line_start(text: str, at: int) -> int:
    """Start of the line of `at`, or of the heading before it when nothing else stands on the line."""
    start = text.rfind("\n", 0, at) + 1
    if len(text[start:at].strip(" •*-–:")) > 24:
        return start
    heading_end = len(text[:start].rstrip()) if start else 0
    heading = text.rfind("\n", 0, heading_end) + 1
    return heading if start - heading <= 90 else start


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match ends, -1 without one."""
    end = -1
    for match in pattern.finditer(text):
        end = match.end()
    return end


def _period(before: str, after: str, found: Money, currency: str) -> tuple[Period | None, bool]:
    """(period, whether it was written)."""
    for pattern, text in ((PERIOD_AFTER, after), (PERIOD_AFTER, found.joined)):
        match = pattern.match(text)
        if match:
            return Period(match.lastgroup), True
    named = list(PERIOD_BEFORE.finditer(before, before.rfind(". ") + 1))
    if named:
        return Period(named[-1].lastgroup), True
    if found.high.multiplier in money.LAKH:
        return Period.YEAR, False
    return inferred_period(found.high.value, currency), False


def _bounds(found: Money, before: str, after: str) -> tuple[float | None, float | None]:
    if found.is_range:
        return found.low.value, found.high.value
    if UP_TO.search(before):
        return None, found.high.value
    if FROM.search(before) or after.startswith("+"):
        return found.low.value, None
    return found.low.value, found.low.value


def _confidence(before: str, after: str, found: Money, *, period_written: bool) -> float | None:
    """How surely a sum is pay by the words around it; None = it is not."""
    pay, other = _last(ABOUT_PAY, before), _last(NOT_PAY, before)
    if other > pay:
        return None
    if found.currency is None:
        return 0.75 if pay >= 0 and _is_bare_pay(before[pay:], found, period_written=period_written) else None
    if pay >= 0:
        return 0.95
    if period_written or PAY_AFTER.match(after):
        return 0.85
    return 0.7 if found.is_range and found.low.value >= 20_000 else None


def _may_be_bare(found: Money) -> bool:
    """Whether a sum without a currency looks like a sum rather than a count, a year or the name of a pension plan."""
    top = found.high.value
    if found.is_range:
        return top >= 10 and not (1990 <= top <= 2040)
    return top >= 1_000 and top != 401_000 and not (1990 <= top <= 2040)


def _is_bare_pay(between: str, found: Money, *, period_written: bool) -> bool:
    """Whether a sum without a currency stands right after a word of pay."""
    return len(between) <= NEAR and (found.high.value >= 1_000 or period_written)


def _country_nearby(before: str, country: str | None) -> str | None:
    """The country that the words before a sum speak of ("the Canadian base salary range"), else the posting's."""
    named = [match.lastgroup for match in COUNTRY_NEARBY.finditer(before)]
    return named[-1] if named else country


def _statement(text: str, lower: str, found: Money, country: str | None) -> Statement | None:
    if found.currency is None and not _may_be_bare(found):
        return None
    from_ = max(_line_start(lower, found.start), found.start - REACH)
    before = lower[from_ : found.start]
    line_end = lower.find("\n", found.end)
    after = lower[found.end : min(found.end + 90, line_end if line_end >= 0 else len(lower))]
    currency = money.resolve(found.currency, _country_nearby(before, country))
    if currency is None or AFTER_NOT_PAY.match(after):
        return None
    period, written = _period(before, after, found, currency)
    confidence = _confidence(before, after, found, period_written=written)
    if period is None or confidence is None or not is_plausible(found.high.value, currency, period):
        return None
    low, high = _bounds(found, before, after)
    is_ote = bool(OTE.search(before, max(0, len(before) - 60)) or OTE.search(after[:40]))
    is_alone = lower[lower.rfind("\n", 0, found.start) + 1 : found.start].strip() == "" and after.strip() == ""
    return Statement(low, high, currency, period, is_ote, confidence, found.start, found.end, is_alone)


def _statements(text: str, lower: str, country: Callable[[], str | None]) -> list[Statement]:
    """What a text says about pay. The country is asked for only when there is a sum to read."""
    found = [money_ for money_ in money.moneys(text, 0, len(text)) if money_.currency or _may_be_bare(money_)]
    read = (_statement(text, lower, money_, country()) for money_ in found)
    return [statement for statement in read if statement is not None]


def _exact(statements: Sequence[Statement]) -> list[Statement]:
    """Without the bands around a figure that stands alone on its line: forms give the offer and the band it is from."""
    alone = [s for s in statements if s.is_alone and s.low == s.high]
    bands = [s for s in statements if any(_is_inside(figure, _details([s])) for figure in alone)]
    return [s for s in statements if s not in bands] if len(bands) == 1 else list(statements)


def _kin(statements: Sequence[Statement]) -> list[Statement]:
    """The statements that make the answer: base pay before earnings, and those in the unit of the surest, first one."""
    base = [statement for statement in statements if not statement.is_ote]
    kept = _exact(base or statements)
    best = max(kept, key=lambda statement: statement.confidence)
    return [s for s in kept if (s.currency, s.period) == (best.currency, best.period) and s.confidence >= best.confidence - 0.15]


def _details(statements: Sequence[Statement]) -> SalaryDetails:
    lows = [s.low for s in statements if s.low is not None]
    highs = [s.high for s in statements if s.high is not None]
    first = statements[0]
    return SalaryDetails(
        min=min(lows, default=None), max=max(highs, default=None), currency=first.currency, period=first.period, ote=first.is_ote
    )


def _country(document: Document) -> str | None:
    """The country whose money a bare "$" is: the ATS's, else that of the first place."""
    places = locations(document)
    named = next((place.value.country for place in places if place.value.country), None)
    return named or document.posting.country


def _text_statements(document: Document) -> list[Statement]:
    return _statements(document.text, document.lower, lambda: _country(document))


def _finding(text: str, statements: Sequence[Statement]) -> Finding[SalaryDetails]:
    evidence = tuple(span_of(text, s.start, s.end) for s in statements)
    return Finding(_details(statements), "salary.text", statements[0].confidence, evidence)


def _from_text(document: Document) -> Finding[SalaryDetails] | None:
    statements = _text_statements(document)
    return _finding(document.text, _kin(statements)) if statements else None


def _from_title(document: Document) -> Finding[SalaryDetails] | None:
    """Pay that only the title states ("Nurse - $45/hour")."""
    title = document.posting.title
    statements = [s for s in _statements(title, title.lower(), lambda: _country(document)) if s.confidence >= 0.8]
    if not statements:
        return None
    pointer = document.posting.pointers.get("title", "/title")
    quotes = (Evidence(title[s.start : s.end], pointer, s.start, s.end) for s in _kin(statements))
    return Finding(_details(_kin(statements)), "salary.title", 0.8, tuple(quotes))


def _from_ranges(document: Document) -> Finding[SalaryDetails] | None:
    """The ATS's own pay ranges: lowest minimum and highest maximum of those in the first one's unit."""
    stated = [s for s in document.posting.salaries if s.minimum or s.maximum]
    if not stated:
        return None
    country = _country(document)
    currency = stated[0].currency or money.resolve("$", country) or "USD"
    top = float(stated[0].maximum or stated[0].minimum or 0)
    period = Period(stated[0].period) if stated[0].period else inferred_period(top, currency)
    if period is None:
        return None
    kin = [s for s in stated if (s.currency, s.period) == (stated[0].currency, stated[0].period)]
    lows = [float(s.minimum) for s in kin if s.minimum]
    highs = [float(s.maximum) for s in kin if s.maximum]
    value = SalaryDetails(min=min(lows, default=None), max=max(highs, default=None), currency=currency, period=period)
    evidence = tuple(Evidence(quote=f"{s.minimum} - {s.maximum} {s.currency or ''}".strip(), pointer=s.pointer) for s in kin)
    return Finding(value, "salary.field", 0.99, evidence)


_PAY_FIELD = re.compile(r"salar|compensation|\bpay\b|\bwage|gehalt|rémunération|\bote\b", re.IGNORECASE)


def _from_fields(document: Document) -> Finding[SalaryDetails] | None:
    """Free fields of the ATS that are named after pay and hold an amount."""
    for stated in document.posting.fields:
        if not _PAY_FIELD.search(stated.name) or NOT_PAY.search(stated.name.lower()):
            continue
        value = _read_field(stated.value, _country(document))
        if value is not None:
            field = Finding(value, "salary.metadata", 0.95, (Evidence(quote=stated.value, pointer=stated.pointer),))
            return _refined(field, document)
    return None


def _refined(field: Finding[SalaryDetails], document: Document) -> Finding[SalaryDetails]:
    """The text's figures where they lie inside the field's range: free fields often hold a band, the text the offer."""
    band = field.value
    inside = [s for s in _text_statements(document) if _is_inside(s, band)]
    return _finding(document.text, inside) if inside else field


def _is_inside(statement: Statement, band: SalaryDetails) -> bool:
    if (statement.currency, statement.period) != (band.currency, band.period) or statement.is_ote:
        return False
    if None in (statement.low, statement.high, band.min, band.max) or (statement.low, statement.high) == (band.min, band.max):
        return False
    return (band.min or 0) <= (statement.low or 0) <= (statement.high or 0) <= (band.max or 0)


def _read_field(text: str, country: str | None) -> SalaryDetails | None:
    found = next(iter(money.moneys(text, 0, len(text))), None)
    currency = money.resolve(found.currency, country) if found else None
    if found is None or currency is None:
        return None
    lower = text.lower()
    before, after = lower[: found.start], lower[found.end :]
    period, _ = _period(before, after, found, currency)
    if period is None or not is_plausible(found.high.value, currency, period):
        return None
    low, high = _bounds(found, before, after)
    return SalaryDetails(min=low, max=high, currency=currency, period=period)


def salary(document: Document) -> Finding[SalaryDetails] | None:
    """Base pay as the posting states it; on-target earnings (`ote`) where no base is given; None where nothing is stated."""
    return _from_ranges(document) or _from_fields(document) or _from_text(document) or _from_title(document)
