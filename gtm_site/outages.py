"""Servers that do not answer, in words for whoever called a command: which one, where, and what to do. Any other error is none."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import redis

from gtm_site import embedded

# Of PostgreSQL's error classes: connection exceptions, and a server that is starting, stopping or full (class 53 and 57P).
_NO_CONNECTION = ("08", "53300", "57P01", "57P02", "57P03")


def outage(error: BaseException) -> str | None:
    """What to tell when the error, or one within or behind it, is a server's that does not answer; else None."""
    for each in _within(error):
        if isinstance(each, psycopg.OperationalError) and _is_no_connection(each):
            return _told("PostgreSQL", "POSTGRES_URL", embedded.postgres_url(), each)
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
    # Without a state of SQL the server was not reached, or went away in the middle of an answer.
    return error.sqlstate is None or error.sqlstate.startswith(_NO_CONNECTION)


def _told(server: str, setting: str, url: str, error: Exception) -> str:
    """Never the address itself: it may hold a password."""
    parts = urlsplit(url)
    place = f" at {parts.hostname}{f':{parts.port}' if parts.port else ''}" if parts.hostname else " of this project"
    said = " ".join(str(error).split())[:300]
    return f"{server}{place} does not answer: {said}\nStart it, or check {setting}; what was stored stays, call the command again then."
