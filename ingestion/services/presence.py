"""Which postings are on their boards. Nothing is written about one that still is: its board's last read has seen it.

`seen_until` is set when a read does not find a posting, to the time of the read before, and cleared when it is there again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ingestion.boards import Changes
from ingestion.services.versions import absences_keep

_LOSE = """
UPDATE ingestion_rawposting AS p SET seen_until = coalesce(p.seen_until, s.last_read_at, p.first_seen_at),
  missing_since = CASE WHEN r.is_missing THEN %s ELSE p.missing_since END,
  status_changed_at = CASE WHEN r.is_missing THEN %s ELSE p.status_changed_at END
FROM ingestion_source AS s, unnest(%s::bigint[], %s::boolean[]) AS r(id, is_missing)
WHERE p.id = r.id AND s.id = p.source_id
"""
_CLOSE = "UPDATE ingestion_rawposting SET closed_at = missing_since, status_changed_at = %s WHERE id = ANY(%s)"
_RETURN = """
UPDATE ingestion_rawposting SET seen_until = NULL, missing_since = NULL, closed_at = NULL,
  status_changed_at = CASE WHEN missing_since IS NULL THEN status_changed_at ELSE %s END,
  reopened_count = reopened_count + CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END
WHERE id = ANY(%s)
"""


def presence_write(*, changes: Sequence[Changes], now: datetime) -> None:
    """What reads found out about the presence of postings. Call it before the sources' own times are written."""
    _return(changes, now)
    _lose(changes, now)
    closed = [pk for change in changes for pk in change.closed]
    if closed:
        _execute(_CLOSE, [now, closed])


def _return(changes: Iterable[Changes], now: datetime) -> None:
    """There again. After a closing it counts as reposted."""
    found: list[int] = []
    reopened: list[int] = []
    for change in changes:
        found += [*change.found, *change.returned]
        reopened += change.reopened
    absences_keep(posting_ids=reopened, now=now)
    if found or reopened:
        _execute(_RETURN, [now, [*found, *reopened]])


def _lose(changes: Iterable[Changes], now: datetime) -> None:
    missing = {pk: True for change in changes for pk in change.missing}
    lost = missing | {pk: False for change in changes for pk in change.unseen}
    if lost:
        _execute(_LOSE, [now, now, list(lost), list(lost.values())])


def _execute(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
