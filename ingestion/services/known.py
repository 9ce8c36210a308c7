"""What the database holds of boards that are about to be compared: key and hash of what is there, rows of what is not as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import connection

from ingestion.boards import Known

_PRESENT = """
SELECT source_id, array_agg(source_job_id) FILTER (WHERE seen_until IS NULL), array_agg(content_hash) FILTER (WHERE seen_until IS NULL),
  array_agg(source_job_id) FILTER (WHERE seen_until IS NOT NULL)
FROM ingestion_rawposting WHERE source_id = ANY(%s) AND closed_at IS NULL GROUP BY source_id
"""
_ROWS = """
SELECT p.source_id, p.source_job_id, p.id, p.content_hash, p.missing_since, p.closed_at, p.seen_until IS NULL
FROM unnest(%s::bigint[], %s::text[]) AS k(source_id, source_job_id)
JOIN ingestion_rawposting AS p ON p.source_id = k.source_id AND p.source_job_id = k.source_job_id
"""


@dataclass(slots=True)
class KnownBoard:
    """A board as its last read left it."""

    present: dict[str, str] = field(default_factory=dict)
    """Ids of the postings that the last read found, with their content hashes."""
    absent: list[str] = field(default_factory=list)
    """Ids of those that it did not find and that are not closed."""


def boards_known(source_ids: Collection[int]) -> dict[int, KnownBoard]:
    """Of every one of these sources; one query."""
    boards = {source_id: KnownBoard() for source_id in source_ids}
    if boards:
        with connection.cursor() as cursor:
            cursor.execute(_PRESENT, [list(boards)])
            for source_id, keys, hashes, absent in cursor.fetchall():
                boards[source_id] = KnownBoard(dict(zip(keys or (), hashes or (), strict=True)), absent or [])
    return boards


def rows_known(keys: Iterable[tuple[int, str]]) -> dict[int, dict[str, Known]]:
    """Rows of postings by source id and posting id, of those that exist; one query, none for no keys."""
    rows: dict[int, dict[str, Known]] = {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, columns)
            for source_id, job_id, *values in cursor.fetchall():
                rows.setdefault(source_id, {})[job_id] = Known(*values)
    return rows
