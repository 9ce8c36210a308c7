"""What the database holds of boards that are about to be compared: key and hash of what is there, rows of what is not as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import orjson
from django.db import connection

from ingestion.boards import Known

_PRESENT = """
SELECT source_id, seen_until IS NULL, array_agg(source_job_id), array_agg(content_hash), array_agg(id)
FROM ingestion_rawposting WHERE source_id = ANY(%s) AND closed_at IS NULL GROUP BY source_id, seen_until IS NULL
"""
# As JSON: a list of texts is quoted text by text on its way into an array.
_ROWS = """
SELECT p.source_id, p.source_job_id, p.id, p.content_hash, p.missing_since, p.closed_at, p.seen_until IS NULL
FROM json_to_recordset(%s) AS k(source_id bigint, source_job_id text)
JOIN ingestion_rawposting AS p ON p.source_id = k.source_id AND p.source_job_id = k.source_job_id
"""


@dataclass(slots=True)
class KnownBoard:
    """A board as its last read left it."""

    present: dict[str, str] = field(default_factory=dict)
    """Ids of the postings that the last read found, with their content hashes."""
    rows: dict[str, int] = field(default_factory=dict)
    """The rows of those."""
    absent: list[str] = field(default_factory=list)
    """Ids of those that it did not find and that are not closed."""

    def found(self, keys: Iterable[str]) -> dict[str, Known]:
        """What is known of these ids as far as the last read found them."""
        return {key: Known(self.rows[key], self.present[key], None, None) for key in keys if key in self.rows}


def boards_known(source_ids: Collection[int]) -> dict[int, KnownBoard]:
    """Of every one of these sources; one query, none for no sources."""
    boards = {source_id: KnownBoard() for source_id in source_ids}
    if boards:
        with connection.cursor() as cursor:
            cursor.execute(_PRESENT, [list(boards)])
            for source_id, was_found, keys, hashes, ids in cursor.fetchall():
                board = boards[source_id]
                if was_found:
                    board.present, board.rows = dict(zip(keys, hashes, strict=True)), dict(zip(keys, ids, strict=True))
                else:
                    board.absent = keys
    return boards


def rows_known(keys: Iterable[tuple[int, str]]) -> dict[int, dict[str, Known]]:
    """Rows of postings by source id and posting id, of those that exist; one query, none for no keys."""
    rows: dict[int, dict[str, Known]] = {}
    asked = [{"source_id": source_id, "source_job_id": job_id} for source_id, job_id in keys]
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [orjson.dumps(asked).decode()])
            for source_id, job_id, *values in cursor.fetchall():
                rows.setdefault(source_id, {})[job_id] = Known(*values)
    return rows
