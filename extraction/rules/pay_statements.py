"""Sums in a text that are pay for the work. A sum counts only where the words around it say so: the nearest telling word decides.

Equity, bonus, allowances, revenue, funding and the like do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from extraction.document import Section, SectionKind
from extraction.rules import pay_words as words
from extraction.rules.currency import PERIODS_PER_YEAR, usd_rate
from extraction.rules.money import LAKH, Money, moneys, resolve
from extraction.rules.needed_words import GatedPattern
from extraction.schema import Period
from extraction.text import BULLET

REACH = 110
"""Characters before a sum in which a word can say what it is for."""
BEHIND = 90
NEAR = 14
"""Characters that may stand between a word of pay and a sum without a currency (": ", " range of ")."""
LONGEST_WORD = 20
"""Of the words of pay."""
LONGEST_LINK = 45
"""Between one and a sum without a currency: " range for this position will be between "."""
HEADING = 90
"""Longest heading that speaks for the sum on the line under it."""
LONE_RANGE = 20_000
"""From here on a range of money that nothing explains is pay: "$125,000 - $205,100" on a line of its own."""

LEAST_PER_YEAR, MOST_PER_YEAR = 1_000.0, 3_000_000.0
"""US dollars a year outside which a sum is not somebody's pay."""

RATE_DAY = date(2024, 1, 2)
"""Only orders of magnitude hang on it: is a figure a year's or an hour's pay?"""

# US dollars for one unit of currencies that the European Central Bank does not quote, in 2024.
_WORTH = {
    "VND": 4e-05, "AED": 0.27, "SAR": 0.27, "QAR": 0.27, "TWD": 0.032, "KES": 0.007, "NGN": 0.001, "EGP": 0.02, "PKR": 0.0036,
    "COP": 0.00025, "CLP": 0.0011, "ARS": 0.001, "LKR": 0.003, "BDT": 0.009, "UAH": 0.026, "RUB": 0.011, "KZT": 0.0022,
    "MAD": 0.1, "DZD": 0.0074, "TND": 0.32, "CRC": 0.002, "PYG": 0.00014, "UZS": 8e-05, "UGX": 0.00026, "TZS": 0.0004,
}  # fmt: skip
LEAST_UNEXPLAINED, MOST_UNEXPLAINED = 6_000.0, 600_000.0
"""US dollars a year outside which a sum with a period is not pay unless a word says so: "$50 a month", "$100,000 a month"."""

_BY_PERIOD, _BY_SIZE = 0.8, 0.7
_AFTER_OTHERS = 0.72
"""How surely a new sentence's sum is pay behind one about other money: "A sign-on bonus is given. $25 per hour"."""
_UNEXPLAINED = (_BY_PERIOD, _BY_SIZE, _AFTER_OTHERS)
_KEPT = 4096
"""Words before a sum that are remembered: the postings of a board state their pay in the same words."""
LABEL = 60
"""Longest label before a range that nothing explains."""
LARGEST_WAGE = 20_000
"""Pay for two weeks is less; more than that is a year's, paid every two weeks."""
MOST_LONE = 1_000_000
WIDEST_LONE = 2.5
"""Highest of a range that nothing explains, as a multiple of its lowest: wider ones are loans, prices and sizes of deals."""
SHORT_LEAD_IN = 12
"""What may stand before lakhs per annum in a sentence without a word of pay; longer ones tell of others: "Our alumni get ..."."""
_NO_SUMS = frozenset({401_000.0, 1_099.0})
"""Names of a pension plan and of a tax form that look like sums."""
_NEW_SENTENCE = re.compile(r"(?<!approx)(?<!\bmax)(?<!\bmin)(?<!\best)(?<!\bincl)(?<!\bno)(?<!\bvs)\. ")
_ENDS_SUM = re.compile(r"\s*(?:$|\.(?: |$)|[+|,;()•*]|plus\b|and\b|&|doe\b|depending\b|based on\b|gross\b|pro[- ]rata\b|[-–—])")
_BARE_RANGE = re.compile(r"(?: range| band)?(?: (?:for|of) (?:this|the) (?:role|position|job))?(?: is| will be)?:?(?: (?:between|from))? ?")
_LEADS_TO_RANGE = re.compile(r"\W*(?:between|from|entre|zwischen|von|de|tussen|tra)\W*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;]\s")
_CLAUSE = re.compile(r"[.;]\s|,\s(?=\D)")

