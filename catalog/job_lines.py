"""The lines of the list of jobs as HTML, made again only where a job or its age has changed (`catalog.row_memory`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from catalog import formats
from catalog.job_rows import job_rows, row_columns
from catalog.models import Job
from catalog.row_memory import RowMemory, row_versions

# A job, and the skills that come first in its line.
_Key = tuple[int, tuple[str, ...]]
_lines = RowMemory[_Key, SafeString](most=4_000)


def job_lines(ids: Sequence[int], *, wanted: Sequence[str], now: datetime) -> list[SafeString]:
    """A line for each job in the order of the ids; those that are gone are left out. See `catalog.job_rows.job_rows`.

    One query where all of them are remembered, else three.
    """
    skills = tuple(wanted)
    versions = {(pk, skills): f"{version} {formats.age(listed_at, now)}" for pk, (version, listed_at) in row_versions(ids).items()}
    lines = _lines.values(versions, lambda keys: _made(keys, skills, now))
    return [lines[key] for key in versions if key in lines]


def _made(keys: Sequence[_Key], skills: tuple[str, ...], now: datetime) -> dict[_Key, SafeString]:
    jobs = row_columns(Job.objects.all()).in_the_order_of([pk for pk, _ in keys])
    rows = job_rows(jobs, wanted=skills, now=now)
    return {(job.pk, skills): render_to_string("catalog/_job_row.html", {"row": row}) for job, row in zip(jobs, rows, strict=True)}
