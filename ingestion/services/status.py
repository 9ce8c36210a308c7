"""Counts that answer "how far is it?"."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from ingestion.models import RawPosting, Source


def status_counts() -> dict[str, Any]:
    """`{"sources": {state: n}, "postings": {...}, "jobs": n}`; what other apps count comes from `settings.STATUS_COUNTS`."""
    counts: dict[str, Any] = {
        "sources": Source.objects.by_state(),
        "postings": {**RawPosting.objects.counts(), "extracted": 0},
        "jobs": 0,
    }
    for path in settings.STATUS_COUNTS:
        for name, value in import_string(path)().items():
            counts[name] = {**counts[name], **value} if isinstance(value, dict) else value
    return counts
