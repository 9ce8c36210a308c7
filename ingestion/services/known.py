"""What the database holds of boards that are about to be compared: id and hash of what is there, rows of what is not as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass

import orjson
from django.db import connection

from ingestion.boards import Known
from ingestion.services.statements import Rows, Statement, array

# One text for all of a board, a line for each posting (ids have one: `ingestion.boards`): an array of texts is quoted and taken apart
# text by text. Source by source, so that a first load asks nothing: while a table fills, PostgreSQL knows nothing of it and would look
# through all of it every time.
_PRESENT = """
SELECT s.id, p.found, p.lost
FROM ingestion_source AS s, LATERAL (
  SELECT string_agg(source_job_id || content_hash, E'\n') FILTER (WHERE seen_until IS NULL) AS found,
    array_agg(source_job_id) FILTER (WHERE seen_until IS NOT NULL) AS lost
  FROM ingestion_rawposting WHERE source_id = s.id AND closed_at IS NULL
) AS p
WHERE s.id = ANY(%s::bigint[]) AND s.last_read_at IS NOT NULL
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

    present: Collection[str] = ()
    """Id and hash, one text each, of the postings that the last read found."""
    absent: Set[str] = frozenset()
    """Ids of those that it did not find and that are not closed."""


def boards_known_statement(source_ids: Sequence[int]) -> Statement:
    """Asks for what `boards_known` reads."""
    return Statement(_PRESENT, [array(source_ids)])


def boards_known(rows: Rows) -> dict[int, KnownBoard]:
    """By source id, of sources with a complete read before."""
    return {source_id: KnownBoard(found.split("\n") if found else (), frozenset(lost or ())) for source_id, found, lost in rows}


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
