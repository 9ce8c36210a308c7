"""What a posting pays: the ATS's pay ranges, then its free fields, then the text, then the title (spec E2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.location import locations
from extraction.rules.money import moneys, resolve
from extraction.rules.needed_words import GatedPattern
from extraction.rules.pay_statements import Statement, bounds_of, inferred_period, is_range_plausible, period_of, statements, usd_per_year
from extraction.rules.pay_words import BASE, NOT_PAY, NOT_PAY_AFTER, OTE
from extraction.schema import LocationDetails, Period, SalaryDetails
from ingestion.ats.base import StatedField, StatedSalary

MUCH_LESS_SURE = 0.15
"""Statements that much less sure than the surest do not widen its range."""

_PAY_FIELD = re.compile(r"salar|compensation|\bpay\b|\bwage|gehalt|vergütung|rémunération|\bote\b", re.IGNORECASE)


_Country = Callable[[], str | None]
"""Asked for only where there is a sum to read."""

_MERE_EXTRA, _ENOUGH_TO_LIVE_ON = 1_500.0, 6_000.0
"""US dollars a year."""

_ON_TARGET = GatedPattern(OTE.pattern)
"""A text that says nothing of the kind need not be searched for sums a second time."""

_Places = Sequence[Finding[LocationDetails]]


def _country(document: Document, places: _Places | None) -> str | None:
    """The country whose money a bare "$" is: that of the first place that has one, else the ATS's."""
    named = (place.value.country for place in (locations(document) if places is None else places))
    return next((country for country in named if country), document.posting.country)


def _is_inside(statement: Statement, band: SalaryDetails) -> bool:
    """Whether a statement narrows a band of the same kind of pay."""
    if (statement.currency, statement.period, statement.is_ote) != (band.currency, band.period, band.ote):
        return False
    if statement.low is None or statement.high is None or band.min is None or band.max is None:
        return False
    return band.min <= statement.low <= statement.high <= band.max and (statement.low, statement.high) != (band.min, band.max)


def _without_bands(told: Sequence[Statement]) -> list[Statement]:
    """Without the one band around a figure that stands alone on its line: forms give the offer and the band it is from."""
    alone = [statement for statement in told if statement.is_alone and statement.low == statement.high]
    bands = [statement for statement in told if any(_is_inside(figure, _details([statement])) for figure in alone)]
    return [statement for statement in told if statement not in bands] if len(bands) == 1 else list(told)


def _without_extras(told: Sequence[Statement]) -> list[Statement]:
    """Without what is too little to live on, beside pay that is enough: "$83,000 a year. Bilingual pay of $90 a month"."""
    worth = [usd_per_year(statement.high or statement.low or 0.0, statement.currency, statement.period) for statement in told]
    if max(worth) < _ENOUGH_TO_LIVE_ON:
        return list(told)
    return [statement for statement, each in zip(told, worth, strict=True) if each >= _MERE_EXTRA]


def _kin(told: Sequence[Statement]) -> list[Statement]:
    """The statements that make the answer: base pay before earnings, and those in the unit of the surest, first one."""
    base = [statement for statement in told if not statement.is_ote]
    kept = _without_bands(_without_extras(base or told))
    best = max(kept, key=lambda statement: statement.confidence)
    least = best.confidence - MUCH_LESS_SURE
    return [s for s in kept if (s.currency, s.period) == (best.currency, best.period) and s.confidence >= least]


def _details(told: Sequence[Statement]) -> SalaryDetails:
    """Lowest minimum and highest maximum; an open end stays open only where every statement leaves it open."""
    lows = [statement.low for statement in told if statement.low is not None]
    highs = [statement.high for statement in told if statement.high is not None]
    first = told[0]
    return SalaryDetails(
        min=min(lows, default=None), max=max(highs, default=None), currency=first.currency, period=first.period, ote=first.is_ote
    )


def _of_ranges(document: Document, country: _Country) -> Finding[SalaryDetails] | None:
    """The ATS's own pay ranges, those in the first one's unit, base pay before earnings; zeros are none."""
    stated = [salary for salary in document.posting.salaries if salary.minimum or salary.maximum]
    if not stated:
        return None
    base = [salary for salary in stated if not _is_called_target(salary.title)]
    stated = base or stated
    first = stated[0]
    currency = first.currency or resolve("$", country()) or "USD"
    period = Period(first.period) if first.period else _shared_period(first, currency)
    if period is None:
        return None
    kin = [salary for salary in stated if (salary.currency, salary.period) == (first.currency, first.period)]
    lows = [float(salary.minimum) for salary in kin if salary.minimum]
    highs = [float(salary.maximum) for salary in kin if salary.maximum]
    value = SalaryDetails(min=min(lows, default=None), max=max(highs, default=None), currency=currency, period=period, ote=not base)
    return Finding(value, "salary.ranges", 0.99, tuple(_quoted(salary) for salary in kin))


