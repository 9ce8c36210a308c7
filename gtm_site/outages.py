"""Servers that do not answer, in words for whoever called a command: which one, where, and what to do. Any other error is none."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import redis

from gtm_site.running import embedded

# Of PostgreSQL's error codes: connection exceptions (class 08), too many connections, and a server that is stopping or starting.
_NO_CONNECTION = ("08", "53300", "57P01", "57P02", "57P03")


def outage(error: BaseException) -> str | None:
    """What to tell when the error, or one within or behind it, is a server's that does not answer; else None."""
    for each in _within(error):
        if isinstance(each, psycopg.OperationalError) and _is_no_connection(each):
            return _told("PostgreSQL", "POSTGRES_URL", embedded.postgres_url(), each)
        if isinstance(each, redis.AuthenticationError):
            return _told("Redis", "REDIS_URL", embedded.redis_url(), each, what="refuses the login", remedy="Check")
        if isinstance(each, redis.ConnectionError | redis.TimeoutError):
            return _told("Redis", "REDIS_URL", embedded.redis_url(), each)
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
