"""Whose fault it is that something was not stored: that of what it was, or nobody's who wanted it stored."""

from __future__ import annotations

import psycopg
from django.db import InterfaceError, InternalError, OperationalError
from redis.exceptions import RedisError

# PostgreSQL's classes of errors that say nothing of a row: it is away, full or read-only, ended the transaction for another's sake, or has
# the schema of another version. Any other may be of one row, and what is put off for nobody's fault is put off for ever.
_OF_OUTAGES = ("08", "25", "40", "42", "53", "57", "58")
# Without a code: the connection broke, Redis is away, a disk is full.
_AWAY = (
    *(OperationalError, InterfaceError, InternalError),
    *(psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError),
    *(RedisError, OSError),
)


def is_refusal(error: Exception) -> bool:
    """Whether the same would be refused again: any error but those of a server or disk that is not as it should be.

    What comes from within a COPY is psycopg's own, everything else is Django's and has that behind it.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        return not cause.sqlstate.startswith(_OF_OUTAGES)
    return not isinstance(error, _AWAY)
