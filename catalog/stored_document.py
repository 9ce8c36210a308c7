"""JSON that is stored and shown whole, and never searched inside."""

from __future__ import annotations

from typing import Any

from django.db import models


class StoredDocument(models.JSONField):
    """A JSON column of PostgreSQL's type `json`: the text as it was written.

    `jsonb` would take it apart at every write and put it together at every read, which costs the server three times as much for a
    document of some kilobytes, and gives an index and operators that nobody uses on these.
    """

    def db_type(self, connection: Any) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """As it is: the driver has decoded it already."""
        return value
