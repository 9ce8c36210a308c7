"""How a path names a posting."""

from __future__ import annotations

import uuid

from django.urls.converters import UUIDConverter


class PostingIdConverter:
    """A row id (PostgreSQL's bigint has at most 19 digits), or the UUID of an address that is not read yet."""

    regex = f"[0-9]{{1,18}}|{UUIDConverter.regex}"

    def to_python(self, value: str) -> int | uuid.UUID:
        return int(value) if value.isdecimal() else uuid.UUID(value)

    def to_url(self, value: int | uuid.UUID) -> str:
        return str(value)
