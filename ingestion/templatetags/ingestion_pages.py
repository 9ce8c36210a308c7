"""What ingestion's templates need beyond Django's filters."""

from __future__ import annotations

import uuid

from django import template

register = template.Library()


@register.filter
def slice_id(value: uuid.UUID) -> str:
    """The first eight digits: enough to tell runs apart on one page."""
    return str(value)[:8]


@register.filter
def readable(name: str) -> str:
    """A count's name as words: "too_large" -> "too large"."""
    return name.replace("_", " ")