_HOURLY_UP_TO = {"USD": 300.0, "GBP": 300.0, "EUR": 300.0, "CAD": 300.0, "AUD": 300.0}
_MONTHLY_FROM = {"USD": 1_000.0, "GBP": 1_000.0, "EUR": 600.0, "CAD": 1_000.0, "AUD": 1_000.0, "CHF": 1_000.0}


class Statement(NamedTuple):
    """One sum that is pay; `is_alone` = nothing else stands on its line."""

    low: float | None
    high: float | None
    currency: str
    period: Period
    is_ote: bool
    confidence: float
    start: int
    end: int
    is_alone: bool


class _Context(NamedTuple):
    """The words before and after a sum, in small letters; `line` = what stands before it on its own line."""

    before: str
    after: str
    line: str

    @property
    def is_alone(self) -> bool:
        """Whether nothing else stands on the line."""
        return not self.line and not self.after.strip()

    @property
    def lead_in(self) -> str:
        """What stands before the sum in its own sentence."""
        return "" if self.line.endswith((".", "!", "?")) else self.line.rpartition(". ")[2]


def rough_usd(currency: str) -> float:
    """US dollars for one unit, near enough to tell an hour's pay from a year's; 1 where no rate is known."""
    return usd_rate(currency, RATE_DAY) or _WORTH.get(currency, 1.0)


def inferred_period(amount: float, currency: str) -> Period | None:
    """The period that a figure without one must be for, by its size; None where it fits none."""
    worth = amount * rough_usd(currency)
    if worth >= 9_000 or (currency == "INR" and amount >= 150_000):
        return Period.YEAR
    if worth <= _HOURLY_UP_TO.get(currency, 60.0):
        return Period.HOUR
    return Period.MONTH if worth >= 120 and amount >= _MONTHLY_FROM.get(currency, 0.0) else None


def is_plausible(amount: float, currency: str, period: Period) -> bool:
    """Whether somebody could be paid so much."""
    return LEAST_PER_YEAR <= usd_per_year(amount, currency, period) <= MOST_PER_YEAR


def is_range_plausible(low: float, high: float, currency: str, period: Period) -> bool:
    """Whether both ends can be pay for the same time: "18.50 - 90,000" cannot. A range from zero has one end."""
    return is_plausible(high, currency, period) and (not low or is_plausible(low, currency, period))


def usd_per_year(amount: float, currency: str, period: Period) -> float:
    """A sum in US dollars a year, roughly."""
    return amount * rough_usd(currency) * PERIODS_PER_YEAR[period]


_BENEFITS = SectionKind.BENEFITS
_GLUED = re.compile(r"(?<=[a-z0-9)])(?=[A-Z][a-z])")


def _unglued(text: str) -> str:
    """Small letters, with a space where a lost line break has glued two words: "per hourBenefits"."""
    return _GLUED.sub(" ", text).lower()


def _context_start(text: str, line: int, at: int) -> int:
    """Start of the line of `at`, or of the heading above it when nothing else stands on the line."""
    if not line or len(text[line:at].strip(" •*-–:")) > 24:
        return line
    above = len(text[:line].rstrip())
    heading = text.rfind("\n", 0, above) + 1
    is_text = text.endswith((".", "!", "?"), 0, above) or text.startswith(BULLET, heading)
    return line if is_text or line - heading > HEADING else heading


def _context(text: str, found: Money) -> _Context:
    line = text.rfind("\n", 0, found.start) + 1
    start = max(_context_start(text, line, found.start), found.start - REACH)
    line_end = text.find("\n", found.end)
    end = min(found.end + BEHIND, line_end if line_end >= 0 else len(text))
    own_line = text[max(line, start) : found.start].strip()
    return _Context(_unglued(text[start : found.start]), _unglued(text[found.end : end]), own_line)


