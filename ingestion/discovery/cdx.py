"""Discovery over the Common Crawl CDX index (spec D1, D4): one connection, page after page, streamed, resumable."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.cache import cache

from ingestion.ats.base import Adapter, PayloadError
from ingestion.ats.decoding import decode_json, items_of, text_of
from ingestion.discovery.tokens import Finding, finding_of
from ingestion.errors import CdxError, FetchError, SourceGoneError
from ingestion.http.client import Answer, Call, Client, absolute_url
from ingestion.models import CrawlProgress
from ingestion.services.discovery import crawl_page_store
from ingestion.services.runs import stage_add

COLLINFO_AGE_S = 24 * 3600
# Read unless CDX_CRAWLS names others: two neighbouring crawls overlap by half and miss few live boards together.
DEFAULT_CRAWLS = 2
_LONGEST_LINE = 64 * 1024
# A posting that the crawler met so is none; its board may be there all the same.
_GONE = frozenset({"404", "410"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One URL pattern in one crawl."""

    crawl: str
    pattern: str
    source_type: str


async def crawl_ids(client: Client) -> list[str]:
    """Ids of all crawls, newest first; asked once in 24 hours."""
    key = f"collinfo:{settings.CDX_BASE_URL}"
    known = await cache.aget(key)
    if known is None:
        answer = await client.get(Call(absolute_url(settings.CDX_BASE_URL, "/collinfo.json", {}), "collinfo"))
        known = [text_of(crawl.get("id")) for crawl in items_of(_decoded(answer))]
        if not known:
            raise CdxError("collinfo.json names no crawls")
        await cache.aset(key, known, COLLINFO_AGE_S)
    return list(known)


def parts_of(adapter: Adapter, crawls: Sequence[str], wanted: Sequence[str]) -> list[Part]:
    """Patterns of one ATS in the crawls to read: the wanted ones, else the newest that can hold its captures."""
    able = [crawl for crawl in crawls if not adapter.cdx_newest_crawl or crawl <= adapter.cdx_newest_crawl]
    chosen = [crawl for crawl in able if crawl in wanted] if wanted else able[:DEFAULT_CRAWLS]
    return [Part(crawl, pattern, adapter.source_type) for crawl in chosen for pattern in adapter.cdx_patterns]


class PageReader:
    """Takes the lines of one page as they arrive and keeps, of all captures, one for each source and one for each posting."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._rest = b""
        self.captures = 0
        self.findings: dict[tuple[str, str], Finding] = {}

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise CdxError("the index sent a line without an end")
        for line in lines:
            self._take(line)

    def close(self) -> None:
        """The last line may lack its line end."""
        self._take(self._rest)
        self._rest = b""

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        self.captures += 1
        capture = _capture(line)
        found = finding_of(self._adapter, capture.get("url", ""), _time(capture.get("timestamp", "")))
        if found is None:
            return
        if found.source_job_id and capture.get("status", "") in _GONE:
            found = replace(found, source_job_id="")
        self.findings.setdefault((found.source_key, found.source_job_id), found)


async def read_part(client: Client, adapter: Adapter, part: Part, run_id: uuid.UUID | None) -> CrawlProgress:
    """Read one pattern in one crawl from where it stopped. Raises CdxError and FetchError; the progress stays."""
    progress = await _progress(client, part)
    left = (progress.pages or 0) - progress.next_page
    await sync_to_async(stage_add)(run_id=run_id, name="discover", total=left)
    while progress.finished_at is None and progress.next_page < (progress.pages or 0):
        page = progress.next_page
        reader = await _read_page(client, adapter, part, page, progress.page_size)
        await sync_to_async(crawl_page_store)(
            progress=progress, page=page, findings=list(reader.findings.values()), captures=reader.captures, run_id=run_id
        )
    return progress


async def _progress(client: Client, part: Part) -> CrawlProgress:
    """The stored progress; its number of pages is asked for when it is unknown or was counted in other page sizes."""
    progress, _ = await CrawlProgress.objects.aget_or_create(
        index_url=settings.CDX_BASE_URL, crawl=part.crawl, pattern=part.pattern, defaults={"page_size": settings.CDX_PAGE_SIZE}
    )
    if progress.finished_at is not None:
        return progress
    if progress.pages is None or progress.page_size != settings.CDX_PAGE_SIZE:
        progress.page_size, progress.next_page = settings.CDX_PAGE_SIZE, 0
        progress.pages = await _count_pages(client, part)
        progress.finished_at = datetime.now(UTC) if progress.pages == 0 else None
        await progress.asave()
    return progress


async def _count_pages(client: Client, part: Part) -> int:
    """How many pages there are; 0 when the crawl has no captures (404)."""
    try:
        answer = await client.get(Call(_url(part, {"showNumPages": "true"}), "cdx"))
    except SourceGoneError:
        return 0
    pages = _pages_of(_decoded(answer))
    log.info("pages counted", crawl=part.crawl, pattern=part.pattern, pages=pages)
    return pages


def _decoded(answer: Answer) -> Any:
    try:
        return decode_json(answer.body)
    except PayloadError as error:
        raise CdxError(f"{answer.url}: {error}") from error


def _pages_of(value: Any) -> int:
    pages = value.get("pages") if isinstance(value, dict) else value
    if isinstance(pages, bool) or not isinstance(pages, int) or pages < 0:
        raise CdxError(f"the index did not answer with a number of pages: {str(value)[:100]}")
    return pages


async def _read_page(client: Client, adapter: Adapter, part: Part, page: int, page_size: int) -> PageReader:
    readers: list[PageReader] = []

    def new_reader() -> PageReader:
        readers.append(PageReader(adapter))
        return readers[-1]

    query = {"output": "json", "fl": "url,status,timestamp", "page": str(page)}
    try:
        await client.get(Call(_url(part, query), "cdx"), sink=new_reader)
    except SourceGoneError:  # no captures on this page
        return PageReader(adapter)
    except FetchError as error:
        where = f"{part.crawl}, {part.pattern}, page {page}"
        raise CdxError(f"the index stopped at {where}: {error}; start again later, it goes on there") from error
    readers[-1].close()
    return readers[-1]


def _url(part: Part, query: dict[str, str]) -> str:
    whole = {"url": part.pattern, "pageSize": str(settings.CDX_PAGE_SIZE), **query}
    return absolute_url(settings.CDX_BASE_URL, f"/{part.crawl}-index", whole)


def _capture(line: bytes) -> dict[str, str]:
    """One line of NDJSON. A line that is none means that the server speaks of something else: nothing of it is believed."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise CdxError(f"the index answered with something else than captures: {line[:80]!r}") from None
    if not isinstance(value, dict):
        raise CdxError(f"the index answered with something else than captures: {line[:80]!r}")
    return value


def _time(timestamp: str) -> datetime | None:
    try:
        return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
