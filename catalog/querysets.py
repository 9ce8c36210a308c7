"""Reads of the catalogue's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from catalog.models import Job, Skill  # noqa: F401


class JobQuerySet(QuerySet["Job"]):
    """Jobs to filter, count and page through."""


class SkillQuerySet(QuerySet["Skill"]):
    """Skills to suggest and to match."""

    def active(self) -> SkillQuerySet:
        return self.filter(is_active=True)
