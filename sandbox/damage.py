"""How each kind of fault looks: the right answer in, the damaged answer out. Table of kinds: `faults.py`."""

from __future__ import annotations

import gzip
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

import orjson

from sandbox.answers import HTML, Answer, Delivery, Question, as_json
from sandbox.faults import Fault

HUGE_BYTES = 200 * 2**20
REDIRECTED = "sandbox_redirected"
FOREIGN_ADDRESS = "http://elsewhere.example/v1/boards"  # .example is reserved: nobody ever answers there
PRIVATE_ADDRESS = "http://169.254.169.254/latest/meta-data/"

_PHRASES = {
    500: "500 Internal Server Error",
    501: "501 Not Implemented",
    502: "502 Bad Gateway",
    504: "504 Gateway Time-out",
}
_SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
)
_PAGE = b"<!DOCTYPE html>\n<html><head><title>One moment</title></head><body><h1>Checking your browser</h1></body></html>"


def damage(fault: Fault, right: Answer, question: Question) -> Answer:
    """The answer with the fault in it. `right` must be whole (`Answer.whole`)."""
    if fault.kind in _STATUS:
        return _STATUS[fault.kind](fault)
    return _SPOILERS[fault.kind](fault, right, question)


def _refusal(status: int, message: str) -> Callable[[Fault], Answer]:
    return lambda fault: as_json({"status": status, "error": message}, status=status)


def _error_page(status: int) -> Callable[[Fault], Answer]:
    title = _PHRASES[status]
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return lambda fault: Answer(status=status, body=page.encode(), content_type=HTML)


def _too_many(retry_after: Callable[[float], str]) -> Callable[[Fault], Answer]:
    refusal = _refusal(429, "Too many requests")
    return lambda fault: replace(refusal(fault), headers={"Retry-After": retry_after(_pause(fault))})


def _overloaded(fault: Fault) -> Answer:
    return as_json({"status": 529, "error": "Overloaded"}, status=529)


def _unavailable(fault: Fault) -> Answer:
    return Answer(status=503, body=_SLOW_DOWN, content_type="application/xml")


def _unavailable_until(fault: Fault) -> Answer:
    return replace(_unavailable(fault), headers={"Retry-After": _in_seconds(_pause(fault))})


def _in_seconds(seconds: float) -> str:
    return f"{seconds:g}"


def _as_date(seconds: float) -> str:
    """HTTP dates know whole seconds only: rounded up, so that the pause is never shorter than asked for."""
    moment = datetime.fromtimestamp(math.ceil(time.time() + seconds), UTC)
    return format_datetime(moment, usegmt=True)


def _pause(fault: Fault) -> float:
    return 1.0 if fault.seconds is None else fault.seconds


_STATUS: dict[str, Callable[[Fault], Answer]] = {
    "401": _refusal(401, "Unauthorized"),
    "403": _refusal(403, "Forbidden"),
    "404": _refusal(404, "Not found"),
    "410": _refusal(410, "Gone"),
    "429": _refusal(429, "Too many requests"),
    "429-retry-after": _too_many(_in_seconds),
    "429-retry-date": _too_many(_as_date),
    "500": _error_page(500),
    "501": _error_page(501),
    "502": _error_page(502),
    "503": _unavailable,
    "503-retry-after": _unavailable_until,
    "504": _error_page(504),
    "529": _overloaded,
}


def _slow(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, delivery=Delivery(delay=_seconds(fault)))


def _drip(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, delivery=Delivery(drip=_seconds(fault)))


def _cut_length(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, delivery=Delivery(cut="length"))


def _cut_chunked(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, delivery=Delivery(cut="chunked"))


def _reset(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, delivery=Delivery(reset=True))