def _shared_period(stated: StatedSalary, currency: str) -> Period | None:
    """The time that both ends of a range without one can be pay for."""
    low, high = (float(amount or 0) for amount in (stated.minimum, stated.maximum))
    period = inferred_period(high or low, currency)
    return period if period and is_range_plausible(low, high or low, currency, period) else None


@lru_cache(maxsize=512)
def _is_called_target(title: str) -> bool:
    """Whether a range is called on-target earnings: "OTE Range", not "Base (OTE on top)"."""
    lower = title.lower()
    return OTE.search(lower) is not None and BASE.search(lower) is None


def _quoted(stated: StatedSalary) -> Evidence:
    amounts = " - ".join(str(amount) for amount in (stated.minimum, stated.maximum) if amount)
    return Evidence(quote=f"{amounts} {stated.currency or ''}".strip(), pointer=stated.pointer)


def _read_field(stated: StatedField, country: str | None) -> SalaryDetails | None:
    """The first sum of a field that is about pay by its name."""
    text = stated.value
    found = next(iter(moneys(text)), None)
    currency = resolve(found.currency, country) if found else None
    if found is None or currency is None:
        return None
    before, after = text[: found.start].lower(), text[found.end :].lower()
    if not found.is_range and NOT_PAY_AFTER.match(after):
        return None
    period, _ = period_of(found, before, after, currency)
    if period is None or not is_range_plausible(found.low.value, found.high.value, currency, period):
        return None
    low, high = bounds_of(found, before, after)
    return SalaryDetails(min=low, max=high, currency=currency, period=period, ote=_is_called_target(f"{stated.name} {text}"))


@lru_cache(maxsize=512)
def _is_called_after_pay(field: str) -> bool:
    return _PAY_FIELD.search(field) is not None and NOT_PAY.search(field.lower()) is None


def _of_fields(document: Document, country: _Country) -> Finding[SalaryDetails] | None:
    """Free fields of the ATS that are called after pay; the text's figures where they lie inside such a field's band."""
    for stated in document.posting.fields:
        if not _is_called_after_pay(stated.name):
            continue
        value = _read_field(stated, country())
        if value is not None:
            inside = [
                s
                for s in statements(document.text, country, document.sections)
                if _is_inside(s, value) and not s.low == s.high in (value.min, value.max)
            ]
            evidence = (Evidence(quote=stated.value, pointer=stated.pointer),)
            return _of_statements(document.text, inside) if inside else Finding(value, "salary.field", 0.95, evidence)
    return None


def _with_target(document: Document, country: _Country, stated: Finding[SalaryDetails]) -> Finding[SalaryDetails]:
    """Pay from a field of the ATS; on-target earnings where the text calls the same sum so, and nowhere base pay."""
    pay = stated.value
    if pay.ote or not _ON_TARGET.may_match(document.lower):
        return stated
    same = [told for told in statements(document.text, country, document.sections) if _is_same_sum(told, pay)]
    if not same or not all(told.is_ote for told in same):
        return stated
    spans = tuple(span_of(document.text, told.start, told.end) for told in same)
    return replace(stated, value=pay.model_copy(update={"ote": True}), evidence=stated.evidence + spans)


def _is_same_sum(told: Statement, pay: SalaryDetails) -> bool:
    """Whether a statement names nothing but ends of that pay: "up to $199,000" is the upper one of its range."""
    bounds = {told.low, told.high} - {None}
    return (told.currency, told.period) == (pay.currency, pay.period) and bounds <= {pay.min, pay.max}


def _of_statements(text: str, told: Sequence[Statement]) -> Finding[SalaryDetails]:
    kin = _kin(told)
    evidence = tuple(span_of(text, statement.start, statement.end) for statement in kin)
    return Finding(_details(kin), "salary.text", kin[0].confidence, evidence)


def _of_text(document: Document, country: _Country) -> Finding[SalaryDetails] | None:
    told = statements(document.text, country, document.sections)
    return _of_statements(document.text, told) if told else None


def _of_title(document: Document, country: _Country) -> Finding[SalaryDetails] | None:
    """Pay that only the title states: "Nurse - $45/hour"."""
    title = document.posting.title
    told = [statement for statement in statements(title, country) if statement.confidence >= 0.8]
    if not told:
        return None
    pointer = document.posting.pointers.get("title", "/title")
    kin = _kin(told)
    evidence = tuple(Evidence(title[s.start : s.end], pointer, s.start, s.end) for s in kin)
    return Finding(_details(kin), "salary.title", 0.8, evidence)


def salary(document: Document, places: _Places | None = None) -> Finding[SalaryDetails] | None:
    """Base pay as the posting states it; on-target earnings (`ote`) where no base is given; None where nothing is stated.

    `places` are the findings of `location.locations` where they are known already.
    """
    country = partial(_country, document, places)
    stated = _of_ranges(document, country) or _of_fields(document, country)
    if stated:
        return _with_target(document, country, stated)
    return _of_text(document, country) or _of_title(document, country)
