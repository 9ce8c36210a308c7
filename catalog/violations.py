"""Which constraint a write ran into."""

from __future__ import annotations

from django.db import IntegrityError


def violated(error: IntegrityError) -> str:
    """The name of the constraint, or "" where PostgreSQL names none, as of an empty column."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
