"""The one bridge from extractions to the catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.facts import JobFacts, JobStatus, SkillMention
from catalog.models import Job
from catalog.services import jobs_update_status
from extraction.document import Document
from extraction.providers.base import FieldSource, Result
from extraction.store import Identity
from ingestion.ats.base import Posting
from ingestion.models import PostingSeen, RawPosting

# Jobs whose status is written in one transaction. Every 16th of them: a page has room for a second version of one row or two. With
# neighbours in one transaction most new versions land on other pages, and each is entered into every index of the table again.
# The least is small since a call sees what was read within a minute, whose jobs are neighbours: it keeps 1,024 of them apart.
STATUS_BATCH_LEAST, STATUS_BATCH_MOST = 64, 5_000
NEIGHBOURS = 16


@dataclass(frozen=True, slots=True)
class Extracted:
    """One posting on its way to the catalogue."""

    row: RawPosting
    posting: Posting
    document: Document
    result: Result


def job_facts(item: Extracted, identity: Identity, extraction_id: int, publication: int, last_seen_at: datetime) -> JobFacts:
    """Everything the catalogue shows of one posting."""
    row, result = item.row, item.result
    record, details = result.record, result.details
    return JobFacts(
        posting_id=row.pk,
        extraction_id=extraction_id,
        publication=publication,
        source_type=record.source_type,
        source_key=record.source_key,
        source_job_id=record.source_job_id,
        url=item.posting.url,
        title=item.posting.title,
        role_title=record.role_title,
        company_name=record.company_name,
        company_domain=record.company_domain,
        seniority_level=record.seniority_level.value,
        job_function=record.job_function.value,
        location_text=row.location,
        location_city=record.location_city,
        location_state=record.location_state,
        location_country=record.location_country,
        locations=[place.model_dump() for place in details.locations],
        remote_type=record.remote_type.value,
        employment_type=record.employment_type.value,
        salary_min_usd=record.salary_min_usd,
        salary_max_usd=record.salary_max_usd,
        salary=details.salary.model_dump(mode="json") if details.salary else None,
        job_summary=record.job_summary,
        key_functions_hired_for=record.key_functions_hired_for,
        skills_raw=record.skills_raw,
        tools_raw=record.tools_raw,
        text=item.document.text,
        highlights=record.highlights,
        evidence=result.evidence_document,
        confidence=record.confidence,
        needs_tier2=record.needs_tier2,
        tier=identity.tier,
        provider=identity.provider,
        language=details.language,
        is_prospect=row.is_prospect,
        posted_at=row.posted_at,
        first_seen_at=row.first_seen_at,
        last_seen_at=last_seen_at,
        missing_since=row.missing_since,
        closed_at=row.closed_at,
        reopened_count=row.reopened_count,
        notes=details.notes,
        skills=tuple(_mentions(result)),
    )


def _mentions(result: Result) -> Iterator[SkillMention]:
    """Every mention in the text, then those in the title, which have no place in the text."""
    for match in result.skills:
        yield SkillMention(skill=match.term.name, surface=match.surface, section=match.section.value, start=match.start, end=match.end)
    for match in result.title_skills:
        yield SkillMention(skill=match.term.name, surface=match.surface, section=FieldSource.TITLE.value, start=None, end=None)


def status_sync() -> int:
    """Carry over what changed about published postings without new content: seen again, missing, closed, reopened.

    Compares values, not timestamps: a transaction that commits late is found by the next call. Returns jobs changed.
    """
    return sum(jobs_update_status(statuses=batch) for batch in batched_statuses())


def batched_statuses() -> Iterator[Sequence[JobStatus]]:
    job, posting, seen = (m._meta.db_table for m in (Job, RawPosting, PostingSeen))
    sql = f"""
        SELECT p.id, s.last_seen_at, p.missing_since, p.closed_at, p.reopened_count
        FROM {posting} p JOIN {seen} s ON s.posting_id = p.id JOIN {job} j ON j.posting_id = p.id
        WHERE (j.last_seen_at, j.missing_since, j.closed_at, j.reopened_count)
              IS DISTINCT FROM (s.last_seen_at, p.missing_since, p.closed_at, p.reopened_count)
    """  # noqa: S608 - table names of our own models
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    for batch in batches_apart(rows):
        yield [JobStatus(*row) for row in batch]


def batches_apart(rows: list[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows that begin with the id of a posting, in batches that keep neighbours in the table, which have neighbouring ids, apart.

    Sorts `rows` in place: there are as many as open jobs when all boards were read.
    """
    rows.sort(key=lambda row: row[0])
    rows.sort(key=lambda row: row[0] % NEIGHBOURS)
    size = min(STATUS_BATCH_MOST, max(STATUS_BATCH_LEAST, math.ceil(len(rows) / NEIGHBOURS)))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
