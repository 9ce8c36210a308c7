"""Pages of ingestion: runs and their live progress. Open to everybody; controls are staff's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from ingestion.models import DeadLetter, Run
from ingestion.progress import duration, stage_progress

RUNS_SHOWN = 50


@require_safe
@vary_on_headers("HX-Request")
def runs(request: HttpRequest) -> HttpResponse:
    """The newest runs; the list alone for htmx, which asks again while one of them is active."""
    newest = _with_stages(Run.objects.all())[:RUNS_SHOWN]
    shown = [_run_context(run) for run in newest]
    context = {"section": "runs", "runs": shown, "is_live": any(not run["is_terminal"] for run in shown), "limit": RUNS_SHOWN}
    return render(request, "ingestion/_runs.html" if _is_fragment(request) else "ingestion/runs.html", context)


@require_safe
@vary_on_headers("HX-Request")
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """One run with a bar for each stage; the bars alone for htmx."""
    found = get_object_or_404(_with_stages(Run.objects.all()), pk=run_id)
    context = {"section": "runs", **_run_context(found), "errors": _errors(found)}
    return render(request, "ingestion/_run.html" if _is_fragment(request) else "ingestion/run.html", context)


def _with_stages(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.prefetch_related("stages")


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


def _errors(found: Run) -> Sequence[Mapping[str, Any]]:
    """Fetches that the run gave up, by kind, most frequent first, each with one of its messages."""
    letters = DeadLetter.objects.filter(run_id=found.pk).order_by()
    return list(letters.values("kind").annotate(sources=Count("id"), example=Max("message")).order_by("-sources", "kind"))


def _run_context(found: Run) -> dict[str, Any]:
    now = found.ended_at or timezone.now()  # the clocks of a run that was cut short stand still
    began = found.started_at
    return {
        "run": found,
        "stages": [stage_progress(stage, now) for stage in found.stages.all()],
        "is_terminal": found.state in Run.TERMINAL,
        "took": duration((now - began).total_seconds()) if began else "",
    }
