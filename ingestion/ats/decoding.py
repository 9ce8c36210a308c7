"""Decoding of response bodies and of the values in them: tolerant where nothing is lost, plain about the rest."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from mmap import mmap
from typing import Any
from urllib.parse import urlsplit

import orjson

from ingestion.ats.base import Body, Payload, PayloadError
from ingestion.ats.large import LARGE, large_items

_SHOWN = 40
_OTHER_QUOTE = re.compile("&(?:#|apos;)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What nearly every link looks like: nothing in it needs a closer look.
_PLAIN_URL = re.compile(r"https?://[a-z0-9.-]+(?:/[\x21-\x7e]*)?")


def decode_json(body: Body) -> Any:
    """The JSON value of a body. UTF-8 as it should be; UTF-16 and a byte order mark as they happen. Raises PayloadError."""
    try:
        return orjson.loads(memoryview(body))
    except orjson.JSONDecodeError as error:
        return _decode_odd_json(body[:], str(error))


def decode_items(body: Body, key: str = "") -> Sequence[Payload] | None:
    """The list at `key` of the body's top-level object; the body itself where key is "". None when there is no list.

    Of a body that is large or mapped each item is decoded when it is taken. Raises PayloadError when the body is not JSON.
    """
    if (len(body) > LARGE or isinstance(body, mmap)) and (items := large_items(body, key)) is not None:
        return items
    value = decode_json(body)
    found = named(value, key) if key else value
    return found if isinstance(found, list) else None


def _decode_odd_json(body: bytes, complaint: str) -> Any:
    """What orjson refuses and is JSON all the same: byte order marks, UTF-16, lone surrogates in escapes."""
    if not body.strip():
        raise PayloadError("the body is empty")
    if body.lstrip()[:1] == b"<":
        raise PayloadError("the body is HTML or XML, not JSON")
    try:
        text = body.decode(json.detect_encoding(body))
        return _without_surrogates(json.loads(text))
    except UnicodeDecodeError as error:
        raise PayloadError(f"the body is not valid {error.encoding} at byte {error.start}") from None
    except (ValueError, RecursionError):
        raise PayloadError(f"the body is not complete JSON ({complaint}), it begins with {body[:_SHOWN]!r}") from None


def _without_surrogates(value: Any) -> Any:
    """The same value with lone surrogates replaced: neither PostgreSQL nor UTF-8 can hold them."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace"))


def unescape_once(escaped: str) -> str:
    """HTML from entity-escaped HTML. Same meaning as html.unescape for HTML to come, many times faster on long texts.

    Other named entities may stay: whoever parses the HTML decodes them with the same result.
    """
    text = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#39;", "'")
    if _OTHER_QUOTE.search(text):
        text = text.replace("&#x27;", "'")
        if _OTHER_QUOTE.search(text):  # a numeric entity may stand for < or &: only the full table knows
            return html.unescape(escaped)
    return text.replace("&amp;", "&")


def text_of(value: Any) -> str:
    """A scalar as text without outer white space and without NUL, which PostgreSQL cannot hold; "" for None and containers."""
    if isinstance(value, str):
        text = value
    elif value is None or isinstance(value, dict | list):
        return ""
    else:
        text = str(value)
    return text.replace("\x00", "").strip()


def is_stated(value: Any) -> bool:
    """Whether `text_of` finds anything, without making a text of what plainly begins with one."""
    return bool((isinstance(value, str) and "!" <= value[:1] <= "~") or text_of(value))


def label_of(value: Any) -> str:
    """A title or a name as a person reads it: some employers' systems leave entities in plain fields (`R&amp;D`)."""
    return html.unescape(text_of(value)).strip()


def url_of(value: Any) -> str:
    """A link that may stand in an href: http or https with a host and without control characters; "" for anything else."""
    text = text_of(value)
    if _PLAIN_URL.fullmatch(text):
        return text
    # urlsplit drops tabs and line ends as browsers do: what they hide must be refused before.
    if _CONTROL.search(text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""


def optional_text(value: Any) -> str | None:
    return text_of(value) or None


def decimal_of(value: Any) -> Decimal | None:
    """A finite number given as number or text; None for anything else."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    try:
        number = Decimal(str(value).replace(",", "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def plain_number(number: Decimal) -> str:
    """`120000`, `32.69`: no exponent, no zeros behind."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def iso_time(value: Any) -> datetime | None:
    """An ISO 8601 time with its zone (UTC when it names none); None when absent, unreadable or out of UTC's calendar."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        zoned.astimezone(UTC)  # a zone can lead out of the years 1 to 9999: PostgreSQL would take it and never give it back
    except (ValueError, OverflowError):
        return None
    return zoned


def epoch_ms_time(value: Any) -> datetime | None:
    """A time given as epoch milliseconds; None when absent or out of the calendar."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def required_id(payload: Any, key: str = "id") -> str:
    """The posting's id as text. Raises PayloadError when the payload is no object or has none."""
    if not isinstance(payload, dict):
        raise PayloadError(f"a posting must be an object, not {type(payload).__name__}")
    value = payload.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str) or not text_of(value):
        raise PayloadError(f"/{key}: expected an id, found {value!r:.60}")
    text = text_of(value)
    if len(text) > 200:
        raise PayloadError(f"/{key}: an id of {len(text)} characters")
    return text


def items_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list that should hold objects; [] for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def named(value: Any, key: str) -> Any:
    """value[key] of an object, None of anything else."""
    return value.get(key) if isinstance(value, dict) else None
