"""Servers and disks that do not do their part, in words for whoever called a command: which one, where, and what to do.

Any other error is none.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from gtm_site.running import embedded
from gtm_site.running.state_folder import layout

# Of PostgreSQL's error codes: connection exceptions (class 08), too many connections, and a server that is stopping or starting.
_NO_CONNECTION = ("08", "53300", "57P01", "57P02", "57P03")
# Of Redis' complaints: it cannot write its files, has no memory left, or is a replica.
_REDIS_TAKES_NOTHING = ("MISCONF", "OOM", "READONLY")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_PLACE = _DISK_FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EIO}


def outage(error: BaseException) -> str | None:
    """What to tell when the error, or one within or behind it, is that of a server or of a disk; else None."""
    for each in _within(error):
        if (told := _of_disk(each) or _of_database(each)) is not None:
            return told
        if isinstance(each, psycopg.OperationalError) and _is_no_connection(each):
            return _told("PostgreSQL", "POSTGRES_URL", embedded.postgres_url(), each)
        if isinstance(each, redis.AuthenticationError):
            return _told("Redis", "REDIS_URL", embedded.redis_url(), each, what="refuses the login", remedy="Check")
        if isinstance(each, redis.ResponseError) and any(word in str(each) for word in _REDIS_TAKES_NOTHING):
            return _told("Redis", "REDIS_URL", embedded.redis_url(), each, what="takes nothing", remedy="Make room for it, or check")
        if isinstance(each, redis.ConnectionError | redis.TimeoutError):
            return _told("Redis", "REDIS_URL", embedded.redis_url(), each)
    return None


def _of_disk(error: BaseException) -> str | None:
    """Of other files than those of the state folder the disk alone is told: what else fails there is an error of the command."""
    if not isinstance(error, OSError) or error.errno not in _NO_PLACE:
        return None
    named, state = str(error.filename or ""), layout().state
    if error.errno in _DISK_FULL:
        return f"no space is left on the disk{f' for {named}' if named else ''}: make room, and call the command again"
    if named and (Path(named).is_relative_to(state) or state.is_relative_to(named)):
        return f"the state folder {state} cannot be used ({named}: {error.strerror}): mend that, or name another one with GTM_STATE_DIR"
    return None


def _of_database(error: BaseException) -> str | None:
    """What a PostgreSQL that answers says of its disk, its rights, or of tables of another version."""
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        said = str(error).splitlines()[0]
        return f"the database lacks what this version needs ({said}): `manage.py migrate` brings it up to date, `--traceback` says more"
    if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.ReadOnlySqlTransaction):
        return _told(
            "PostgreSQL", "POSTGRES_URL", embedded.postgres_url(), error, what="takes nothing", remedy="Make it writable, or check"
        )
    return None


def _within(error: BaseException) -> Iterator[BaseException]:
    yield error
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _within(inner)
    if error.__cause__ is not None:
        yield from _within(error.__cause__)


def _is_no_connection(error: psycopg.OperationalError) -> bool:
    if error.sqlstate is not None:
        return error.sqlstate.startswith(_NO_CONNECTION)
    # The server was not reached, or went away in the middle of an answer; or libpq itself refused what it was to send.
    return not isinstance(error, psycopg.errors.PipelineAborted) and "number of parameters" not in str(error)


def _told(
    server: str, setting: str, url: str, error: Exception, *, what: str = "does not answer", remedy: str = "Start it, or check"
) -> str:
    """Never the address itself: it may hold a password."""
    parts = urlsplit(url)
    place = f" at {parts.hostname}{f':{parts.port}' if parts.port else ''}" if parts.hostname else " of this project"
    said = " ".join(str(error).split())[:300]
    return f"{server}{place} {what}: {said}\n{remedy} {setting}; what was stored stays, call the command again then."
