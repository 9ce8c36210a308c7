"""The button that starts a run over the whole line: here, because it joins what the apps do."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from gtm_site import pipeline
from ingestion.errors import RunStateError

MAX_TARGET = 2**31 - 1


@require_POST
def run_start(request: HttpRequest) -> HttpResponse:
    """Start a run, or take up the one under way, and show its page. Staff only."""
    if not request.user.is_staff:
        raise PermissionDenied
    target = request.POST.get("target", "")
    if not (target.isascii() and target.isdecimal() and 1 <= int(target[:11]) <= MAX_TARGET):
        messages.error(request, "The number of postings to stop at is a whole number from 1.")
        return redirect("ingestion:runs")
    try:
        run = pipeline.run_all(parameters={"target": int(target)}, by=request.user.get_username())
    except RunStateError as error:
        messages.error(request, f"{error}. {error.hint}")
        return redirect("ingestion:runs")
    return redirect("ingestion:run", run_id=run.pk)
