"""Pages of experiments: the list, one diff, its JSON, and the two decisions, which are staff's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Job
from extraction.experiments.decide import DecisionError, experiment_promote, experiment_roll_back
from extraction.models import Experiment, ExperimentEvent

SHOWN = 50
# A request must not take minutes: what is larger is decided by the command.
MOST_AT_ONCE = 1_000
DECISIONS: Mapping[str, Callable[..., ExperimentEvent]] = {"promote": experiment_promote, "roll_back": experiment_roll_back}


@require_safe
def experiments(request: HttpRequest) -> HttpResponse:
    """The newest experiments."""
    newest = Experiment.objects.annotate(sampled=Count("items"), done=Count("items", filter=Q(items__after__isnull=False)))
    return render(request, "extraction/experiments.html", {"section": "cost", "experiments": newest[:SHOWN], "limit": SHOWN})


@require_safe
def experiment(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """The diff by field, with examples, gold score and cost."""
    found = get_object_or_404(Experiment, pk=experiment_id)
    done = found.items.exclude(after=None).count()
    fields = found.report.get("fields", [])
    jobs = _jobs(fields)
    context = {
        "section": "cost",
        "experiment": found,
        "report": found.report,
        "fields": [_row(field, jobs) for field in fields],
        "events": found.events.all(),
        "sampled": found.items.count(),
        "done": done,
        "decision": _decision(found) if request.user.is_staff else "",
        "is_too_large": done > MOST_AT_ONCE,
    }
    return render(request, "extraction/experiment.html", context)


@require_safe
def experiment_json(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """The report of a finished experiment, as `extraction.experiments.report` describes it."""
    return JsonResponse(get_object_or_404(Experiment, pk=experiment_id).report, json_dumps_params={"indent": 2})


@require_POST
def experiment_decide(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """Promote or roll back: staff only."""
    if not request.user.is_staff:
        raise PermissionDenied
    found = get_object_or_404(Experiment, pk=experiment_id)
    decide = DECISIONS.get(request.POST.get("action", ""))
    if decide is None or found.items.exclude(after=None).count() > MOST_AT_ONCE:
        raise BadRequest("no such action")
    try:
        event = decide(found, by=request.user.get_username(), reason=request.POST.get("reason", "").strip())
        messages.success(request, f"{event.published:,} postings {event.get_action_display()}; {event.left:,} left as they are")
    except DecisionError as error:
        messages.error(request, str(error))
    return redirect("extraction:experiment", experiment_id=found.pk)


def _decision(found: Experiment) -> str:
    """What can be decided now, a key of DECISIONS; "" for nothing."""
    if found.state == Experiment.State.PROMOTED:
        return "roll_back"
    return "promote" if found.state in (Experiment.State.DONE, Experiment.State.ROLLED_BACK) else ""


def _jobs(fields: Sequence[Mapping[str, Any]]) -> Mapping[int, int]:
    """Job ids of the postings that are examples."""
    posting_ids = {example["posting_id"] for field in fields for example in field["examples"]}
    return dict(Job.objects.filter(posting_id__in=posting_ids).values_list("posting_id", "pk"))


def _row(field: Mapping[str, Any], jobs: Mapping[int, int]) -> Mapping[str, Any]:
    """A field of the report with its shares in percent, its lists in words and its examples' jobs."""
    shares = ("coverage_before", "coverage_after", "grounded_before", "grounded_after")
    percents = {name: None if field[name] is None else 100 * field[name] for name in shares}
    differing = field["changed"] + field["filled"] + field["emptied"]
    examples = [
        {**example, "job": jobs.get(example["posting_id"]), "before": _words(example["before"]), "after": _words(example["after"])}
        for example in field["examples"]
    ]
    return {**field, **percents, "differing": differing, "examples": examples}


def _words(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "", "unknown") else str(value)
