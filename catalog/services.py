"""Writes of the catalogue: the import point for everybody else. The services themselves live in modules by subject."""

from __future__ import annotations

from catalog.models import Job
from catalog.publish import jobs_publish, jobs_update_status
from catalog.skills import skill_register_name, skills_count_jobs, skills_import, vocabulary_load

__all__ = [
    "jobs_count",
    "jobs_publish",
    "jobs_update_status",
    "skill_register_name",
    "skills_count_jobs",
    "skills_import",
    "vocabulary_load",
]


def jobs_count() -> int:
    """How many jobs the catalogue holds, in any state."""
    return Job.objects.count()
