"""What the catalogue's templates need beyond Django's filters."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def words(name: str) -> str:
    """A name with underscores as words: "sales_engagement" -> "sales engagement"."""
    return name.replace("_", " ")
