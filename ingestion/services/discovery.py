"""Storing what discovery found: sources, where they were seen, and how far it has read."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from ingestion.discovery.tokens import Finding, mark_of
from ingestion.models import CrawlProgress, Sighting
from ingestion.querysets import SANDBOX_MARK
from ingestion.services.frontier import frontier_add
from ingestion.services.runs import stage_add

_SOURCES = """
INSERT INTO ingestion_source (source_type, source_key, region, mark, discovered_by, company_name, state, state_reason, first_seen_at,
  next_check_at, open_postings, validators, read_digest)
SELECT t, k, r, m, %s, '', 'discovered', '', %s, %s, 0, '{}', ''
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS f(t, k, r, m)
ON CONFLICT (source_type, source_key) DO NOTHING
RETURNING id
"""
# The same key in the real world is a real board, of which nothing is known yet. A worker that reads it in the sandbox loses its lease.
_NO_LONGER_SANDBOX = """
UPDATE ingestion_source AS s SET mark = f.m, region = f.r, company_name = '', state = 'discovered', state_reason = '', next_check_at = %s,
  last_checked_at = NULL, last_read_at = NULL, validators = '{}', read_digest = '', lease_token = NULL, lease_until = NULL
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS f(t, k, r, m)
WHERE s.source_type = f.t AND s.source_key = f.k AND s.mark = %s
"""
_SIGHTINGS = """
INSERT INTO ingestion_sighting (source_id, method, crawl, capture_url, captured_at, seen_at, is_first)
SELECT s.id, %s, %s, f.url, f.captured_at, %s, s.id = ANY(%s)
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS f(t, k, url, captured_at)
JOIN ingestion_source s ON s.source_type = f.t AND s.source_key = f.k
ON CONFLICT (source_id, method, crawl) DO NOTHING
"""


def findings_store(*, findings: Sequence[Finding], method: Sighting.Method, crawl: str) -> Counter[str]:
    """Upsert sources, sightings and the frontier. Counts: tokens (different sources among the findings), new (unknown before).

    What is found in the sandbox for the first time is marked so; what is found outside it loses that mark, and
    what the sandbox said about it.
    """
    unique = list({(f.source_type, f.source_key): f for f in reversed(findings)}.values())
    if not unique:
        return Counter(tokens=0, new=0)
    # One order for all writers, so that two discoveries at once cannot lock each other out.
    unique.sort(key=lambda f: (f.source_type, f.source_key))
    now = timezone.now()
    types, keys, regions = [f.source_type for f in unique], [f.source_key for f in unique], [f.region for f in unique]
    marks = [SANDBOX_MARK if settings.IN_SANDBOX else mark_of(f.source_key) for f in unique]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SOURCES, [method, now, now, types, keys, regions, marks])
        new = [pk for (pk,) in cursor.fetchall()]
        if not settings.IN_SANDBOX:
            cursor.execute(_NO_LONGER_SANDBOX, [now, types, keys, regions, marks, SANDBOX_MARK])
        urls, times = [f.url[:2000].replace("\x00", "") for f in unique], [f.captured_at for f in unique]
        cursor.execute(_SIGHTINGS, [method, crawl[:100], now, new, types, keys, urls, times])
        frontier_add(findings=findings)
    return Counter(tokens=len(unique), new=len(new))


def crawl_page_store(
    *, progress: CrawlProgress, page: int, findings: Sequence[Finding], captures: int, run_id: uuid.UUID | None
) -> Counter[str]:
    """One page of one crawl: findings and progress in one transaction, so that a crash repeats a page or none of it."""
    with transaction.atomic():
        counts = findings_store(findings=findings, method=Sighting.Method.CDX, crawl=progress.crawl)
        progress.next_page = page + 1
        progress.captures += captures
        progress.tokens += counts["tokens"]
        progress.updated_at = timezone.now()
        progress.finished_at = timezone.now() if progress.next_page >= (progress.pages or 0) else None
        progress.save()
        stage_add(run_id=run_id, name="discover", done=1, counts={"captures": captures, **counts})
    return counts
