"""Whether a tantivy index has followed all changes of the jobs' rows."""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from catalog.changes import Position
from catalog.search.postgres.statements import Statement

SECONDS = 1.0
# Asked so often that PostgreSQL keeps its plan: of the last change, since for any later one a kept plan might read the whole table.
_LATER = "SELECT (updated_at, id) > (%s::timestamptz, %s::bigint) FROM catalog_job ORDER BY updated_at DESC, id DESC LIMIT 1"


class Lag:
    """Of an index that has all changes up to the position. Threads may share it.

    That there are no later ones is believed for SECONDS. That there are holds for as long as the index is at its position.
    """

    def __init__(self, position: Position) -> None:
        self._position = position
        self._is_behind = False
        self._believed_until = 0.0

    def since(self) -> datetime | None:
        """Until when the index has all changes, if there are later ones."""
        if not self._is_behind and monotonic() >= self._believed_until:
            self._is_behind = self._look()
            self._believed_until = monotonic() + SECONDS
        return self._position.at if self._is_behind else None

    def _look(self) -> bool:
        last = Statement(_LATER, (self._position.at, self._position.job_id), is_kept=True).rows()
        return bool(last and last[0][0])