@lru_cache(maxsize=_KEPT)
def _last_about(before: str) -> tuple[int, int]:
    """Where the last word of pay and the last word of something else end, -1 without one."""
    return _last(words.ABOUT_PAY, before), _last(words.NOT_PAY, before)


@lru_cache(maxsize=_KEPT)
def _names_pay(text: str) -> bool:
    return words.ABOUT_PAY.search(_unglued(text)) is not None


def _last(pattern: GatedPattern, text: str) -> int:
    """Where the last match ends, -1 without one."""
    end = -1
    for match in pattern.matches(text):
        end = match.end()
    return end


def _last_name(pattern: GatedPattern, text: str, start: int = 0) -> str | None:
    """The name of the group that matches last."""
    name = None
    for match in pattern.matches(text, start):
        name = match.lastgroup
    return name


def period_of(found: Money, before: str, after: str, currency: str) -> tuple[Period | None, bool]:
    """(period of a sum, whether it is written there rather than inferred)."""
    if words.EVERY_TWO_WEEKS.match(after) and found.high.value < LARGEST_WAGE:
        return None, True  # no period of ours
    match = words.PERIOD_AFTER.match(after) or words.PERIOD_AFTER.match(found.joined.lower())
    named = match.lastgroup if match else _last_name(words.PERIOD_BEFORE, before, before.rfind(". ") + 1)
    if named:
        return Period(named), True
    if found.high.multiplier in LAKH:
        return Period.YEAR, False
    return inferred_period(found.high.value, currency), False


def bounds_of(found: Money, before: str, after: str) -> tuple[float | None, float | None]:
    """(min, max) of a sum; "up to X" has no min, "from X" no max."""
    if found.is_range:
        return found.low.value, found.high.value
    if words.UP_TO.search(before):
        return None, found.high.value
    if words.FROM.search(before) or after.startswith("+"):
        return found.low.value, None
    return found.low.value, found.low.value


def _may_be_bare(found: Money) -> bool:
    """Whether a sum without a currency looks like a sum rather than a count, a year or the name of a plan or form."""
    top = found.high.value
    if found.currency is not None:
        return True
    return (top >= 10 if found.is_range else top >= 1_000) and top not in _NO_SUMS and not 1990 <= top <= 2040


def _is_per_annum(found: Money) -> bool:
    """Whether lakhs per annum are written at a sum, which say of themselves that it is pay, and in which currency."""
    return found.high.multiplier == "lpa"


def _is_bare_pay(between: str, found: Money, *, period_written: bool) -> bool:
    """Whether a sum without a currency stands right after a word of pay."""
    is_near = len(between) <= NEAR or _BARE_RANGE.fullmatch(between) is not None
    return is_near and (found.high.value >= 1_000 or period_written)


def _is_pay_among_benefits(context: _Context, found: Money, period: Period) -> bool:
    """Whether a sum in a list of benefits that may be pay is pay after all.

    No benefit is given by the hour or as a range of such size; else a word of pay leads to it with no other item in between.
    """
    if period is Period.HOUR or (found.is_range and found.low.value >= LONE_RANGE):
        return True
    clause = _CLAUSE.split(context.before)[-1]
    return words.SURELY_PAY.search(clause) is not None or words.PAY_AFTER.match(context.after) is not None


def _confidence(context: _Context, found: Money, *, period_written: bool) -> float | None:
    """How surely a sum is pay by the words around it; None = it is not."""
    pay, other = _last_about(context.before)
    if found.currency is None and not _is_per_annum(found):
        near = pay > other and _is_bare_pay(context.before[pay:], found, period_written=period_written)
        return 0.75 if near else None
    if pay > other or (other < 0 and _is_per_annum(found) and len(context.lead_in) <= SHORT_LEAD_IN):
        return 0.95
    if words.PAY_AFTER.match(context.after):
        return 0.85
    if other >= 0:
        return _AFTER_OTHERS if period_written and _NEW_SENTENCE.search(context.before, other) else None
    if words.TERMS_AFTER.match(context.after) and not words.FOR_SALE.search(context.before):
        return 0.85
    return _unexplained(context, found, period_written=period_written)


