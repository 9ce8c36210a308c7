"""The URL frontier (spec D7): addresses that discovery met and nobody has read yet, each once, whatever its spelling.

Postings stay here until their board has been read: a board's list answers for all its postings, so a complete read settles
every address of it. That keeps the table as small as what is left to read, however many captures there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ingestion.discovery.canonical import canonical_url, url_hash
from ingestion.discovery.tokens import Finding, posting_url
from ingestion.models import FrontierUrl, Source

# Left out: postings that are stored already, and those captured before a read of the board that did not have them any more.
# The same address again is the same row; only a newer capture with another content changes it.
_ADD = """
INSERT INTO ingestion_frontierurl AS known (url_hash, url, source_id, source_job_id, checksum, captured_at, seen_at)
SELECT f.hash, f.url, s.id, f.job, f.checksum, f.captured_at, %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
  AS f(hash, url, type, key, job, checksum, captured_at)
JOIN ingestion_source s ON s.source_type = f.type AND s.source_key = f.key
WHERE (s.last_read_at IS NULL OR f.captured_at > s.last_read_at) AND s.state <> 'gone'
  AND NOT EXISTS (SELECT 1 FROM ingestion_rawposting p WHERE p.source_id = s.id AND p.source_job_id = f.job)
ON CONFLICT (url_hash) DO UPDATE SET checksum = excluded.checksum, captured_at = excluded.captured_at
WHERE excluded.checksum <> '' AND excluded.checksum <> known.checksum AND excluded.captured_at > known.captured_at
"""


def frontier_add(*, findings: Sequence[Finding]) -> None:
    """Note the postings among the findings; their sources are stored already."""
    found = {url_hash(url): (url, finding) for finding in reversed(findings) if (url := posting_url(finding))}
    if not found:
        return
    # One order for all writers, so that two discoveries at once cannot lock each other out.
    rows = [(key, *found[key]) for key in sorted(found)]
    columns: list[list[Any]] = [
        [key for key, _, _ in rows],
        [url for _, url, _ in rows],
        *([getattr(finding, name) for _, _, finding in rows] for name in ("source_type", "source_key", "source_job_id")),
        [finding.checksum[:40] for _, _, finding in rows],
        [finding.captured_at for _, _, finding in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [timezone.now(), *columns])


def frontier_settle() -> int:
    """Drop the postings whose board has been read since they were met, or is gone; how many they were."""
    settled = FrontierUrl.objects.postings().filter(source__last_read_at__gte=F("seen_at"))
    gone = FrontierUrl.objects.postings().filter(source__state=Source.State.GONE)
    return settled.delete()[0] + gone.delete()[0]


def page_visited(*, url: str, checksum: str) -> bool:
    """Note the visit of a company's page; whether its content is another than at the visit before."""
    canonical, now = canonical_url(url), timezone.now()
    visit = {"checksum": checksum, "visited_at": now}
    with transaction.atomic():
        page, is_new = FrontierUrl.objects.select_for_update().get_or_create(
            url_hash=url_hash(canonical), defaults={"url": canonical[:2000], **visit}
        )
        changed = is_new or page.checksum != checksum
        FrontierUrl.objects.filter(pk=page.pk).update(**visit)
    return changed
