"""Greenhouse Job Board API (developers.greenhouse.io/job-board.html), reading side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from ingestion.ats.base import (
    Body,
    Headline,
    Page,
    Payload,
    PayloadError,
    Posting,
    Request,
    SalaryPeriod,
    StatedField,
    StatedSalary,
    string_leaves,
)
from ingestion.ats.decoding import (
    decimal_of,
    decode_items,
    decode_json,
    is_stated,
    iso_time,
    items_of,
    label_of,
    named,
    optional_text,
    plain_number,
    required_id,
    text_of,
    unescape_once,
    url_of,
)
from ingestion.ats.source_keys import PAGE_WORDS, source_key, url_parts

PAGE_HOSTS = {"boards.greenhouse.io", "job-boards.greenhouse.io", "boards.eu.greenhouse.io", "job-boards.eu.greenhouse.io"}
API_HOSTS = {"boards-api.greenhouse.io", "boards-api.eu.greenhouse.io", "api.greenhouse.io"}
# Captured addresses carry junk behind the id: what ends it must not be a part of a word.
_JOB_ID = re.compile(r"[1-9][0-9]{0,18}(?![\w-])")
_PERIODS: tuple[tuple[re.Pattern[str], SalaryPeriod], ...] = (
    (re.compile(r"\b(hour|hourly|per hr)\b|/ ?(hr|hour)\b", re.IGNORECASE), "hour"),
    (re.compile(r"\b(daily|per day)\b", re.IGNORECASE), "day"),
    (re.compile(r"\b(weekly|per week)\b", re.IGNORECASE), "week"),
    (re.compile(r"\b(monthly|per month)\b", re.IGNORECASE), "month"),
    (re.compile(r"\b(annual|annually|yearly|per year|per annum)\b|/ ?(yr|year)\b", re.IGNORECASE), "year"),
)
# `meta` ends the answer: read there, because a large body is not decoded as a whole. Inside a text its quotes would be escaped.
_TOTAL = re.compile(rb'"meta"\s*:\s*\{\s*"total"\s*:\s*(\d{1,9})\s*\}\s*\}\s*$')
_END = 200


class Greenhouse:
    """Boards at Greenhouse. One list call holds everything; there is no paging."""

    source_type: ClassVar[str] = "greenhouse"
    name: ClassVar[str] = "Greenhouse"
    version: ClassVar[int] = 1
    # EU boards answer on the global API host, as far as is known: one base URL serves both.
    base_urls: ClassVar[Mapping[str, str]] = {"GREENHOUSE_BASE_URL": "https://boards-api.greenhouse.io"}
    cdx_patterns: ClassVar[tuple[str, ...]] = (
        "boards.greenhouse.io/*",
        "job-boards.greenhouse.io/*",
        "boards-api.greenhouse.io/v1/boards/*",
        "job-boards.eu.greenhouse.io/*",
    )
    cdx_newest_crawl: ClassVar[str] = ""
    content_fields: ClassVar[tuple[str, ...]] = (
        "title",
        "location",
        "absolute_url",
        "internal_job_id",
        "requisition_id",
        "company_name",
        "content",
        "departments",
        "offices",
        "metadata",
        "pay_input_ranges",
        "language",
    )
    headline_fields: ClassVar[tuple[str, ...]] = ("title", "absolute_url", "location", "internal_job_id", "first_published")

    def source_from_url(self, url: str) -> tuple[str, str] | None:
        host, segments, query = url_parts(url)
        if host in PAGE_HOSTS:
            segment = _embedded_token(query) if segments[:1] == ["embed"] else next(iter(segments), "")
        elif host in API_HOSTS and segments[:2] == ["v1", "boards"]:
            segment = next(iter(segments[2:]), "")
        else:
            return None
        key = source_key(segment, PAGE_WORDS)
        return (key, "") if key else None

    def posting_from_url(self, url: str) -> str | None:
        host, segments, query = url_parts(url)
        if host in API_HOSTS and segments[:2] == ["v1", "boards"]:
            segments = segments[2:]
        elif host not in PAGE_HOSTS:
            return None
        if segments[:2] == ["embed", "job_app"]:
            job_id = (query.get("token") or [""])[0]
        else:
            job_id = segments[2] if segments[1:2] == ["jobs"] and len(segments) > 2 else ""
        found = _JOB_ID.match(job_id)
        return found[0] if found else None

    def board_url(self, source_key: str, region: str) -> str:
        return f"https://job-boards.greenhouse.io/{quote(source_key, safe='')}"

    def posting_url(self, source_key: str, region: str, source_job_id: str) -> str:
        return f"{self.board_url(source_key, region)}/jobs/{source_job_id}"

    def list_request(self, source_key: str) -> Request:
        return Request(f"/v1/boards/{quote(source_key, safe='')}/jobs", {"content": "true", "pay_transparency": "true"})

    def name_request(self, source_key: str) -> Request | None:
        return Request(f"/v1/boards/{quote(source_key, safe='')}")

    def parse_name(self, body: bytes) -> str | None:
        return optional_text(named(decode_json(body), "name"))

    def split(self, body: Body, request: Request) -> Page:
        jobs = decode_items(body, "jobs")
        if jobs is None:
            raise PayloadError("the answer has no list 'jobs'")
        names = (optional_text(named(job, "company_name")) for job in jobs)
        total = _TOTAL.search(bytes(body[-_END:]))
        announced = int(total[1]) if total else None
        return Page(payloads=jobs, company_name=next((name for name in names if name), None), announced=announced)

    def source_job_id(self, payload: Payload) -> str:
        return required_id(payload)

    def headline(self, payload: Payload) -> Headline:
        return Headline(
            title=label_of(payload.get("title")),
            url=url_of(payload.get("absolute_url")),
            job_location=label_of(named(payload.get("location"), "name")),
            is_prospect=payload.get("internal_job_id") is None,
            date_posted=iso_time(payload.get("first_published")),
        )

    def parse(self, payload: Payload) -> Posting:
        job_id = required_id(payload)
        departments = _names(payload.get("departments"))
        stated = dict(_pointers(payload))
        return Posting(
            source_job_id=job_id,
            **self.headline(payload)._asdict(),
            description_html=unescape_once(text_of(payload.get("content"))),
            hiring_organization=optional_text(payload.get("company_name")),
            department=departments[0] if departments else None,
            offices=tuple(_offices(payload.get("offices"))),
            salaries=tuple(_salaries(payload.get("pay_input_ranges"))),
            fields=tuple(_fields(payload.get("metadata"))),
            language=optional_text(payload.get("language")),
            date_modified=iso_time(payload.get("updated_at")),
            internal_job_id=optional_text(payload.get("internal_job_id")),
            requisition_id=optional_text(payload.get("requisition_id")),
            pointers=stated,
        )


def _embedded_token(query: Mapping[str, list[str]]) -> str:
    """`/embed/job_board?for=TOKEN`, `/embed/job_app?for=TOKEN&token=ID`."""
    return next(iter(query.get("for", [])), "")


_POINTERS = {
    "source_job_id": "/id",
    "title": "/title",
    "url": "/absolute_url",
    "description_html": "/content",
    "hiring_organization": "/company_name",
    "language": "/language",
    "date_posted": "/first_published",
    "date_modified": "/updated_at",
    "internal_job_id": "/internal_job_id",
    "requisition_id": "/requisition_id",
}


def _pointers(payload: Payload) -> Iterator[tuple[str, str]]:
    for name, pointer in _POINTERS.items():
        if is_stated(payload.get(pointer[1:])):
            yield name, pointer
    if is_stated(named(payload.get("location"), "name")):
        yield "job_location", "/location/name"
    for index, department in enumerate(items_of(payload.get("departments"))):
        if _is_name(department.get("name")):
            yield "department", f"/departments/{index}/name"
            break
    for name, key in (("offices", "offices"), ("salaries", "pay_input_ranges"), ("fields", "metadata")):
        if payload.get(key):
            yield name, f"/{key}"


def _is_name(value: Any) -> bool:
    """Greenhouse itself calls the missing department `No Department`."""
    return text_of(value) not in ("", "No Department")


def _names(value: Any) -> list[str]:
    return [text_of(item.get("name")) for item in items_of(value) if _is_name(item.get("name"))]


def _offices(value: Any) -> Iterator[str]:
    """The office's place where it has one, else its name."""
    for office in items_of(value):
        text = text_of(named(office.get("location"), "name")) or text_of(office.get("location")) or text_of(office.get("name"))
        if text:
            yield text


