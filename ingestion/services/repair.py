"""Getting damaged raw objects back: by reading their boards again, since nobody else has the bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from ingestion.boards import Item
from ingestion.models import RawPosting

_REPOINT = """
UPDATE ingestion_rawposting AS p SET raw_object_id = r.raw_object_id, raw_index = r.raw_index
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::integer[], %s::text[])
  AS r(source_id, source_job_id, raw_object_id, raw_index, content_hash)
WHERE p.source_id = r.source_id AND p.source_job_id = r.source_job_id AND p.content_hash = r.content_hash
"""


def postings_repoint(*, boards: Mapping[int, Sequence[Item]], raw_ids: dict[str, int]) -> int:
    """Let unchanged postings of boards that lost a raw object point to the bytes just read; the number of rows moved.

    `boards` are the items of complete reads by source id.
    """
    hurt = _hurt_sources(boards.keys())
    rows = [(source_id, i.source_job_id, raw_ids[i.sha256], i.index, i.content_hash) for source_id in hurt for i in boards[source_id]]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_REPOINT, [list(column) for column in zip(*rows, strict=True)])
        moved: int = cursor.rowcount
    return moved


def _hurt_sources(source_ids: Collection[int]) -> set[int]:
    damaged = RawPosting.objects.filter(source_id__in=source_ids, raw_object__damaged_at__isnull=False)
    return set(damaged.values_list("source_id", flat=True))
