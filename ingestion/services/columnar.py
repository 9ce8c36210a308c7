"""Storing what the files of a columnar index hold, and which of them are read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ingestion.models import CrawlProgress, Run, Sighting
from ingestion.services.discovery import findings_store
from ingestion.services.runs import stage_add

if TYPE_CHECKING:
    from ingestion.discovery.tokens import Finding

# What stands for the crawl of a file: a file may hold several crawls, each of its rows names its own.
PARQUET = "parquet"


def columnar_file_begin(*, place: str, name: str, again: bool, run: Run) -> CrawlProgress | None:
    """The progress of a file that is to be read; None, and counted as done, when it was read before and not `again`.

    A file that broke off is read from its beginning: what it named already is known, and costs no request but its own.
    """
    identity = {"index_url": place[-300:], "crawl": PARQUET, "pattern": name[-300:]}
    progress, _ = CrawlProgress.objects.get_or_create(**identity, defaults={"page_size": 0, "pages": 1})
    if progress.finished_at and not (again and progress.finished_at < (run.started_at or run.created_at)):
        stage_add(run_id=run.pk, name="discover", done=1, counts={"known": 1})
        return None
    progress.captures, progress.tokens, progress.next_page, progress.finished_at = 0, 0, 0, None
    progress.save()
    return progress


def columnar_batch_store(*, progress: CrawlProgress, findings: Mapping[str, Sequence[Finding]], captures: int, run_id: uuid.UUID) -> None:
    """Some rows of a file, by crawl."""
    with transaction.atomic():
        for crawl, found in sorted(findings.items()):
            counts = findings_store(findings=found, method=Sighting.Method.COLUMNAR, crawl=crawl)
            progress.tokens += counts["tokens"]
            stage_add(run_id=run_id, name="discover", counts=counts)
        progress.captures += captures
        progress.updated_at = timezone.now()
        progress.save()
        stage_add(run_id=run_id, name="discover", counts={"captures": captures})


def columnar_file_end(*, progress: CrawlProgress, run_id: uuid.UUID) -> None:
    with transaction.atomic():
        progress.next_page = 1
        progress.finished_at = progress.updated_at = timezone.now()
        progress.save()
        stage_add(run_id=run_id, name="discover", done=1)
