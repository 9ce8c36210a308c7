"""Following the catalogue: every change of a job comes by once, in order, and none is lost however late it commits.

Jobs are read in the order of `updated_at`, up to a moment before which nothing can appear any more. Without that
bound a reader would pass the time of a transaction that is still open, and never see its rows. So who writes
`updated_at` first announces it with a lock that carries the time and ends with the transaction; readers stop at the
oldest one. Readers and writers never wait for each other, and readers that take hours hold nobody up.

Known limits: the clock of PostgreSQL must not be set back; a replica does not see these locks, so changes are read
from the primary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils.dateparse import parse_datetime

from catalog import locks
from catalog.errors import CursorError

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
# The time of change is taken while the lock is held: a reader that does not see the lock has looked before.
_ANNOUNCE = """
    WITH announced AS MATERIALIZED (
        SELECT pg_advisory_xact_lock_shared(%s, floor(extract(epoch FROM clock_timestamp() - %s))::integer)
    )
    SELECT clock_timestamp() FROM announced
"""
_OLDEST = """
    SELECT min(objid::bigint) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: the last change it has seen. `job_id` 0: everything at that moment is still to come."""

    at: datetime
    job_id: int = 0

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}~{self.job_id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """What `str` gives. Raises CursorError."""
        moment, _, job_id = text.partition("~")
        try:
            at = parse_datetime(moment)
            if at is None or at.tzinfo is None or not (job_id.isascii() and job_id.isdecimal() and len(job_id) < 19):
                raise CursorError("since: not one of ours")
            # PostgreSQL refuses zones farther from UTC than 16 hours.
            return cls(at.astimezone(UTC), int(job_id))
        except (ValueError, OverflowError) as error:
            raise CursorError("since: no such moment") from error


def change_announce() -> datetime:
    """The `updated_at` of what this transaction is about to change. Call it in the transaction, before the change."""
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE, [locks.CHANGE, _EPOCH])
        moment: datetime = cursor.fetchone()[0]
    return moment


def settled_until() -> datetime:
    """No change before this moment can appear any more. Ask before the rows are read, not in the same statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        cursor.execute(_OLDEST, [locks.CHANGE])
        oldest: int | None = cursor.fetchone()[0]
    return now if oldest is None else min(now, _EPOCH + timedelta(seconds=oldest))
