"""What a complete read of a board means for its postings. Pure: values in, values out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

import orjson

from ingestion.ats.base import Adapter, Headline, Payload, PayloadError, Posting

T = TypeVar("T")

# Characters of `content_hash`.
HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Item:
    """One payload of a read: the page it stands in and where, whose it is, and the hash over what matters of it."""

    sha256: str
    index: int
    source_job_id: str
    content_hash: str
    payload: Payload
    """All of it, or of an item that waits to be stored what its headline is read from."""


@dataclass(frozen=True, slots=True)
class BadItem:
    """A payload that is no posting, with the reason. `source_job_id` is "" when not even that could be read."""

    sha256: str
    index: int
    source_job_id: str
    message: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of one posting. `is_seen`: the last read of its board found it."""

    id: int
    content_hash: str
    missing_since: datetime | None
    closed_at: datetime | None
    is_seen: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """How a read differs from what the last read found: items that are new or have another content, ids that it lacks.

    `changed`: ids of the items with another content. Of what is the same only the number.
    """

    items: Sequence[Item]
    changed: Set[str]
    absent: Set[str]
    same: int


@dataclass(slots=True)
class Changes:
    """The outcome for one board. Items where a content must be written, Known ids where only the presence is.

    Of what is there as it was only the number: nothing is written about it. `found`: there again after a read that
    did not have it and could not say whether it was gone; `unseen`: such a read does not have it now.
    """

    new: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    unchanged: int = 0
    found: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    open_count: int = 0


class Columns(NamedTuple):
    """What a row holds of a posting beside its pointer into raw storage, cut to what the columns take."""

    title: str
    location: str
    url: str
    is_prospect: bool
    posted_at: datetime | None


def columns_of(posting: Posting | Headline) -> Columns:
    return Columns(posting.title[:1000], posting.job_location[:2000], posting.url[:2000], posting.is_prospect, posting.date_posted)


def content_hash(adapter: Adapter, payload: Payload) -> str:
    """BLAKE2b-128 in hex over the fields that the adapter says matter, keys sorted (spec F6). Raises PayloadError.

    A later version of the adapter reads other facts from the same fields, so its hash is another one.
    """
    content = {name: payload[name] for name in adapter.content_fields if name in payload}
    try:
        packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise PayloadError(f"cannot be hashed: {error}") from error
    reader = b"" if adapter.version == 1 else b"%d" % adapter.version
    return hashlib.blake2b(packed, digest_size=16, person=reader).hexdigest()


def items_of(adapter: Adapter, sha256: str, payloads: Iterable[Payload]) -> tuple[list[Item], list[BadItem]]:
    """The items of a page, each posting once, without their long texts: a board's would take three times its body's room."""
    items: list[Item] = []
    bad: list[BadItem] = []
    for index, payload in enumerate(payloads):
        try:
            job_id = one_line(adapter.source_job_id(payload))
            items.append(Item(sha256, index, job_id, content_hash(adapter, payload), _headline_part(adapter, payload)))
        except PayloadError as error:
            bad.append(BadItem(sha256, index, "", str(error)))
    return once(items), bad


def once(items: Iterable[Item]) -> list[Item]:
    """Each posting as it came first: a list that grows while it is paged repeats some."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.source_job_id, item)
    return list(first.values())


def _headline_part(adapter: Adapter, payload: Payload) -> Payload:
    return {name: payload[name] for name in adapter.headline_fields if name in payload}


def one_line(job_id: str) -> str:
    """The id: ids are compared as lines of a text. Raises PayloadError for one that is more than a line."""
    if "\n" in job_id:
        raise PayloadError(f"expected an id in one line, found {job_id!r:.60}")
    return job_id


def parse(adapter: Adapter, item: Item) -> Posting | BadItem:
    """The posting, or why it is none."""
    return _read(item, adapter.parse)


def headline(adapter: Adapter, item: Item) -> Headline | BadItem:
    """What is stored of the posting, or why it is none."""
    return _read(item, adapter.headline)


def _read(item: Item, read: Callable[[Payload], T]) -> T | BadItem:
    """Whatever an adapter trips over stays with this one item."""
    try:
        return read(item.payload)
    except PayloadError as error:
        return BadItem(item.sha256, item.index, item.source_job_id, str(error))
    except Exception as error:  # noqa: BLE001 - a payload nobody foresaw must not take its board along
        return BadItem(item.sha256, item.index, item.source_job_id, f"{type(error).__name__}: {error}")


def difference(items: Sequence[Item], present: Iterable[str]) -> Difference:
    """`present`: id and hash of what the last read found, one text each. Ids stand once in either."""
    before = set(present)
    read = {item.source_job_id + item.content_hash: item for item in items}
    other = [item for key_hash, item in read.items() if key_hash not in before]
    gone = {key_of(key_hash) for key_hash in before.difference(read)}
    changed = gone & {item.source_job_id for item in other}
    return Difference(other, changed, gone - changed, len(items) - len(other))


def key_of(key_hash: str) -> str:
    """The id in a text of id and hash."""
    return key_hash[:-HASH_LENGTH]


def compare(read: Difference, rows: Mapping[str, Known], *, may_close: bool) -> Changes:
    """New, changed, missing, closed and reopened postings of a read (spec F7).

    `rows` holds what is known of the ids that are new or absent, and of every posting that was absent before without being closed.
    A read that is not complete (`may_close=False`) says nothing about absence.
    """
    changes = Changes(unchanged=read.same)
    for item in read.items:
        if item.source_job_id in read.changed:
            changes.changed.append(item)
        else:
            _place(changes, item, rows.get(item.source_job_id))
    seen = {item.source_job_id for item in read.items}
    absent = [row for key, row in rows.items() if key not in seen and row.closed_at is None]
    _place_absent(changes, absent, may_close)
    changes.open_count = read.same + len(read.items) + (0 if may_close else sum(1 for row in absent if not row.missing_since))
    return changes


def _place(changes: Changes, item: Item, row: Known | None) -> None:
    if row is None:
        changes.new.append(item)
        return
    if row.content_hash == item.content_hash:
        changes.unchanged += 1
    else:
        changes.changed.append(item)
    if row.closed_at is not None:
        changes.reopened.append(row.id)
    elif row.missing_since is not None:
        changes.returned.append(row.id)
    elif not row.is_seen:
        changes.found.append(row.id)


def _place_absent(changes: Changes, absent: Iterable[Known], may_close: bool) -> None:
    for row in absent:
        if may_close:
            (changes.closed if row.missing_since else changes.missing).append(row.id)
        elif row.is_seen:
            changes.unseen.append(row.id)
