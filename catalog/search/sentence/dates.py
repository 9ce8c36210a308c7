"""Spans of time in a sentence: "last two weeks", "since Monday", "in July", "older than 60 days". Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from catalog.search.sentence.parts import Filters, Kind, Part, Sentence

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "couple of": 2, "couple": 2, "two": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "thirty": 30, "ninety": 90,
}  # fmt: skip
# Days of a unit; a month is 30, as the filter's own choices have it.
_UNITS = {"h": 1 / 24, "d": 1, "w": 7, "f": 14, "m": 30, "q": 90, "y": 365}
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_DAYS = 3650

_number = rf"(?:(?P<n>\d{{1,4}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\s*)"
_unit = r"(?P<unit>hours?|hrs?|h|days?|d|weeks?|wks?|w|fortnights?|months?|mos?|m|quarters?|q|years?|yrs?|y)\b"
_lead = (
    r"(?:(?:(?P<seen>(?:first[- ])?seen|discovered|crawled)|posted|published|listed|added|opened|advertised|created|new)\s+)?"
    r"(?:(?:in|within|during|over|from|on)\s+)?(?:the\s+)?"
)
_month = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|sept)\.?"
_weekday = rf"(?:last\s+)?(?P<weekday>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _WEEKDAYS)}|tues|thurs)"
_day = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_year = r"(?P<year>20\d\d)"
_DATE = (
    rf"(?P<iso>20\d\d-\d\d-\d\d)|{_day}(?:\s+of)?\s+{_month}(?:,?\s+{_year})?|{_month}\s+{_day}(?:,?\s+{_year})?(?!\d)"
    rf"|{_month}(?:\s+{_year})?|{_weekday}|(?P<yesterday>yesterday)|(?P<today>today)|(?:last\s+(?P<last>week|month|year))|{_year}"
)

_TO_DATE = _DATE.replace("(?P<", "(?P<to_")


def _distinct(pattern: str) -> str:
    """The alternatives of `_DATE` name the same groups: numbered, so that one expression may hold them all."""
    seen: dict[str, int] = {}

    def rename(match: re.Match[str]) -> str:
        seen[match[1]] = seen.get(match[1], 0) + 1
        return f"(?P<{match[1]}{seen[match[1]]}>"

    return re.sub(r"\(\?P<(\w+?)>", rename, pattern)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_distinct(pattern) + r"(?!\w)", re.IGNORECASE)


def _groups(match: re.Match[str]) -> dict[str, str]:
    """The groups that matched, lower case, by their own names."""
    return {name.rstrip("0123456789"): text.casefold() for name, text in match.groupdict().items() if text}


def recognise_date(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """The longest span of time that begins at a word."""
    start, today = sentence.words[at].start, sentence.known.today
    best: Part | None = None
    for pattern, meaning in _PATTERNS:
        match = pattern.match(sentence.text, start)
        if not match:
            continue
        filters = _meant(meaning, _groups(match), today)
        stop = sentence.stop_at(match.end())
        if filters and (best is None or stop > best.stop):
            best = sentence.part(Kind.FILTER, at, stop, filters)
    return best


def _meant(meaning: Callable[[dict[str, str], date], Filters], groups: dict[str, str], today: date) -> Filters:
    try:
        filters = meaning(groups, today)
    except (ValueError, OverflowError, LookupError, StopIteration):  # 31 February; "frı", which a pattern takes for "fri"
        return ()
    return tuple((name.replace("posted", "first_seen"), value) for name, value in filters) if "seen" in groups else filters


def _days(groups: dict[str, str]) -> int:
    number = groups.get("n", "1")
    count = int(number) if number.isdigit() else _NUMBERS[number]
    return min(max(1, -(-int(count * _UNITS[groups["unit"][0]] * 24) // 24)), _MAX_DAYS)


def _within(groups: dict[str, str], today: date) -> Filters:
    return (("posted_within_days", str(_days(groups))),)


def _older(groups: dict[str, str], today: date) -> Filters:
    return (("posted_before", (today - timedelta(days=_days(groups))).isoformat()),)


def _this(groups: dict[str, str], today: date) -> Filters:
    starts = {
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
        "year": today.replace(month=1, day=1),
    }
    return (("posted_after", starts[groups["span"]].isoformat()),)


def _on(groups: dict[str, str], today: date) -> Filters:
    first, after = _span(groups, today)
    return ("posted_after", first.isoformat()), *((("posted_before", after.isoformat()),) if after <= today else ())


def _since(groups: dict[str, str], today: date) -> Filters:
    return (("posted_after", _span(groups, today)[0].isoformat()),)


def _between(groups: dict[str, str], today: date) -> Filters:
    """Both days count; a first date without a year is of the last one's year."""
    last = {name.removeprefix("to_"): text for name, text in groups.items() if name.startswith("to_")}
    after = _span(last, today)[1]
    first = _span({name: text for name, text in groups.items() if not name.startswith("to_")}, after)[0]
    return ("posted_after", first.isoformat()), ("posted_before", after.isoformat())


