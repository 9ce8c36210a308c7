"""Pages of ingestion: runs and their live progress. Open to everybody; controls are staff's."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ingestion.errors import RunStateError
from ingestion.models import Run
from ingestion.progress import duration
from ingestion.run_facts import controls_of, errors_of, requests_of, seconds_of, stages_of, waits_of
from ingestion.services.runs import MOVES

RUNS_SHOWN = 50


@require_safe
@vary_on_headers("HX-Request")
def runs(request: HttpRequest) -> HttpResponse:
    """The newest runs; the list alone for htmx, which asks again while one of them is active."""
    newest = _with_stages(Run.objects.all())[:RUNS_SHOWN]
    shown = [_progress(run) for run in newest]
    context = {
        "section": "runs",
        "runs": shown,
        "is_live": any(not run["is_terminal"] for run in shown),
        "limit": RUNS_SHOWN,
        "target": settings.TARGET_JOB_COUNT,
    }
    return render(request, "ingestion/_runs.html" if _is_fragment(request) else "ingestion/runs.html", context)


@require_safe
@vary_on_headers("HX-Request")
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """One run with a bar for each stage; for htmx only what moves, and the controls when the state is no longer the `shown` one."""
    context = _run_context(run_id)
    if not _is_fragment(request):
        return render(request, "ingestion/run.html", context)
    has_moved = request.GET.get("shown") != context["run"].state
    return render(request, "ingestion/_run_update.html", {**context, "with_controls": has_moved})


@require_POST
def run_control(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Pause, resume, cancel or retry a run: staff only. Afterwards its page, or for htmx the parts of it."""
    if not request.user.is_staff:
        raise PermissionDenied
    found = get_object_or_404(Run, pk=run_id)
    move = MOVES.get(request.POST.get("action", ""))
    if move is None:
        raise BadRequest("no such action")
    problem = ""
    try:
        move(run_id=found.pk, by=request.user.get_username(), reason=request.POST.get("reason", "").strip())
    except RunStateError as error:
        problem = f"{error}. {error.hint}"
    if _is_fragment(request):
        return render(request, "ingestion/_run_update.html", {**_run_context(run_id), "with_controls": True, "problem": problem})
    if problem:
        messages.error(request, problem)
    return redirect("ingestion:run", run_id=run_id)


def _with_stages(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.prefetch_related("stages")


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


def _run_context(run_id: uuid.UUID) -> dict[str, Any]:
    found = get_object_or_404(_with_stages(Run.objects.all()), pk=run_id)
    errors, requests = errors_of(run_id), requests_of(run_id)
    controls = [name for name in controls_of(found) if name != "retry"]
    return {
        "section": "runs",
        **_progress(found),
        "errors": errors,
        "requests": requests,
        "waits": waits_of(found, requests),
        "events": found.events.all(),
        "controls": controls,
        "retryable": _retryable(found, sum(error.waiting for error in errors)),
    }


def _retryable(found: Run, waiting: int) -> str:
    """What the retry button says; "" when there is nothing that a retry would do."""
    if "retry" not in controls_of(found):
        return ""
    if waiting:
        return f"Retry {waiting:,} failed source{'' if waiting == 1 else 's'}"
    return ""


def _progress(found: Run) -> dict[str, Any]:
    seconds = seconds_of(found, timezone.now())
    return {
        "run": found,
        "stages": stages_of(found),
        "is_terminal": found.state in Run.TERMINAL,
        "took": duration(seconds) if seconds is not None else "",
    }
