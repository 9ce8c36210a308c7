"""Rows of raw objects."""

from __future__ import annotations

from ingestion.models import RawObject
from ingestion.storage import StoredRaw


def raw_object_add(*, raw: StoredRaw) -> RawObject:
    """The row of a body that is in storage."""
    row, _ = RawObject.objects.get_or_create(sha256=raw.sha256, defaults={"size": raw.size, "stored_size": raw.stored_size})
    return row