def _invalid_json(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=right.body[: len(right.body) // 2] + b'"')


def _truncated(fault: Fault, right: Answer, question: Question) -> Answer:
    try:
        value = orjson.loads(right.body)
    except orjson.JSONDecodeError:  # the lines of an index
        return replace(right, body=b"".join(_first_half(right.body.splitlines(keepends=True))))
    return replace(right, body=orjson.dumps(_shortened(value)))


def _shortened(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("jobs"), list):
        return {**value, "jobs": _first_half(value["jobs"])}
    return _first_half(value) if isinstance(value, list) else value


def _first_half(items: list[Any]) -> list[Any]:
    return items[: len(items) // 2]


def _html(fault: Fault, right: Answer, question: Question) -> Answer:
    return Answer(body=_PAGE, content_type=HTML)


def _wrong_type(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, content_type=HTML)


def _utf_16(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=right.body.decode().encode("utf-16"))


def _latin_1(fault: Fault, right: Answer, question: Question) -> Answer:
    # " e" stands only inside strings: JSON itself has no letter after a space but t, f and n.
    text = right.body.decode().replace(" e", " é")
    return replace(right, body=text.encode("latin-1", errors="replace"))


def _bom(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=b"\xef\xbb\xbf" + right.body)


def _gzip_bomb(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=_bomb(_opening(right)), headers={"Content-Encoding": "gzip"})


def _huge(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=b"", lines=_padded(_opening(right)))


def _redirect(fault: Fault, right: Answer, question: Question) -> Answer:
    if REDIRECTED in question.query:
        return right
    separator = "&" if "?" in question.target else "?"
    return _moved(f"{question.base_url}{question.target}{separator}{REDIRECTED}=1")


def _redirect_private(fault: Fault, right: Answer, question: Question) -> Answer:
    return _moved(PRIVATE_ADDRESS)


def _redirect_foreign(fault: Fault, right: Answer, question: Question) -> Answer:
    return _moved(FOREIGN_ADDRESS)


def _redirect_loop(fault: Fault, right: Answer, question: Question) -> Answer:
    return _moved(f"{question.base_url}{question.target}")


def _redirect_broken(fault: Fault, right: Answer, question: Question) -> Answer:
    return _moved("http://[")


def _empty(fault: Fault, right: Answer, question: Question) -> Answer:
    return replace(right, body=b"")


_SPOILERS: dict[str, Callable[[Fault, Answer, Question], Answer]] = {
    "slow": _slow,
    "drip": _drip,
    "cut-length": _cut_length,
    "cut-chunked": _cut_chunked,
    "invalid-json": _invalid_json,
    "truncated": _truncated,
    "html": _html,
    "wrong-type": _wrong_type,
    "utf-16": _utf_16,
    "latin-1": _latin_1,
    "bom": _bom,
    "gzip-bomb": _gzip_bomb,
    "huge": _huge,
    "redirect": _redirect,
    "redirect-private": _redirect_private,
    "redirect-foreign": _redirect_foreign,
    "redirect-loop": _redirect_loop,
    "redirect-broken": _redirect_broken,
    "reset": _reset,
    "empty": _empty,
}


def _seconds(fault: Fault) -> float:
    return 5.0 if fault.seconds is None else fault.seconds


def _moved(location: str) -> Answer:
    return Answer(status=302, content_type=HTML, headers={"Location": location})


def _opening(right: Answer) -> tuple[bytes, bytes]:
    """What stands before and after the padding, so that an oversized body is still the right shape."""
    return (b"[", b"]") if right.body.startswith(b"[") else (b'{"jobs":[', b'],"meta":{"total":0}}')


def _padded(ends: tuple[bytes, bytes]) -> Iterator[bytes]:
    yield ends[0]
    block = b" " * 2**20
    for _ in range(HUGE_BYTES // len(block)):
        yield block
    yield ends[1]


@lru_cache(maxsize=2)
def _bomb(ends: tuple[bytes, bytes]) -> bytes:
    return gzip.compress(b"".join(_padded(ends)), compresslevel=6)
