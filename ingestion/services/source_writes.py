"""What a read leaves in its source's row. Rows are locked in the order of ids, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

_LOCK = """
SELECT id, lease_token, last_read_at IS NULL, EXISTS (SELECT FROM ingestion_rawobject WHERE damaged_at IS NOT NULL)
FROM ingestion_source WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
# What was the same was read in full before: its state follows from its count.
_SAME = """
WITH held AS (
  SELECT s.id, r.validators FROM json_to_recordset(%s) AS r(id bigint, token uuid, validators jsonb)
  JOIN ingestion_source AS s ON s.id = r.id AND s.lease_token = r.token ORDER BY s.id FOR NO KEY UPDATE OF s
)
UPDATE ingestion_source AS s SET
  state = CASE WHEN s.state = 'paused' THEN s.state WHEN s.open_postings > 0 THEN 'valid' ELSE 'empty' END,
  state_reason = CASE WHEN s.state = 'paused' THEN s.state_reason ELSE '' END,
  last_checked_at = %s, last_read_at = %s, next_check_at = %s, lease_token = NULL, lease_until = NULL,
  validators = coalesce(held.validators, s.validators)
FROM held WHERE s.id = held.id RETURNING s.id, s.open_postings
"""
_WRITE = """
UPDATE ingestion_source AS s SET state = CASE WHEN s.state = 'paused' THEN s.state ELSE r.state END, state_reason = r.state_reason,
  company_name = r.company_name, open_postings = r.open_postings, read_digest = r.read_digest, last_checked_at = %s, last_read_at = %s,
  next_check_at = %s, lease_token = NULL, lease_until = NULL, validators = coalesce(r.validators, s.validators)
FROM json_to_recordset(%s) AS r(id bigint, state text, state_reason text, company_name text, open_postings integer, read_digest text,
  validators jsonb)
WHERE s.id = r.id
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """What rows of sources said when they were locked."""

    tokens: Mapping[int, UUID | None]
    """Source id -> lease token."""
    unread: Set[int]
    """Ids of those without a complete read."""
    has_damage: bool
    """Some raw object is damaged, whoever's it is."""


def sources_lock(*, source_ids: Sequence[int]) -> Locked:
    """Lock the rows until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(source_ids)])
        rows = cursor.fetchall()
    unread = frozenset(pk for pk, _, is_unread, _ in rows if is_unread)
    return Locked({pk: token for pk, token, *_ in rows}, unread, any(damage for *_, damage in rows))


def sources_same(*, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[tuple[int, int]]:
    """Note reads that brought the bytes of the reads before: (id, open postings) of the sources that are still held.

    `rows`: id, token, validators (None keeps those that are known). The leases end.
    """
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SAME, [orjson.dumps(rows).decode(), now, now, _next_check(now)])
        return [(pk, open_postings) for pk, open_postings in cursor.fetchall()]


def sources_write(*, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write state, counts and next check of sources that were read and are locked; their leases end.

    `rows`: id, state, state_reason, company_name, open_postings, read_digest, validators (None keeps those that are known).
    """
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [now, now, _next_check(now), orjson.dumps(rows).decode()])


def _next_check(now: datetime) -> datetime:
    return now + timedelta(hours=settings.RECHECK_HOURS)
