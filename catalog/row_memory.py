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
# SQL: who wrote a row of the table of jobs, and where it lies. Every change of a row gives it another version.
ROW_VERSION = "catalog_job.xmin::text || catalog_job.ctid::text"

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
# Seconds, since the driver takes longer to read a page's times than PostgreSQL to find its rows.
_VERSIONS = f"SELECT id, {ROW_VERSION}, floor(extract(epoch FROM listed_at))::bigint FROM catalog_job WHERE id = ANY(%s::bigint[])"  # noqa: S608


def row_versions(ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """Version and `listed_at` (its second) of these jobs, without those that are gone. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(ids)])
        return {pk: (version, datetime.fromtimestamp(second, UTC)) for pk, version, second in cursor.fetchall()}


class RowMemory(Generic[_Key, _Value]):
    """The last `most` values or so, by key and version. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[_Key, tuple[float, str, _Value]] = {}

    def values(
        self,
        keys: Sequence[_Key],
        versions: Callable[[Sequence[_Key]], Mapping[_Key, str]],
        make: Callable[[Sequence[_Key]], Mapping[_Key, tuple[str, _Value]]],
    ) -> list[_Value]:
        """The values of these keys in their order: remembered, or made now. What `make` leaves out is left out.

        `versions` is asked for those that are remembered: which versions they have now. `make` gives version and value.
        """
        now = monotonic()
        known = {key: kept for key in keys if (kept := self._kept.get(key)) and now < kept[0]}
        current = versions(list(known)) if known else {}
        values = {key: value for key, (_, version, value) in known.items() if version == current.get(key)}
        if missing := [key for key in keys if key not in values]:
            made = make(missing)
            self._keep({key: (now + SECONDS, *made[key]) for key in made})
            values |= {key: value for key, (_, value) in made.items()}
        return [values[key] for key in keys if key in values]

    def _keep(self, made: Mapping[_Key, tuple[float, str, _Value]]) -> None:
        if len(self._kept) + len(made) > self._most:
            self._kept.clear()
        self._kept.update(made)
