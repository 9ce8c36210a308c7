"""Answers of an ATS, damaged in every way that somebody has seen or could think of. Deterministic: made from numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from ingestion.ats.base import Adapter

DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]

JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    2**63,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "a\x00b\x1f\x7f",
    "\ud800",
    "x\udfff\ud83d",
    "\u202e\ufeff\u2028",
    "é" * 3000,
    "9" * 5000,
    "&lt;" * 2000 + "&#0;&#xD800;&#99999999999;",
    "<" * 3000,
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "2026-13-45T99:99:99Z",
    253402300800000,
    -62135596800001,
    "http://[::1",
    "javascript:alert(1)",
    [],
    {},
    [None, 1, "x", [], {}],
    {"name": None, "id": {}, "value": [], "": 0, "a/b~c": "\x00"},
    [[[]]],
    DEEP,
)


@dataclass
class Answer:
    """A list answer being damaged. `touched` are the indices of payloads that are no longer what was recorded."""

    payloads: list[Any]
    touched: set[int] = field(default_factory=set)


def _places(value: Any, depth: int = 8) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything below a value, down to a depth that no recorded payload reaches."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        if depth:
            yield from _places(item, depth - 1)


def _somewhere(answer: Answer, random: Random) -> tuple[Any, Any] | None:
    index = random.randrange(len(answer.payloads))
    answer.touched.add(index)
    places = list(_places(answer.payloads[index]))
    # Mostly near the top: there is what an adapter reads.
    top = [place for place in places if place[0] is answer.payloads[index]]
    return random.choice(top if top and random.random() < 0.5 else places) if places else None


def replace(answer: Answer, random: Random) -> None:
    if place := _somewhere(answer, random):
        place[0][place[1]] = deepcopy(random.choice(JUNK))


def remove(answer: Answer, random: Random) -> None:
    if place := _somewhere(answer, random):
        del place[0][place[1]]


def rename(answer: Answer, random: Random) -> None:
    if (place := _somewhere(answer, random)) and isinstance(place[0], dict):
        place[0][str(random.choice(("id", "text", "\x00", "\ud800", "x" * 999)))] = place[0].pop(place[1])


def wrap(answer: Answer, random: Random) -> None:
    """A list where one value stood, an object where a list stood."""
    if place := _somewhere(answer, random):
        value = place[0][place[1]]
        place[0][place[1]] = {"0": value} if isinstance(value, list) else [value, value]


def as_text(answer: Answer, random: Random) -> None:
    if place := _somewhere(answer, random):
        place[0][place[1]] = str(place[0][place[1]])


def no_posting(answer: Answer, random: Random) -> None:
    index = random.randrange(len(answer.payloads))
    answer.touched.add(index)
    answer.payloads[index] = deepcopy(random.choice(JUNK))


def repeat(answer: Answer, random: Random) -> None:
    """The same posting twice, the second time with another content: the first counts."""
    value = deepcopy(random.choice(answer.payloads))
    answer.touched.add(len(answer.payloads))
    answer.payloads.append({**value, "title": "again", "text": "again"} if isinstance(value, dict) else value)


def same_id(answer: Answer, random: Random) -> None:
    """Two postings with one id: whichever comes first counts."""
    first, second = random.choice(answer.payloads), random.randrange(len(answer.payloads))
    if isinstance(first, dict) and isinstance(answer.payloads[second], dict) and "id" in first:
        answer.payloads[second]["id"] = first["id"]
        answer.touched.update(i for i, p in enumerate(answer.payloads) if isinstance(p, dict) and p.get("id") == first["id"])


TREE: dict[str, Callable[[Answer, Random], None]] = {
    f.__name__: f for f in (replace, remove, rename, wrap, as_text, no_posting, repeat, same_id)
}


def _cut(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def _flip(body: bytes, random: Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(random.randrange(1, 6)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def _insert(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body))
    junk = random.choice(
        (b"\x00", b"\xff\xfe", b"NaN", b"Infinity", b"-", b"\\ud800", b"\\u0000", b'"', b"[" * 2000, b"\xc3", b"\x1b", b"{}")
    )
    return body[:at] + junk + body[at:]


def _swap(body: bytes, random: Random) -> bytes:
    a, b = sorted((random.randrange(len(body)), random.randrange(len(body))))
    return body[:a] + body[b:] + body[a:b]


def _encode(body: bytes, random: Random) -> bytes:
    encoding = random.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp500", "utf-7"))
    return body.decode("utf-8", "replace").encode(encoding, "replace")


def _nest(body: bytes, random: Random) -> bytes:
    depth = random.choice((1, 3, 1500, 200_000))
    return b"[" * depth + body + b"]" * depth


BYTES: dict[str, Callable[[bytes, Random], bytes]] = {
    "cut": _cut,
    "flip": _flip,
    "insert": _insert,
    "swap": _swap,
    "encode": _encode,
    "nest": _nest,
}


def body_of(reader: Adapter, sample: bytes, payloads: list[Any]) -> bytes:
    """The ATS's sample with these payloads in place of its own, as Python writes JSON: NaN and lone surrogates and all."""
    return json.dumps(_replaced(*_parsed(reader, sample), payloads), ensure_ascii=True).encode()


@cache
def _parsed(reader: Adapter, sample: bytes) -> tuple[Any, list[Any]]:
    """The whole answer, and the list of its payloads."""
    return json.loads(sample), list(reader.split(sample, reader.list_request("acme")).payloads)


def _replaced(value: Any, own: list[Any], payloads: list[Any]) -> Any:
    """The answer with another list where its own list of payloads stands."""
    if value == own:
        return payloads
    return {key: _replaced(item, own, payloads) for key, item in value.items()} if isinstance(value, dict) else value
