"""Whether raw storage holds what the database says, and what to do about it where it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from ingestion import storage
from ingestion.errors import RawObjectDamagedError
from ingestion.models import PostingVersion, RawObject, RawPosting, Source
from ingestion.services.raw import LOST, raw_objects_delete, unreferenced
from ingestion.storage import StoredName

BATCH = 500
# Waiting for an S3 server is most of the work.
READERS = 8
# A body is in storage before its row is: what is younger may belong to a read that is under way.
GRACE = timedelta(hours=24)

_CLAIM_NAME = """
INSERT INTO ingestion_rawobject (sha256, size, stored_size, received_at) VALUES (%s, 0, 0, %s) ON CONFLICT (sha256) DO NOTHING RETURNING id
"""
# Pointers are not checked when they are written (`ingestion.services.raw`). The chaos test asks the same.
_DANGLING = "FROM {} p WHERE NOT EXISTS (SELECT FROM ingestion_rawobject o WHERE o.id = p.raw_object_id)"
_DANGLING_POSTINGS = _DANGLING.format("ingestion_rawposting")
_DANGLING_VERSIONS = _DANGLING.format("ingestion_postingversion")
_STAND_IN = f"""
INSERT INTO ingestion_rawobject (id, sha256, size, stored_size, received_at, damaged_at)
SELECT id, %s || id, 0, 0, %s, %s
FROM (SELECT p.raw_object_id {_DANGLING_POSTINGS} UNION SELECT p.raw_object_id {_DANGLING_VERSIONS}) AS lost(id)
"""  # noqa: S608 - put together of constants
# The table may have been restored by itself, and its numbers begin again below those that are pointed to.
_COUNT_ON = """
SELECT setval(pg_get_serial_sequence('ingestion_rawobject', 'id'), max(id)) FROM ingestion_rawobject
HAVING max(id) > coalesce(pg_sequence_last_value(pg_get_serial_sequence('ingestion_rawobject', 'id')::regclass), 0)
"""


@dataclass(frozen=True, slots=True)
class Dangling:
    """How many postings and versions point to a raw object whose row is not there."""

    postings: int
    versions: int


@dataclass(frozen=True, slots=True)
class Checked:
    """One raw object of the database as it is in storage; `problem` is "" for a sound one."""

    id: int
    sha256: str
    size: int
    problem: str


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of damaged raw objects: boards that will be read again, and rows whose bytes nobody can bring back."""

    sources: int
    postings: int
    lost_postings: int
    lost_versions: int


def pointers_check() -> Dangling:
    """Reads the pointers of all postings and versions; nothing in the database sees to them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (SELECT count(*) {_DANGLING_POSTINGS}), (SELECT count(*) {_DANGLING_VERSIONS})")
        return Dangling(*cursor.fetchone())


def pointers_repair(*, now: datetime | None = None) -> int:
    """Put the row of a damaged object where a pointer leads nowhere, so that what mends damage mends this too; their number."""
    moment = now or timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAND_IN, [LOST, moment, moment])
        count: int = cursor.rowcount
        cursor.execute(_COUNT_ON)
    return count


def objects_check() -> Iterator[Checked]:
    """Read every raw object and compare its checksum, oldest first. Raises RawStorageError when the storage is away."""
    with ThreadPoolExecutor(READERS) as readers:
        for rows in _batches():
            yield from readers.map(_check, rows)


def _batches() -> Iterator[list[RawObject]]:
    last = 0
    while rows := list(RawObject.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield rows
        last = rows[-1].pk


def _check(row: RawObject) -> Checked:
    try:
        size = len(storage.read(row.sha256))
    except RawObjectDamagedError as error:
        return Checked(row.pk, row.sha256, row.size, str(error))
    problem = "" if size == row.size else f"raw object {row.sha256} has {size} bytes, its row says {row.size}"
    return Checked(row.pk, row.sha256, row.size, problem)


def objects_repair(*, damaged: Collection[Checked], now: datetime | None = None) -> Repair:
    """Take damaged bytes out of storage and have the boards of their open postings read again, at once.

    The next complete read of such a board lets its postings point to what it brings (`ingestion.services.repair`).
    Boards that are gone, blocked, failed or paused keep their own time, and look again when it has come.
    """
    ids, moment = [one.id for one in damaged], now or timezone.now()
    with transaction.atomic():
        hurt = RawPosting.objects.filter(raw_object__in=ids)
        open_by_board = Counter(hurt.filter(closed_at=None).values_list("source_id", flat=True))
        # Boards before bodies, as whoever stores a board locks them.
        boards = list(Source.objects.select_for_update(no_key=True).filter(pk__in=open_by_board).order_by("pk"))
        RawObject.objects.filter(pk__in=ids).update(damaged_at=moment)
        for one in damaged:
            storage.delete(storage.name_of(one.sha256))
        # Else a board that rests would one day answer "not modified", and its bytes would never come.
        Source.objects.filter(pk__in=open_by_board).update(read_digest="")
        readable = [board.pk for board in boards if board.state not in {*Source.INVALID, Source.State.PAUSED}]
        sources = Source.objects.filter(pk__in=readable).update(next_check_at=moment)
        versions = PostingVersion.objects.filter(raw_object__in=ids).count()
        count = sum(open_by_board[pk] for pk in readable)
        return Repair(sources, count, hurt.count() - count, versions)


def damaged_forget() -> int:
    """Remove the rows of damaged objects that nothing points to any more; their number.

    A row whose bytes come back meanwhile is locked, or not damaged any longer.
    """
    with transaction.atomic():
        rows = unreferenced().filter(damaged_at__isnull=False).select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True))
        raw_objects_delete(ids)
    return len(ids)


def names_without_row() -> Iterator[StoredName]:
    """Everything in storage that no row knows: raw objects, remnants of killed writers, and what is not ours."""
    listing = storage.stored_names()
    while names := list(islice(listing, BATCH)):
        shas = [name.sha256 for name in names if name.sha256]
        known = set(RawObject.objects.filter(sha256__in=shas).values_list("sha256", flat=True))
        yield from (name for name in names if name.sha256 not in known)


def orphan_delete(*, orphan: StoredName, now: datetime | None = None, grace: timedelta = GRACE) -> bool:
    """Delete what no row knows once it is older than `grace`; False when it stays. What is not ours always stays.

    The name is claimed by a row for as long as it takes: whoever stores the same bytes meanwhile waits, and then writes them anew.
    """
    moment = now or timezone.now()
    if orphan.modified_at > moment - grace or not (orphan.sha256 or orphan.is_remnant):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        if orphan.sha256:
            cursor.execute(_CLAIM_NAME, [orphan.sha256, moment])
            if not (row := cursor.fetchone()):
                return False
        storage.delete(orphan.name)
        if orphan.sha256:
            raw_objects_delete([row[0]])
    return True
