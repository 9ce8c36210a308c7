"""What a file tells of the job that stands for a company: the skill asked for, the posting's words, its address and its board's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.companies.company_list import CompanyRow
from catalog.companies.signal_quotes import signal_quotes
from catalog.models import Job, Skill

_AT_ONCE = 200
_COLUMNS = ("title", "url", "source_type", "source_key", "listed_at", "skill_ids")


class Evidence(NamedTuple):
    """Of one company. `skill` and `quote` are empty where no skill was asked for."""

    skill: str
    quote: str
    posting_url: str
    board_url: str


_GONE = Evidence("", "", "", "")


class _Asked(NamedTuple):
    """A job and the skill that it was asked for, as quotes are looked up."""

    job_id: int
    job_title: str
    skill_id: int | None
    at: datetime


def with_evidence(rows: Sequence[CompanyRow], skill_ids: Sequence[int]) -> Iterator[tuple[CompanyRow, Evidence]]:
    """The rows, each with the evidence of its job, empty where that went meanwhile; a few queries for _AT_ONCE rows.

    `skill_ids`: those of the search, the first counts.
    """
    names = Skill.objects.in_bulk(skill_ids)
    left = iter(rows)
    while batch := list(islice(left, _AT_ONCE)):
        jobs = Job.objects.only(*_COLUMNS).in_bulk([row.evidence_id for row in batch])
        asked = [_asked(row, jobs[row.evidence_id], skill_ids) for row in batch if row.evidence_id in jobs]
        quotes = signal_quotes(asked)
        of_job = {one.job_id: one for one in asked}
        for row in batch:
            if (one := of_job.get(row.evidence_id)) is None:
                yield row, _GONE
                continue
            skill = names[one.skill_id].name if one.skill_id in names else ""
            quote = quotes.get((one.job_id, one.skill_id), one.job_title) if one.skill_id else ""
            yield row, _evidence(jobs[one.job_id], skill, quote)


def _asked(row: CompanyRow, job: Job, skill_ids: Sequence[int]) -> _Asked:
    return _Asked(job.pk, job.title, next((pk for pk in skill_ids if pk in job.skill_ids), None), job.listed_at)


def _evidence(job: Job, skill: str, quote: str) -> Evidence:
    board_url: Callable[[str, str, str], str] = import_string(settings.BOARD_URL)
    return Evidence(skill, quote, job.url, board_url(job.source_type, job.source_key, job.url))
