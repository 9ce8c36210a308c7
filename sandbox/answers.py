"""What an interface is asked and what it answers, as plain values: no sockets here."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

import orjson
from multidict import MultiMapping

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
HTML = "text/html"


@dataclass(frozen=True)
class Question:
    """One request as an interface sees it.

    `path` is percent-decoded, `target` the path and query as sent; `base_url` has no trailing slash.
    """

    method: str
    path: str
    target: str
    query: MultiMapping[str]
    base_url: str
    body: bytes = b""
    mishap: str | None = None
    """How the language model behind this interface goes wrong, one of `faults.MODEL_KINDS`."""


@dataclass(frozen=True)
class Delivery:
    """How an answer travels when it does not simply travel.

    `delay`: seconds before the first byte; `drip`: seconds over which the body is spread; `cut`: half of
    the body, then the connection closes; `reset`: the connection is reset instead of an answer.
    """

    delay: float = 0.0
    drip: float = 0.0
    cut: Literal["length", "chunked"] | None = None
    reset: bool = False


@dataclass(frozen=True)
class Answer:
    """One response. `packed` is `body` already gzipped; `lines`, when set, is streamed instead of `body`."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bytes | None = None
    lines: Iterable[bytes] | None = None
    delivery: Delivery = Delivery()

    def whole(self) -> Answer:
        """The same answer as one plain body: neither streamed nor packed (what most faults work on)."""
        if self.lines is None:
            return replace(self, body=self.body or unpack(self.packed), packed=None)
        return replace(self, body=b"".join(self.lines), lines=None)


class Interface(Protocol):
    """One simulated service. It listens on a port of its own and never touches a socket itself."""

    name: str

    def board_of(self, path: str) -> str | None:
        """The key of the board a path is about, folded; None when it is about none."""
        ...

    async def answer(self, question: Question) -> Answer:
        """The healthy answer; faults are put on top of it by the server."""
        ...


@runtime_checkable
class Refusing(Protocol):
    """An interface with its own form of errors, which faults that answer a status then take."""

    def refusal(self, status: int) -> Answer: ...


def with_validator(answer: Answer, if_none_match: str) -> Answer:
    """A whole 200 with an ETag over its bytes, or 304 when the caller holds just these (RFC 9110, 13.1.2: weak comparison)."""
    if answer.status != 200 or answer.lines is not None:
        return answer
    tag = f'W/"{hashlib.blake2b(answer.packed or answer.body, digest_size=8).hexdigest()}"'
    known = {name.strip() for name in if_none_match.split(",")}
    headers = {**answer.headers, "ETag": tag}
    return Answer(status=304, headers=headers) if tag in known else replace(answer, headers=headers)


def unpack(packed: bytes | None) -> bytes:
    """The bytes behind a gzipped body; nothing for None."""
    return gzip.decompress(packed) if packed else b""


def as_json(value: Any, *, status: int = 200, content_type: str = JSON) -> Answer:
    """An answer that holds `value` as compact JSON."""
    return Answer(status=status, body=orjson.dumps(value), content_type=content_type)
