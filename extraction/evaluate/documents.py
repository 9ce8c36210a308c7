"""A labelled row as the rules see a posting: its fields as the ATS's own fields, its text as the cleaned text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import pycountry

from extraction.document import Document
from extraction.documents import document_of_text
from extraction.evaluate.rows import Row
from ingestion.ats.base import Posting, SalaryPeriod, StatedField, StatedSalary

_UNSTATED = "unstated"  # rows of job boards have no source key, titles alone no id

# Lever's names of the interval of a salary range.
_PERIODS: Mapping[str, SalaryPeriod] = {
    "per-year-salary": "year",
    "per-month-salary": "month",
    "per-week-salary": "week",
    "per-day-wage": "day",
    "per-hour-wage": "hour",
}


def document_from_row(row: Row) -> Document:
    """Raises ValueError (or KeyError, TypeError) for a row that has not the form of its file."""
    source_type, _, source_key = str(row.get("source") or _UNSTATED).partition("/")
    return document_of_text(
        _posting(row),
        _row_text(row),
        company_name=_text(row.get("company")),
        source_type=source_type,
        source_key=source_key or _UNSTATED,
    )


def _row_text(row: Row) -> str:
    if "tokens" in row:
        return " ".join(row["tokens"])
    return _text(row.get("text"))


def _posting(row: Row) -> Posting:
    structured = row.get("structured") or {}
    locations = [place for place in structured.get("allLocations") or [] if place]
    hint = _text(row.get("location_hint"))
    values: dict[str, Any] = {
        "job_location": hint,
        "additional_locations": tuple(place for place in locations if place != hint),
        "country": _alpha_2(structured.get("country") or row.get("country")),
        "employment_type": structured.get("commitment"),
        "work_place_type": structured.get("workplaceType"),
        "department": structured.get("department") or next(iter(structured.get("departments") or []), None),
        "team": structured.get("team"),
        "salaries": tuple(_salaries(structured)),
        "fields": tuple(_fields(row, structured)),
        "hiring_organization": row.get("company"),
    }
    pointers = {name: f"/{name}" for name, value in values.items() if value} | {"title": "/title"}
    return Posting(source_job_id=str(row.get("id") or _UNSTATED), title=_text(row.get("title")), url="", pointers=pointers, **values)


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value or ""


def _fields(row: Row, structured: Mapping[str, Any]) -> Iterator[StatedField]:
    for index, item in enumerate(structured.get("metadata") or []):
        if item.get("value") not in (None, ""):
            yield StatedField(name=item["name"], value=str(item["value"]), pointer=f"/metadata/{index}/value")
    if row.get("salary_field"):
        yield StatedField(name="salary", value=row["salary_field"], pointer="/salary_field")


def _salaries(structured: Mapping[str, Any]) -> Iterator[StatedSalary]:
    for index, pay in enumerate(structured.get("pay_input_ranges") or []):
        yield StatedSalary(
            minimum=_amount(pay.get("min_cents"), cents=True),
            maximum=_amount(pay.get("max_cents"), cents=True),
            currency=pay.get("currency_type"),
            period=None,
            pointer=f"/pay_input_ranges/{index}",
            title=pay.get("title") or "",
        )
    stated = structured.get("salaryRange")
    if stated:
        yield StatedSalary(
            minimum=_amount(stated.get("min")),
            maximum=_amount(stated.get("max")),
            currency=stated.get("currency"),
            period=_PERIODS.get(stated.get("interval")),
            pointer="/salaryRange",
        )


def _amount(value: Any, *, cents: bool = False) -> Decimal | None:
    """An amount in units of its currency; Lever writes 0 for what is not stated."""
    if not value:
        return None
    try:
        return Decimal(str(value)) / (100 if cents else 1)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no amount") from error


@cache
def _alpha_2(country: str | None) -> str | None:
    """Rows write some countries with three letters."""
    if country is None or len(country) == 2:
        return country
    found = pycountry.countries.get(alpha_3=country)
    return found.alpha_2 if found else None
