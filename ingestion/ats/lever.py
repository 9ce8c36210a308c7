"""Lever Postings API (github.com/lever/postings-api), reading side, global and EU host."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from ingestion.ats.base import Body, Headline, Page, Payload, PayloadError, Posting, Request, SalaryPeriod, StatedSalary
from ingestion.ats.decoding import (
    decimal_of,
    decode_items,
    epoch_ms_time,
    is_stated,
    items_of,
    label_of,
    named,
    optional_text,
    required_id,
    text_of,
    url_of,
)
from ingestion.ats.source_keys import PAGE_WORDS, source_key, url_parts

PAGE_SIZE = 100
HOST_REGIONS = {"jobs.lever.co": "", "api.lever.co": "", "jobs.eu.lever.co": "eu", "api.eu.lever.co": "eu"}
_JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])")
PERIODS: Mapping[str, SalaryPeriod] = {"year": "year", "month": "month", "week": "week", "day": "day", "hour": "hour"}


class Lever:
    """Boards at Lever. Lists are read in pages of 100 until a short one."""

    source_type: ClassVar[str] = "lever"
    name: ClassVar[str] = "Lever"
    version: ClassVar[int] = 1
    base_urls: ClassVar[Mapping[str, str]] = {
        "LEVER_BASE_URL": "https://api.lever.co",
        "LEVER_EU_BASE_URL": "https://api.eu.lever.co",
    }
    cdx_patterns: ClassVar[tuple[str, ...]] = ("jobs.lever.co/*", "jobs.eu.lever.co/*")
    # jobs.lever.co/robots.txt forbids CCBot today: later crawls hold no Lever boards.
    cdx_newest_crawl: ClassVar[str] = "CC-MAIN-2025-51"
    content_fields: ClassVar[tuple[str, ...]] = (
        "text",
        "categories",
        "country",
        "workplaceType",
        "description",
        "lists",
        "additional",
        "salaryRange",
        "salaryDescription",
        "hostedUrl",
    )
    headline_fields: ClassVar[tuple[str, ...]] = ("text", "hostedUrl", "categories", "createdAt")

    def source_from_url(self, url: str) -> tuple[str, str] | None:
        host, segments, _ = url_parts(url)
        if host not in HOST_REGIONS:
            return None
        if host.startswith("api."):
            segments = segments[2:] if segments[:2] == ["v0", "postings"] else []
        key = source_key(next(iter(segments), ""), PAGE_WORDS)
        return (key, HOST_REGIONS[host]) if key else None

    def posting_from_url(self, url: str) -> str | None:
        host, segments, _ = url_parts(url)
        if host not in HOST_REGIONS:
            return None
        place = 3 if host.startswith("api.") else 1
        found = _JOB_ID.match(next(iter(segments[place:]), "").casefold())
        return found[0] if found else None

    def board_url(self, source_key: str, region: str) -> str:
        host = "jobs.eu.lever.co" if region == "eu" else "jobs.lever.co"
        return f"https://{host}/{quote(source_key, safe='')}"

    def posting_url(self, source_key: str, region: str, source_job_id: str) -> str:
        return f"{self.board_url(source_key, region)}/{source_job_id}"

    def list_request(self, source_key: str) -> Request:
        return Request(f"/v0/postings/{quote(source_key, safe='')}", {"mode": "json", "skip": "0", "limit": str(PAGE_SIZE)})

    def name_request(self, source_key: str) -> Request | None:
        return None

    def parse_name(self, body: bytes) -> str | None:
        return None

    def split(self, body: Body, request: Request) -> Page:
        postings = decode_items(body)
        if postings is None:
            raise PayloadError(f"expected an array of postings, found {body[:80]!r}")
        return Page(payloads=postings, next=_next(request, len(postings)))

    def source_job_id(self, payload: Payload) -> str:
        return required_id(payload)

    def headline(self, payload: Payload) -> Headline:
        return Headline(
            title=label_of(payload.get("text")),
            url=url_of(payload.get("hostedUrl")),
            job_location=label_of(named(payload.get("categories"), "location")),
            is_prospect=False,
            date_posted=epoch_ms_time(payload.get("createdAt")),
        )

    def parse(self, payload: Payload) -> Posting:
        posting_id = required_id(payload)
        categories = payload.get("categories")
        return Posting(
            source_job_id=posting_id,
            **self.headline(payload)._asdict(),
            description_html=_description(payload),
            additional_locations=tuple(_other_locations(categories)),
            country=optional_text(payload.get("country")),
            employment_type=optional_text(named(categories, "commitment")),
            work_place_type=_work_place_type(payload.get("workplaceType")),
            department=optional_text(named(categories, "department")),
            team=optional_text(named(categories, "team")),
            salaries=tuple(_salaries(payload)),
            pointers=dict(_pointers(payload)),
        )


def _next(request: Request, count: int) -> Request | None:
    """The page behind a full one. A server that ignores `limit` sends everything at once: more than a page is the end too."""
    if count != PAGE_SIZE:
        return None
    skip = int(request.query.get("skip", "0")) + PAGE_SIZE
    return Request(request.path, {**request.query, "skip": str(skip)})


def _description(payload: Payload) -> str:
    """The whole text: description, the titled lists, and what the posting ends with."""
    parts = [text_of(payload.get("description"))]
    for item in items_of(payload.get("lists")):
        heading, content = text_of(item.get("text")), text_of(item.get("content"))
        parts.append(f"<h3>{html.escape(heading, quote=False)}</h3>" if heading else "")
        parts.append(_as_list(content))
    parts += [text_of(payload.get("salaryDescription")), text_of(payload.get("additional"))]
    return "\n".join(part for part in parts if part)


def _as_list(content: str) -> str:
    """Bare `<li>` items in the `<ul>` they lack; anything else as it is."""
    is_bare = "<li" in content and "<ul" not in content and "<ol" not in content
    return f"<ul>{content}</ul>" if is_bare else content


def _other_locations(categories: Any) -> Iterator[str]:
    """`allLocations` without the first place and without repetition."""
    locations = named(categories, "allLocations")
    seen = {text_of(named(categories, "location")), ""}
    for location in locations if isinstance(locations, list) else []:
        text = text_of(location)
        if text not in seen:
            seen.add(text)
            yield text


def _work_place_type(value: Any) -> str | None:
    text = text_of(value)
    return None if text in ("", "unspecified") else text


def _salaries(payload: Payload) -> Iterator[StatedSalary]:
    """`salaryRange`, unless it is the `{min: 0, max: 0}` of an empty form."""
    stated = payload.get("salaryRange")
    low, high = decimal_of(named(stated, "min")), decimal_of(named(stated, "max"))
    if not low and not high:
        return
    interval = text_of(named(stated, "interval"))
    words = interval.removeprefix("per-").split("-")
    yield StatedSalary(
        minimum=low or None,
        maximum=high or None,
        currency=optional_text(named(stated, "currency")),
        period=PERIODS.get(words[0]),
        pointer="/salaryRange",
        title=interval,
    )


_POINTERS = {
    "source_job_id": "/id",
    "title": "/text",
    "url": "/hostedUrl",
    "description_html": "/description",
    "country": "/country",
    "work_place_type": "/workplaceType",
    "date_posted": "/createdAt",
}
_CATEGORY_POINTERS = {
    "job_location": "location",
    "employment_type": "commitment",
    "department": "department",
    "team": "team",
}


def _pointers(payload: Payload) -> Iterator[tuple[str, str]]:
    for name, pointer in _POINTERS.items():
        if is_stated(payload.get(pointer[1:])):
            yield name, pointer
    categories = payload.get("categories")
    for name, key in _CATEGORY_POINTERS.items():
        if is_stated(named(categories, key)):
            yield name, f"/categories/{key}"
    if named(categories, "allLocations"):
        yield "additional_locations", "/categories/allLocations"
    if payload.get("salaryRange"):
        yield "salaries", "/salaryRange"