def _unexplained(context: _Context, found: Money, *, period_written: bool) -> float | None:
    """How surely a sum is pay that no word explains: its period says so, or it is a range of such size that has its line to itself."""
    if period_written:
        return _BY_PERIOD
    is_like_pay = found.is_range and found.low.value >= LONE_RANGE and found.high.value <= MOST_LONE
    if not is_like_pay or found.high.value > WIDEST_LONE * found.low.value or words.FOR_SALE.search(context.before):
        return None
    return _BY_SIZE if _is_label(context.lead_in) and _ENDS_SUM.match(context.after) else None


def _is_label(line: str) -> bool:
    """Whether nothing but a sign, "between" or a short label stands before a sum: "London: £50k - £60k"."""
    if not any(map(str.isalnum, line)) or _LEADS_TO_RANGE.fullmatch(line):
        return True
    return len(line) <= LABEL and line.endswith((":", "-", "–", "|", "(", ","))


def _is_ote(context: _Context) -> bool:
    """Whether a sum is on-target earnings: the nearer of the words for them and for base pay decides."""
    if words.OTE_AFTER.match(context.after):
        return True
    start = max(0, len(context.before) - 70)
    named = max((m.end() for m in words.OTE.finditer(context.before, start)), default=-1)
    base = max((m.end() for m in words.BASE.finditer(context.before, start)), default=-1)
    if words.BASE.match(context.after.lstrip()) or named >= 0 or base >= 0:
        return named > base
    return words.OTE.search(_SENTENCE_END.split(context.after[:60], maxsplit=1)[0]) is not None


def _is_worth_reading(text: str, found: Money, country: str | None) -> bool:
    """Whether the words around a sum need to be read at all: most sums of a posting are too large, or mere counts."""
    currency = resolve(found.currency, country)
    if currency is None or found.low.value * rough_usd(currency) > MOST_PER_YEAR:
        return False
    if found.currency is not None or _is_per_annum(found):
        return True
    return _names_pay(text[max(0, found.start - LONGEST_LINK - LONGEST_WORD) : found.start])


def _is_credible(found: Money, currency: str, period: Period, confidence: float) -> bool:
    """Whether somebody could be paid so much; without a word of pay the sum must be as large as most people's pay."""
    if not is_range_plausible(found.low.value, found.high.value, currency, period):
        return False
    least = LONE_RANGE if confidence == _AFTER_OTHERS else LEAST_UNEXPLAINED
    return confidence not in _UNEXPLAINED or least <= usd_per_year(found.high.value, currency, period) <= MOST_UNEXPLAINED


def _statement(text: str, found: Money, country: str | None, *, is_benefit: bool) -> Statement | None:
    if not _is_worth_reading(text, found, country):
        return None
    context = _context(text, found)
    currency = resolve(found.currency, _last_name(words.COUNTRY_NEARBY, context.before) or country)
    if currency is None or words.NOT_PAY_AFTER.match(context.after):
        return None
    period, written = period_of(found, context.before, context.after, currency)
    confidence = _confidence(context, found, period_written=written)
    if period is None or confidence is None or not _is_credible(found, currency, period, confidence):
        return None
    if is_benefit and not _is_pay_among_benefits(context, found, period):
        return None
    low, high = bounds_of(found, context.before, context.after)
    return Statement(low, high, currency, period, _is_ote(context), confidence, found.start, found.end, context.is_alone)


def statements(text: str, country: Callable[[], str | None], sections: Sequence[Section] = ()) -> list[Statement]:
    """What a text says about pay, in order. The country of its money is asked for only when there is a sum to read.

    `sections` tell where benefits are listed: there a sum is pay only when a word of pay leads to it.
    """
    found = [money for money in moneys(text) if _may_be_bare(money)]
    if not found:
        return []
    land = country()
    benefits = [section for section in sections if section.kind is _BENEFITS]
    read = (_statement(text, money, land, is_benefit=any(s.start <= money.start < s.end for s in benefits)) for money in found)
    return [statement for statement in read if statement is not None]
