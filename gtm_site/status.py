"""What lies behind ingestion, counted for `ingest status`, the demo and the run report."""

from __future__ import annotations

from typing import Any

from catalog.models import Job
from extraction.models import CurrentExtraction


def downstream_counts() -> dict[str, Any]:
    """Shape: {"postings": {"extracted": n}, "jobs": n}; jobs are all published ones, open or not."""
    return {"postings": {"extracted": CurrentExtraction.objects.count()}, "jobs": Job.objects.count()}
