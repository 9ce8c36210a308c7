"""What a read leaves in its source's row.

Only rows that are leased to the caller are touched. A source has one lease at a time, so those who store never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from django.conf import settings

from ingestion.services.sources import Claim
from ingestion.services.statements import Rows, Statement, array

_LOCK = """
SELECT id, lease_token, last_read_at IS NULL,
  read_digest = '' AND EXISTS (SELECT FROM ingestion_deadletter AS d WHERE d.source_id = s.id AND d.resolved_at IS NULL),
  EXISTS (SELECT FROM ingestion_rawobject WHERE damaged_at IS NOT NULL)
FROM ingestion_source AS s WHERE id = ANY(%s::bigint[]) AND lease_token = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
# What was the same was read in full before: its state follows from its count. With the run's progress in one statement, which
# is a transaction by itself where nothing else is stored: of boards that did not change little else costs anything.
_SAME = """
WITH same AS (
  UPDATE ingestion_source AS s SET
    state = CASE WHEN s.state = 'paused' THEN s.state WHEN s.open_postings > 0 THEN 'valid' ELSE 'empty' END,
    state_reason = CASE WHEN s.state = 'paused' THEN s.state_reason ELSE '' END,
    last_checked_at = %s, last_read_at = %s, next_check_at = %s, lease_token = NULL, lease_until = NULL,
    validators = coalesce(r.validators::jsonb, s.validators)
  FROM unnest(%s::bigint[], %s::uuid[], %s::text[]) AS r(id, token, validators)
  WHERE s.id = r.id AND s.lease_token = r.token RETURNING s.id, s.open_postings
), stage AS (
  UPDATE ingestion_runstage AS s SET done = s.done + told.boards, counts = s.counts || jsonb_strip_nulls(jsonb_build_object(
    'valid', nullif(coalesce((s.counts ->> 'valid')::bigint, 0) + told.valid, 0),
    'empty', nullif(coalesce((s.counts ->> 'empty')::bigint, 0) + told.boards - told.valid, 0),
    'unchanged', nullif(coalesce((s.counts ->> 'unchanged')::bigint, 0) + told.unchanged, 0)))
  FROM (SELECT count(*) AS boards, count(*) FILTER (WHERE open_postings > 0) AS valid, sum(open_postings) AS unchanged FROM same) AS told
  WHERE s.run_id = %s AND s.name = 'fetch'
)
SELECT id, open_postings FROM same
"""
# NULL keeps what is there.
_WRITE = """
UPDATE ingestion_source AS s SET state = CASE WHEN s.state = 'paused' THEN s.state ELSE r.state END,
  state_reason = coalesce(r.state_reason, CASE WHEN s.state = 'paused' THEN s.state_reason ELSE '' END),
  company_name = coalesce(r.company_name, s.company_name), open_postings = coalesce(r.open_postings, s.open_postings),
  read_digest = coalesce(r.read_digest, s.read_digest), validators = coalesce(r.validators, s.validators),
  last_checked_at = %s, last_read_at = %s, next_check_at = %s, lease_token = NULL, lease_until = NULL
FROM json_to_recordset(%s) AS r(id bigint, state text, state_reason text, company_name text, open_postings integer, read_digest text,
  validators jsonb)
WHERE s.id = r.id
"""

Validators: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Locked:
    """What rows of sources said when they were locked."""

    tokens: Mapping[int, UUID | None]
    """Source id -> the token that it is leased with."""
    unread: Set[int]
    """Ids of those without a complete read."""
    given_up: Set[int]
    """Ids of those with a dead letter that waits."""
    has_damage: bool
    """Some raw object is damaged, whoever's it is."""

    def holds(self, claim: Claim) -> bool:
        """Whether the source is still leased to who claimed it: several reads of it may have come, under earlier leases too."""
        return self.tokens.get(claim.source_id) == claim.token


def sources_lock_statement(claims: Iterable[Claim]) -> Statement:
    """Locks the rows until the end of the transaction; `sources_locked` reads its answer."""
    held = list(claims)
    return Statement(_LOCK, [array([claim.source_id for claim in held]), array(list({claim.token for claim in held}))])


def sources_locked(rows: Rows) -> Locked:
    return Locked(
        tokens={pk: token for pk, token, *_ in rows},
        unread=frozenset(pk for pk, _, is_unread, *_ in rows if is_unread),
        given_up=frozenset(pk for pk, *_, has_letter, _ in rows if has_letter),
        has_damage=any(has_damage for *_, has_damage in rows),
    )


def sources_same_statement(*, reads: Sequence[tuple[Claim, Validators | None]], run_id: UUID | None, now: datetime) -> Statement:
    """Notes reads that brought the bytes of the reads before; answers (id, open postings) of the sources that are still held.

    Each with the validators of its answer, None keeps those that are known. The leases end, and the run's progress has counted the boards.
    """
    ids = array([claim.source_id for claim, _ in reads])
    tokens = array([claim.token for claim, _ in reads])
    validators = [None if values is None else orjson.dumps(values).decode() for _, values in reads]
    return Statement(_SAME, [now, now, _next_check(now), ids, tokens, validators, run_id])


def sources_write_statement(*, rows: Sequence[Mapping[str, Any]], now: datetime) -> Statement:
    """Writes state, counts and next check of sources that were read and are locked; their leases end.

    `rows`: id, state, and what is not as it was of state_reason, company_name, open_postings, read_digest, validators.
    """
    return Statement(_WRITE, [now, now, _next_check(now), orjson.dumps(rows).decode()])


def _next_check(now: datetime) -> datetime:
    return now + timedelta(hours=settings.RECHECK_HOURS)
