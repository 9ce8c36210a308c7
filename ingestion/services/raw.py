"""Rows of raw objects.

Postings and versions point to them without a constraint, so who deletes one must know that nothing does. Whoever is to point to one
has either just brought its bytes, which writes and locks its row until the pointer is committed (`raw_objects_statement`), or copies
a pointer that exists, and sees to it that this one stays until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from ingestion import storage
from ingestion.errors import RawObjectDamagedError
from ingestion.models import BadPayload, DeadLetter, PostingVersion, RawObject, RawPosting
from ingestion.services.statements import Rows, Statement, execute
from ingestion.storage import StoredRaw

# With the id, in place of the checksum of an object whose row is gone: nothing in storage is called so.
LOST = "lost-"
# The update keeps retention away from bytes that have just arrived again, and waits for it where it was first.
_ADD = """
INSERT INTO ingestion_rawobject AS o (sha256, size, stored_size, received_at)
SELECT sha256, size, stored_size, %s FROM json_to_recordset(%s) AS r(sha256 text, size bigint, stored_size bigint)
ORDER BY sha256
ON CONFLICT (sha256) DO UPDATE SET received_at = greatest(o.received_at, excluded.received_at), damaged_at = NULL
RETURNING sha256, id, old.id IS NULL OR old.damaged_at IS NOT NULL
"""


def raw_object_add(*, raw: StoredRaw) -> RawObject:
    """The row of a body that is in storage."""
    return RawObject.objects.get(pk=raw_objects_add(raws=[raw], now=timezone.now())[raw.sha256])


def raw_objects_add(*, raws: Iterable[StoredRaw], now: datetime) -> dict[str, int]:
    """sha256 -> id of every body, rows made where there were none.

    Raises RawObjectDamagedError when a body that was found in storage has been deleted since: it must be read again.
    """
    (rows,) = execute(raw_objects_statement(raws=raws, now=now))
    return raw_object_ids(raws=raws, rows=rows)


def raw_objects_statement(*, raws: Iterable[StoredRaw], now: datetime) -> Statement:
    """Does what `raw_objects_add` does; `raw_object_ids` reads its answer."""
    unique = {raw.sha256: raw for raw in raws}
    return Statement(_ADD, [now, orjson.dumps(list(unique.values())).decode()])


def raw_object_ids(*, raws: Iterable[StoredRaw], rows: Rows) -> dict[str, int]:
    """sha256 -> id of every row. Raises as `raw_objects_add`, about these bodies only: others may be of boards that nobody stores."""
    found = {raw.sha256 for raw in raws if not raw.is_new}
    for sha256, _, may_be_gone in rows:
        if may_be_gone and sha256 in found and not storage.exists(sha256):
            raise RawObjectDamagedError(f"raw object {sha256} was deleted while it was being used: read its board again")
    return {sha256: pk for sha256, pk, _ in rows}


def raw_objects_delete(ids: Collection[int]) -> None:
    """Delete rows that nothing points to. They are locked, and have not been written since that was found out.

    Django would ask again who points to them, which is reading all postings and versions.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ingestion_rawobject WHERE id = ANY(%s)", [list(ids)])


def sha256_of(row: RawPosting | PostingVersion | BadPayload) -> str:
    """The checksum of what the row points to. One whose pointer leads nowhere is like one whose bytes are lost."""
    try:
        return row.raw_object.sha256
    except RawObject.DoesNotExist:
        return f"{LOST}{row.raw_object_id}"


def unreferenced() -> QuerySet[RawObject]:
    """Raw objects that no posting, version, bad payload or dead letter points to. Reads all of these tables: ask once for many."""
    pointing = (RawPosting, PostingVersion, BadPayload, DeadLetter)
    rows = RawObject.objects.all()
    for model in pointing:
        rows = rows.filter(~Exists(model._default_manager.filter(raw_object=OuterRef("pk"))))
    return rows
