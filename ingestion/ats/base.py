"""What every ATS adapter states: requests, tokens, pages, and a typed view of a posting. No I/O, no Django.

An adapter is one class in one file of this package plus one sample payload in `samples/<source_type>.json`.
It is found by being there (`ingestion.ats.registry`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from mmap import mmap
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

Payload = Mapping[str, Any]
"""One posting as the ATS sent it, decoded from JSON and otherwise untouched."""

Body = bytes | mmap
"""The bytes of an answer; those of a large one may be mapped from a file."""

SalaryPeriod = Literal["year", "month", "week", "day", "hour"]


class PayloadError(ValueError):
    """A payload that cannot be read as what it should be; the message says where and why."""


@dataclass(frozen=True, slots=True)
class StatedSalary:
    """A pay range in the ATS's own field. Amounts in units of `currency` (not cents); None = not stated."""

    minimum: Decimal | None
    maximum: Decimal | None
    currency: str | None
    period: SalaryPeriod | None
    pointer: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class StatedField:
    """One free field of the ATS (Greenhouse `metadata`): its name, its value as text, and where it stands."""

    name: str
    value: str
    pointer: str


# Nobody changes one; but to make a frozen one of so many fields takes six times as long.
@dataclass(slots=True, unsafe_hash=True)
class Posting:
    """An adapter's typed, uninterpreted view of one payload (schema.org JobPosting names).

    `pointers` maps the name of a field of this class to its JSON pointer (RFC 6901) inside the payload,
    for every field that the payload states. Texts are as received, apart from entity decoding and outer white space.
    """

    source_job_id: str
    title: str
    url: str
    description_html: str = ""
    hiring_organization: str | None = None
    job_location: str = ""
    additional_locations: tuple[str, ...] = ()
    country: str | None = None
    employment_type: str | None = None
    work_place_type: str | None = None
    department: str | None = None
    team: str | None = None
    offices: tuple[str, ...] = ()
    salaries: tuple[StatedSalary, ...] = ()
    fields: tuple[StatedField, ...] = ()
    language: str | None = None
    date_posted: datetime | None = None
    date_modified: datetime | None = None
    internal_job_id: str | None = None
    requisition_id: str | None = None
    is_prospect: bool = False
    pointers: Mapping[str, str] = field(default_factory=dict)


class Headline(NamedTuple):
    """What a list shows of a posting: the fields of Posting that are there at a glance, under the same names."""

    title: str
    url: str
    job_location: str
    is_prospect: bool
    date_posted: datetime | None


@dataclass(frozen=True, slots=True)
class Request:
    """One GET that an adapter wants: a path and query under the adapter's base URL."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One list response split into payloads; `next` is the follow-up request, None after the last page.

    `announced` is how many payloads the response says it has, where it does: with fewer it was cut short.
    """

    payloads: Sequence[Payload]
    next: Request | None = None
    company_name: str | None = None
    announced: int | None = None


class Adapter(Protocol):
    """The whole contract of an ATS. Stateless; every method is pure and raises `PayloadError` only."""

    source_type: ClassVar[str]
    """Key of the ATS, `[a-z0-9_]+`; also names the queue `scrape.<source_type>` and the setting `<SOURCE_TYPE>_BASE_URL`."""
    name: ClassVar[str]
    version: ClassVar[int]
    """1, and one more whenever `parse` reads facts differently: `ingest reparse` then has every posting extracted again."""
    base_urls: ClassVar[Mapping[str, str]]
    """Setting name -> public default, the first is the one used unless a source asks for another region."""
    cdx_patterns: ClassVar[Sequence[str]]
    """URL patterns whose captures hold source keys, as the CDX server takes them (`host/path/*`)."""
    cdx_newest_crawl: ClassVar[str]
    """The newest crawl that can hold captures (`CC-MAIN-2025-51`), "" when every crawl can."""
    content_fields: ClassVar[Sequence[str]]
    """Top-level keys of a payload that matter: `content_hash` is taken over these."""
    headline_fields: ClassVar[Sequence[str]]
    """Top-level keys of a payload that `headline` looks at: of a board that waits to be stored only these are kept."""

    def source_from_url(self, url: str) -> tuple[str, str] | None:
        """(source_key, region) named by a public URL of this ATS, folded for identity; None when it names none."""

    def posting_from_url(self, url: str) -> str | None:
        """The source_job_id named by a public URL of this ATS; None when it names a board only, or nothing."""

    def board_url(self, source_key: str, region: str) -> str:
        """The page a person would open for this board."""

    def posting_url(self, source_key: str, region: str, source_job_id: str) -> str:
        """The page a person would open for this posting: the one form of all the addresses it has."""

    def list_request(self, source_key: str) -> Request:
        """The first list call of a board."""

    def name_request(self, source_key: str) -> Request | None:
        """The call that answers the company's name, None where the list has it or nothing does."""

    def parse_name(self, body: bytes) -> str | None:
        """The company's name from the answer to `name_request`."""

    def split(self, body: Body, request: Request) -> Page:
        """Split a list response into payloads."""

    def parse(self, payload: Payload) -> Posting:
        """The typed view of one payload."""

    def headline(self, payload: Payload) -> Headline:
        """What `parse` says of these fields, without the cost of the rest: boards are stored by it.

        The payload is one whose `source_job_id` was read.
        """

    def source_job_id(self, payload: Payload) -> str:
        """The posting's id at the ATS."""


def string_leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, text) of every non-empty scalar below `value`, numbers and booleans as text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from string_leaves(item, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from string_leaves(item, f"{pointer}/{index}")
    elif value is not None and str(value).strip():
        yield pointer, str(value).strip()
