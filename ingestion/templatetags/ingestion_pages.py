"""What ingestion's templates need beyond Django's filters."""

from __future__ import annotations

import uuid

from django import template
from django.utils.text import get_text_list

from ingestion.ats.registry import adapters

register = template.Library()


@register.filter
def slice_id(value: uuid.UUID) -> str:
    """The first eight digits: enough to tell runs apart on one page."""
    return str(value)[:8]


@register.filter
def readable(name: str) -> str:
    """A count's name as words: "too_large" -> "too large"."""
    return name.replace("_", " ")


@register.simple_tag
def ats_names() -> str:
    """The names of all ATSs that are read: "Greenhouse and Lever"."""
    return get_text_list([reader.name for reader in adapters().values()], "and")
