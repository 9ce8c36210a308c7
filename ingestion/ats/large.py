"""Large JSON bodies, item by item: where each item of a list stands, decoded when it is asked for.

A body of 64 MB decodes to two to four times as much; one that is read item by item takes what its largest item takes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, overload

import orjson

from ingestion.ats.base import Payload

# Bodies above this are read item by item. Hardly a board in two hundred is.
LARGE = 4 * 2**20
# A string or a bracket: everything that matters for finding out where a value ends.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}]', re.DOTALL)
_LIST_BEHIND = re.compile(rb"\s*:\s*(?=\[)")
_NOT_SPACE = re.compile(rb"\S")
_QUOTE, _OPENING = ord('"'), frozenset(b"[{")


class LargeItems(Sequence[Payload]):
    """The items of a JSON list inside `body`, decoded anew whenever one is taken."""

    def __init__(self, body: Any, spans: Sequence[tuple[int, int]]) -> None:
        self._body = body
        self._spans = spans

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, index: int) -> Payload: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Payload]: ...
    def __getitem__(self, index: int | slice) -> Payload | Sequence[Payload]:
        if isinstance(index, slice):
            return LargeItems(self._body, self._spans[index])
        begin, end = self._spans[index]
        payload: Payload = orjson.loads(self._body[begin:end])
        return payload


def large_items(body: Any, key: str) -> LargeItems | None:
    """The items of the list at `key` of the top-level object; of the body itself where key is "".

    Every item is decoded once here and forgotten, so that taking one cannot fail later. None when the body is not such a
    list in plain JSON: whoever asks then decodes it as a whole, and finds the words for what is wrong with it.
    """
    spans = _spans(body, key)
    items = LargeItems(body, spans)
    try:
        rest = orjson.loads(_emptied(body, spans))
        for _ in items:
            pass
    except orjson.JSONDecodeError:
        return None
    found = rest.get(key) if key and isinstance(rest, dict) else rest
    # Scalars among the items, or a second list under the same key, are for the ordinary way.
    return items if found == [{}] * len(spans) else None


def _spans(body: Any, key: str) -> list[tuple[int, int]]:
    """Where each object or list among the items begins and ends."""
    spans: list[tuple[int, int]] = []
    depth, begin = 0, 0
    level, list_begin = (2, -1) if key else (1, _first(body))
    quoted = orjson.dumps(key)
    is_inside = False
    for token in _TOKEN.finditer(body):
        start, end = token.span()
        char = body[start]
        if char == _QUOTE:
            if depth == 1 and key and not is_inside and token[0] == quoted and (behind := _LIST_BEHIND.match(body, end)):
                list_begin = behind.end()
        elif char in _OPENING:
            depth += 1
            if is_inside and depth == level + 1:
                begin = start
            is_inside = is_inside or (depth == level and start == list_begin)
        else:
            depth -= 1
            if is_inside and depth == level:
                spans.append((begin, end))
            if is_inside and depth < level:
                break
    return spans


def _first(body: Any) -> int:
    """Where the first value begins."""
    found = _NOT_SPACE.search(body)
    return found.start() if found else -1


def _emptied(body: Any, spans: Sequence[tuple[int, int]]) -> bytes:
    """The body with `{}` in place of every item."""
    edges = [0, *(edge for span in spans for edge in span), len(body)]
    return b"{}".join(body[begin:end] for begin, end in zip(edges[::2], edges[1::2], strict=True))
