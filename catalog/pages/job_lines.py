"""The lines of the list of jobs as HTML, made again only where a job or its age has changed (`catalog.row_memory`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models.expressions import RawSQL
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from catalog import formats
from catalog.job_rows import job_rows, row_columns
from catalog.models import Job
from catalog.row_memory import ROW_VERSION, RowMemory, row_versions

# A job, and the skills that come first in its line.
_Key = tuple[int, tuple[str, ...]]
_lines = RowMemory[_Key, SafeString](most=4_000)


def job_lines(ids: Sequence[int], *, wanted: Sequence[str], now: datetime) -> list[SafeString]:
    """A line for each job in the order of the ids; those that are gone are left out. See `catalog.job_rows.job_rows`.

    One query where all of them are remembered, two where none is, else three.
    """
    skills = tuple(wanted)

    def versions(keys: Sequence[_Key]) -> dict[_Key, str]:
        found = row_versions([pk for pk, _ in keys])
        return {(pk, skills): _version(version, listed_at, now) for pk, (version, listed_at) in found.items()}

    return _lines.values([(pk, skills) for pk in ids], versions, lambda keys: _made(keys, skills, now))


def _made(keys: Sequence[_Key], skills: tuple[str, ...], now: datetime) -> dict[_Key, tuple[str, SafeString]]:
    versioned = Job.objects.annotate(row_version=RawSQL(ROW_VERSION, ()))  # noqa: S611 - a constant
    jobs = row_columns(versioned).in_the_order_of([pk for pk, _ in keys])
    made = {}
    for job, row in zip(jobs, job_rows(jobs, wanted=skills, now=now), strict=True):
        version = _version(job.row_version, job.listed_at, now)  # type: ignore[attr-defined]
        made[job.pk, skills] = version, render_to_string("catalog/_job_row.html", {"row": row})
    return made


def _version(row: str, listed_at: datetime, now: datetime) -> str:
    """A line tells the age of its job."""
    return f"{row} {formats.age(listed_at, now)}"
