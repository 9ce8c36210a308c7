"""The Common Crawl index server (pywb): collinfo.json and one CDX endpoint per crawl."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import NamedTuple

import orjson

from sandbox.answers import JSON_UTF8, Answer, Question, as_json
from sandbox.captures import Capture, captures_of
from sandbox.crawls import BY_ID, CRAWLS, Crawl
from sandbox.surt import is_exact, prefix_of
from sandbox.world import World

NDJSON = "text/x-ndjson"
# The real index packs 3,000 lines into a block and takes 5 blocks as a page.
LINES_PER_BLOCK = 3000
BLOCKS_PER_PAGE = 5
_INDEX = re.compile(r"^/(?P<crawl>CC-MAIN-[0-9-]+)-index/?$")
_FILTER = re.compile(r"^(?P<no>!?)(?P<how>[=~]?)(?:(?P<field>[^:]+):)(?P<expression>.*)$", re.DOTALL)

Row = dict[str, str]


class Span(NamedTuple):
    """Positions in a crawl's sorted captures."""

    start: int
    end: int


class RefusedError(Exception):
    """A query the index server does not accept; its text is the message of the 400."""


class Cdx:
    """`/collinfo.json` and `/{CRAWL}-index`. A crawl's captures are made when it is first asked for."""

    name = "cdx"

    def __init__(self, world: World, lines_per_block: int = LINES_PER_BLOCK) -> None:
        self._world = world
        self._lines_per_block = lines_per_block
        self._captures: dict[str, list[Capture]] = {}

    def board_of(self, path: str) -> str | None:
        """The index is about no single board."""
        return None

    async def answer(self, question: Question) -> Answer:
        if question.path == "/collinfo.json":
            return as_json([crawl.info(question.base_url) for crawl in CRAWLS])
        match = _INDEX.match(question.path)
        crawl = BY_ID.get(match["crawl"]) if match else None
        if crawl is None:
            return _message(404, f"Collection not found: {question.path.strip('/')}")
        await asyncio.to_thread(self._load, crawl)
        try:
            return self._query(crawl, question)
        except RefusedError as error:
            return _message(400, str(error))

    def _load(self, crawl: Crawl) -> list[Capture]:
        if crawl.id not in self._captures:
            self._captures[crawl.id] = captures_of(crawl, self._world.boards, self._world.seed)
        return self._captures[crawl.id]

    def _query(self, crawl: Crawl, question: Question) -> Answer:
        url = question.query.get("url", "")
        if not url:
            raise RefusedError('The "url" param is required')
        captures = self._captures[crawl.id]
        span = _span(captures, url, question.query.get("matchType", ""))
        page_size = _number(question, "pageSize") or BLOCKS_PER_PAGE
        blocks = self._blocks(span)
        if question.query.get("showNumPages") == "true":
            return as_json({"pages": -(-blocks // page_size), "pageSize": page_size, "blocks": blocks})
        part = self._page(span, page_size, blocks, _number(question, "page"))
        return _lines(_rows(captures, part, crawl, question), question, url)

    def _blocks(self, span: Span) -> int:
        """Blocks that hold a part of the span; they begin at the crawl's start, not at the span's."""
        if span.start == span.end:
            return 0
        return (span.end - 1) // self._lines_per_block - span.start // self._lines_per_block + 1

    def _page(self, span: Span, page_size: int, blocks: int, page: int | None) -> Span:
        if page is None:
            return span
        pages = max(1, -(-blocks // page_size))
        if page >= pages:
            raise RefusedError(f"Page {page} invalid: First Page is 0, Last Page is {pages - 1}")
        size = self._lines_per_block
        first = (span.start // size + page * page_size) * size
        return Span(max(span.start, first), min(span.end, first + page_size * size))


def _span(captures: list[Capture], url: str, match_type: str) -> Span:
    prefix = prefix_of(url, match_type)
    start = bisect_left(captures, prefix, key=lambda capture: capture.urlkey)
    if is_exact(url, match_type):
        return Span(start, bisect_left(captures, f"{prefix}\0", key=lambda capture: capture.urlkey))
    return Span(start, bisect_left(captures, f"{prefix}\U0010ffff", key=lambda capture: capture.urlkey))


def _rows(captures: list[Capture], span: Span, crawl: Crawl, question: Question) -> Iterator[Row]:
    tests = [_filter(text) for text in question.query.getall("filter", [])]
    rows = (capture.fields(crawl) for capture in islice(captures, span.start, span.end))
    kept = (row for row in rows if all(test(row) for test in tests))
    return islice(kept, _number(question, "limit"))


def _filter(text: str) -> Callable[[Row], bool]:
    """`[!][=|~]field:expression`: contains, equals (=) or matches (~), or the opposite (!)."""
    match = _FILTER.match(text)
    if match is None:
        raise RefusedError(f"Invalid filter: {text}")
    field, expression, wanted = match["field"], match["expression"], not match["no"]
    if match["how"] == "~":
        pattern = _pattern(expression)
        return lambda row: (pattern.match(row.get(field, "")) is not None) is wanted
    if match["how"] == "=":
        return lambda row: (row.get(field, "") == expression) is wanted
    return lambda row: (expression in row.get(field, "")) is wanted


def _pattern(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise RefusedError(f"Invalid filter: {expression} ({error})") from error


def _lines(rows: Iterator[Row], question: Question, url: str) -> Answer:
    """The rows as streamed lines; 404 when there is not one."""
    first = next(rows, None)
    if first is None:
        return _message(404, f"No Captures found for: {url.removesuffix('*')}")
    fields = [name for name in question.query.get("fl", "").split(",") if name]
    as_line = _json_line if question.query.get("output") == "json" else _text_line
    kind = NDJSON if question.query.get("output") == "json" else "text/plain"
    chosen = (_choose(row, fields) for row in chain([first], rows))
    return Answer(content_type=kind, lines=_chunks(as_line(row) for row in chosen))


def _choose(row: Row, fields: list[str]) -> Row:
    return {name: row[name] for name in fields if name in row} if fields else row


def _json_line(row: Row) -> bytes:
    return orjson.dumps(row) + b"\n"


def _text_line(row: Row) -> bytes:
    key, timestamp, *_ = chain(row.values(), ("", ""))
    if "urlkey" not in row:
        return " ".join(row.values()).encode() + b"\n"
    rest = {name: value for name, value in row.items() if name not in ("urlkey", "timestamp")}
    return f"{key} {timestamp} ".encode() + orjson.dumps(rest) + b"\n"


def _chunks(lines: Iterator[bytes], size: int = 200) -> Iterator[bytes]:
    """Several lines a write: the client still sees a stream, the loop is not kept busy by it."""
    while block := b"".join(islice(lines, size)):
        yield block


def _number(question: Question, name: str) -> int | None:
    text = question.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(f"Invalid value for {name}: {text}")
    return int(text)


def _message(status: int, text: str) -> Answer:
    return as_json({"message": text}, status=status, content_type=JSON_UTF8)
