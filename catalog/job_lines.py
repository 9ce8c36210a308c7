"""The lines of the list of jobs as HTML, made again only where a job or its age has changed (`catalog.row_memory`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from catalog import formats
from catalog.job_rows import job_rows, row_columns
from catalog.models import Job
from catalog.row_memory import VERSION, RowMemory

# By job and the skills that come first.
_lines = RowMemory[tuple[int, tuple[str, ...]], SafeString](most=4_000)
_VERSIONS = f"""
    SELECT j.id, {VERSION}, j.listed_at FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(id, place)
    JOIN catalog_job j ON j.id = asked.id ORDER BY asked.place
"""  # noqa: S608 - names of columns


def job_lines(ids: Sequence[int], *, wanted: Sequence[str], now: datetime) -> list[SafeString]:
    """A line for each job in the order of the ids; those that are gone are left out. See `catalog.job_rows.job_rows`.

    One query where all of them are remembered, else three.
    """
    versions = _versions(ids, now)
    known = {pk: kept for pk in versions if (kept := _lines.get((pk, tuple(wanted))))}
    lines = {pk: known[pk][1] for pk, version in versions.items() if pk in known and known[pk][0] == version}
    lines |= _made({pk: version for pk, version in versions.items() if pk not in lines}, wanted, now)
    return [lines[pk] for pk in versions if pk in lines]


def _versions(ids: Sequence[int], now: datetime) -> dict[int, str]:
    """What a line depends on: its row, and its age in words."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(ids)])
        return {pk: f"{version} {formats.age(listed_at, now)}" for pk, version, listed_at in cursor.fetchall()}


def _made(versions: Mapping[int, str], wanted: Sequence[str], now: datetime) -> dict[int, SafeString]:
    jobs = row_columns(Job.objects.all()).in_the_order_of(list(versions)) if versions else []
    lines: dict[int, SafeString] = {}
    for job, row in zip(jobs, job_rows(jobs, wanted=wanted, now=now) if jobs else [], strict=True):
        lines[job.pk] = render_to_string("catalog/_job_row.html", {"row": row})
        _lines.put((job.pk, tuple(wanted)), versions[job.pk], lines[job.pk])
    return lines