def _before(groups: dict[str, str], today: date) -> Filters:
    return (("posted_before", _span(groups, today)[0].isoformat()),)


def _quarter(groups: dict[str, str], today: date) -> Filters:
    number = int(groups["quarter"])
    year = int(groups.get("year", today.year))
    if "year" not in groups and date(year, 3 * number - 2, 1) > today:
        year -= 1
    first = date(year, 3 * number - 2, 1)
    return ("posted_after", first.isoformat()), ("posted_before", _next_month(first.replace(month=3 * number)).isoformat())


def _span(groups: dict[str, str], today: date) -> tuple[date, date]:
    """[first day, day after the last) of a date, the latest one that has begun where no year is named."""
    day = timedelta(days=1)
    if iso := groups.get("iso"):
        return date.fromisoformat(iso), date.fromisoformat(iso) + day
    if "today" in groups or "yesterday" in groups:
        first = today - day * ("yesterday" in groups)
        return first, first + day
    if named := groups.get("weekday"):
        index = next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(named[:3]))
        first = today - day * ((today.weekday() - index) % 7)
        return first, first + day
    if last := groups.get("last"):
        return today - day * {"week": 7, "month": 30, "year": 365}[last], today
    return _calendar(groups, today)


def _calendar(groups: dict[str, str], today: date) -> tuple[date, date]:
    """A year, a month or a day of it."""
    if "month" not in groups:
        year = int(groups["year"])
        return date(year, 1, 1), date(year + 1, 1, 1)
    month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(groups["month"][:3]))
    first = date(int(groups.get("year", today.year)), month, int(groups.get("day", 1)))
    if "year" not in groups and first > today:
        first = first.replace(year=first.year - 1)
    return first, first + timedelta(days=1) if "day" in groups else _next_month(first)


def _next_month(first: date) -> date:
    return first + timedelta(days=monthrange(first.year, first.month)[1])


_young = r"(?:(?:not|no)\s+(?:older|more)\s+than|(?:less|fewer|newer|younger)\s+than|under)"
_old = r"(?:older\s+than|(?:more\s+than|over)(?=\s+\w+\s+\w+\s+(?:old|ago)))"
_after = r"(?:since|after|starting|as\s+of|from|newer\s+than|later\s+than)"
_PATTERNS: Sequence[tuple[re.Pattern[str], Callable[[dict[str, str], date], Filters]]] = (
    (_compiled(rf"{_lead}(?:last|past|previous|recent)\s+{_number}?(?:or\s+so\s+)?{_unit}"), _within),
    (_compiled(rf"{_lead}within\s+(?:the\s+)?{_number}{_unit}"), _within),
    (_compiled(rf"{_lead}{_young}\s+{_number}{_unit}(?:\s+(?:old|ago))?"), _within),
    (_compiled(rf"{_lead}{_old}\s+{_number}{_unit}(?:\s+(?:old|ago))?"), _older),
    (_compiled(rf"{_lead}(?:since\s+)?{_number}{_unit}\s+ago"), _within),
    (_compiled(rf"{_lead}(?:between|from)\s+(?:{_DATE})\s+(?:and|to|until|till|-|–)\s+(?:{_TO_DATE})"), _between),
    (_compiled(rf"{_lead}(?:this|the\s+current)\s+(?P<span>week|month|quarter|year)"), _this),
    (_compiled(rf"{_lead}(?:(?P<yesterday>yesterday)|(?P<today>today))"), _on),
    (_compiled(rf"{_lead}{_after}\s+(?:the\s+)?(?:(?:beginning|start)\s+of\s+)?(?:{_DATE})(?:\s+(?:on|onwards?))?"), _since),
    (_compiled(rf"{_lead}(?:before|until|till|prior\s+to|older\s+than|earlier\s+than)\s+(?:the\s+)?(?:{_DATE})"), _before),
    (_compiled(rf"(?:(?:posted|published|listed|(?P<seen>first\s+seen))\s+)?(?:in|during|on)\s+(?:the\s+)?(?:{_DATE})"), _on),
    (_compiled(rf"{_lead}q(?P<quarter>[1-4])(?:\s+{_year})?"), _quarter),
)  # fmt: skip
