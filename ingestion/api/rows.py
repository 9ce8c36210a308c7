"""Runs as the API gives them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ingestion.models import Run
from ingestion.progress import StageProgress
from ingestion.run_facts import controls_of, errors_of, requests_of, stages_of, waits_of

_COLUMNS = ("id", "trace_id", "kind", "state", "message", "parameters", "created_at", "started_at", "ended_at")


def run_item(run: Run) -> dict[str, Any]:
    """A run in a list; its stages should be prefetched."""
    return {
        **{name: getattr(run, name) for name in _COLUMNS},
        "controls": controls_of(run),
        "stages": [_stage(stage) for stage in stages_of(run)],
    }


def run_detail(run: Run) -> dict[str, Any]:
    """One run with its history, errors and requests."""
    requests = requests_of(run.pk)
    return {
        **run_item(run),
        "events": list(run.events.values("at", "state", "action", "by", "reason")),
        "errors": [asdict(error) for error in errors_of(run.pk)],
        "requests": [asdict(host) for host in requests],
        "waits": waits_of(run, requests),
    }


def _stage(stage: StageProgress) -> dict[str, Any]:
    names = ("name", "unit", "done", "failed", "total", "rate", "counts", "seconds", "is_ended")
    eta = stage.eta.total_seconds() if stage.eta else None
    return {**{name: getattr(stage, name) for name in names}, "eta_seconds": eta}
