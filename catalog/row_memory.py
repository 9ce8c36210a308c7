"""What was made of jobs' rows, and is made again only where a row has changed: items of the API, lines of the list.

Most answers show jobs that answers just before have shown. Each web process remembers those; PostgreSQL tells which rows
are still the same, so that no answer is older than its rows. The names of skills stand in other rows: a change of one
is seen after SECONDS at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Generic, TypeVar

from django.db import connection

SECONDS = 15.0

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
# Who wrote a row, and where it lies: every change of a row gives it another version. Seconds, since the driver takes longer
# to read a page's times than PostgreSQL to find its rows.
_VERSIONS = """
    SELECT id, xmin::text || ctid::text, floor(extract(epoch FROM listed_at))::bigint FROM catalog_job WHERE id = ANY(%s::bigint[])
"""


def row_versions(ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """Version and `listed_at` (its second) of these jobs in the order of the ids, without those that are gone. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(ids)])
        found = {pk: (version, datetime.fromtimestamp(second, UTC)) for pk, version, second in cursor.fetchall()}
    return {pk: found[pk] for pk in ids if pk in found}


class RowMemory(Generic[_Key, _Value]):
    """The last `most` values or so, by key and version. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[_Key, tuple[float, str, _Value]] = {}

    def values(self, versions: Mapping[_Key, str], make: Callable[[Sequence[_Key]], Mapping[_Key, _Value]]) -> dict[_Key, _Value]:
        """What belongs to these versions: remembered, or made now. What `make` leaves out is left out."""
        now = monotonic()
        known = {key: kept for key in versions if (kept := self._kept.get(key))}
        values = {key: value for key, (until, version, value) in known.items() if now < until and version == versions[key]}
        if missing := [key for key in versions if key not in values]:
            made = make(missing)
            self._keep({key: (now + SECONDS, versions[key], value) for key, value in made.items()})
            values |= made
        return values

    def _keep(self, made: Mapping[_Key, tuple[float, str, _Value]]) -> None:
        if len(self._kept) + len(made) > self._most:
            self._kept.clear()
        self._kept.update(made)
