"""The history of postings: contents that were replaced, and times for which they were closed. Append-only (spec R6).

A row is written when something ends, never when it begins: a first load costs nothing, and the present stands in RawPosting.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import orjson
from django.db import connection

from ingestion.ats.base import Payload, PayloadError
from ingestion.ats.registry import adapter
from ingestion.errors import RawObjectDamagedError
from ingestion.history import FieldChange, payload_changes
from ingestion.models import RawPosting
from ingestion.services.postings import payload_at
from ingestion.services.raw import sha256_of
from ingestion.services.statements import Statement

# A posting whose content was never replaced has no versions to look for.
_INSERT_VERSIONS = """
INSERT INTO ingestion_postingversion (posting_id, raw_object_id, raw_index, content_hash, valid_from, valid_until, run_id)
SELECT p.id, p.raw_object_id, p.raw_index, p.content_hash, CASE WHEN p.changed_at = p.first_seen_at THEN p.first_seen_at
  ELSE coalesce((SELECT max(v.valid_until) FROM ingestion_postingversion v WHERE v.posting_id = p.id), p.first_seen_at) END, %s, p.run_id
"""
_KEEP_VERSIONS = f"{_INSERT_VERSIONS} FROM ingestion_rawposting p WHERE p.id = ANY(%s) ON CONFLICT (posting_id, valid_until) DO NOTHING"
# Rows are looked up once: the update gives back what they held (PostgreSQL 18). One replaced twice at a moment keeps what it held
# before; looking for conflicts instead would write and find each version once more.
_REPLACE = f"""
WITH p AS (
  UPDATE ingestion_rawposting AS p SET raw_object_id = r.raw_object_id, raw_index = r.raw_index, content_hash = r.content_hash,
    title = r.title, location = r.location, url = r.url, is_prospect = r.is_prospect, posted_at = r.posted_at, run_id = %s, changed_at = %s
  FROM json_to_recordset(%s) AS r(source_id bigint, source_job_id text, raw_object_id bigint, raw_index integer, content_hash text,
    title text, location text, url text, is_prospect boolean, posted_at timestamptz)
  WHERE p.source_id = r.source_id AND p.source_job_id = r.source_job_id
  RETURNING p.id, p.first_seen_at, old.changed_at, old.raw_object_id, old.raw_index, old.content_hash, old.run_id,
    p.changed_at AS replaced_at
)
{_INSERT_VERSIONS} FROM p WHERE p.changed_at <> p.replaced_at
"""  # noqa: S608 - put together of constants
_KEEP_ABSENCES = """
INSERT INTO ingestion_postingabsence (posting_id, closed_at, reopened_at)
SELECT id, closed_at, %s FROM ingestion_rawposting WHERE id = ANY(%s) AND closed_at IS NOT NULL
ON CONFLICT (posting_id, reopened_at) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One content of a posting. `number` counts from 1; `valid_until` is None for the present one."""

    number: int
    sha256: str
    raw_index: int
    content_hash: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Absence:
    """A time for which the posting was closed; `reopened_at` is None while it is."""

    closed_at: datetime
    reopened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """What a version changed against the one before: nothing for the first, or the reason why that cannot be told."""

    version: Version
    changes: tuple[FieldChange, ...]
    unreadable: str = ""


def versions_keep(*, posting_ids: Sequence[int], now: datetime) -> None:
    """Keep the present contents of postings that are about to get new ones. Call it in the transaction of the change."""
    _keep(_KEEP_VERSIONS, posting_ids, now)


def contents_replace_statement(*, rows: Sequence[Mapping[str, Any]], run_id: uuid.UUID | None, now: datetime) -> Statement:
    """Gives postings new contents and keeps those they had.

    `rows`: source_id, source_job_id and every column that a content brings. The sources are locked.
    """
    return Statement(_REPLACE, [run_id, now, orjson.dumps(rows).decode(), now])


def absences_keep(*, posting_ids: Collection[int], now: datetime) -> None:
    """Keep since when postings were closed that are about to be reopened. Call it in the transaction of the change."""
    _keep(_KEEP_ABSENCES, posting_ids, now)


def _keep(statement: str, posting_ids: Collection[int], now: datetime) -> None:
    if posting_ids:
        with connection.cursor() as cursor:
            cursor.execute(statement, [now, list(posting_ids)])


def posting_versions(posting: RawPosting) -> list[Version]:
    """Every content the posting had, oldest first; the last is the present one."""
    rows = posting.versions.prefetch_related("raw_object").order_by("valid_until", "id")
    past = [
        Version(number, sha256_of(row), row.raw_index, row.content_hash, row.valid_from, row.valid_until)
        for number, row in enumerate(rows, 1)
    ]
    since = past[-1].valid_until if past else None
    present = Version(len(past) + 1, sha256_of(posting), posting.raw_index, posting.content_hash, since or posting.first_seen_at, None)
    return [*past, present]


def posting_absences(posting: RawPosting) -> list[Absence]:
    """Every time for which the posting was closed, oldest first."""
    past = [Absence(row.closed_at, row.reopened_at) for row in posting.absences.order_by("reopened_at")]
    return [*past, Absence(posting.closed_at, None)] if posting.closed_at else past


def version_payload(posting: RawPosting, version: Version) -> Payload:
    """The payload of a version exactly as received. Raises RawObjectDamagedError and PayloadError."""
    return payload_at(version.sha256, version.raw_index, posting.source.source_type)


def versions_diff(posting: RawPosting, before: Version, after: Version) -> list[FieldChange]:
    """Field by field what differs between two versions, in the fields that matter. Raises as `version_payload`."""
    fields = adapter(posting.source.source_type).content_fields
    return payload_changes(version_payload(posting, before), version_payload(posting, after), fields)


def posting_history(posting: RawPosting) -> list[Step]:
    """Every version with what it changed, oldest first. A version whose raw object is gone spoils only its own steps."""
    versions = posting_versions(posting)
    steps = [Step(versions[0], ())]
    for before, after in pairwise(versions):
        try:
            steps.append(Step(after, tuple(versions_diff(posting, before, after))))
        except (RawObjectDamagedError, PayloadError) as error:
            steps.append(Step(after, (), str(error)))
    return steps
