"""Whose fault it is that PostgreSQL did not do something: that of what it was to store, or nobody's who wanted it stored."""

from __future__ import annotations

import psycopg
from django.db import InterfaceError, InternalError, OperationalError

# Of its error codes: a value of no such type, one that contradicts a constraint, one that is larger than it may be.
_OF_ROWS = ("22", "23", "54")
# A database that is away, read-only, full or damaged, or whose schema is another version's.
_OF_DATABASE = (OperationalError, InterfaceError, InternalError)


def is_refusal(error: Exception) -> bool:
    """Whether the same would be refused again: any error but those of a database that is not as it should be.

    What comes from within a COPY is psycopg's own, everything else is Django's and has that behind it.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        return cause.sqlstate.startswith(_OF_ROWS)
    return not isinstance(error, (*_OF_DATABASE, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError))