def _salaries(value: Any) -> Iterator[StatedSalary]:
    """`pay_input_ranges` in units of the currency; the period only where title or blurb says it."""
    ranges = value if isinstance(value, list) else []
    for index, item in enumerate(ranges):
        if not isinstance(item, dict):
            continue
        low, high = _units(item.get("min_cents")), _units(item.get("max_cents"))
        if low is None and high is None:
            continue
        title = text_of(item.get("title"))
        yield StatedSalary(
            minimum=low,
            maximum=high,
            currency=optional_text(item.get("currency_type")),
            period=_period(f"{title} {text_of(item.get('blurb'))}"),
            pointer=f"/pay_input_ranges/{index}",
            title=title,
        )


def _units(cents: Any) -> Decimal | None:
    number = decimal_of(cents)
    return None if number is None else number / 100


def _period(text: str) -> SalaryPeriod | None:
    return next((period for pattern, period in _PERIODS if pattern.search(text)), None)


def _fields(metadata: Any) -> Iterator[StatedField]:
    """Every free field with a value; objects that mean one amount as one readable text, persons left out."""
    entries = metadata if isinstance(metadata, list) else []
    for index, entry in enumerate(entries):
        name, value = text_of(named(entry, "name")), named(entry, "value")
        if not name or value is None or named(entry, "value_type") == "user":
            continue
        pointer = f"/metadata/{index}/value"
        if isinstance(value, dict) and (amount := _amount(name, value)) is not None:
            if amount:
                yield StatedField(name, amount, pointer)
            continue
        yield from (StatedField(name, text.replace("\x00", ""), leaf) for leaf, text in string_leaves(value, pointer))


def _amount(name: str, value: Mapping[str, Any]) -> str | None:
    """`USD 120000 - 150000 per year` of a range or amount object; "" when it is all zeros, None when it is no amount."""
    if not value.keys() & {"min_value", "max_value", "amount"}:
        return None
    numbers = [decimal_of(value.get(key)) for key in ("min_value", "max_value", "amount")]
    present = [number for number in numbers if number]
    if not present:
        return ""
    words = [text_of(value.get("unit")), " - ".join(plain_number(number) for number in present)]
    if period := _period(name):
        words.append(f"per {period}")
    return " ".join(word for word in words if word)
