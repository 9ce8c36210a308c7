"""What an experiment would change: by field, coverage, groundedness, cost. The form that is stored, shown and written as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Avg, Count, Q, Sum

from extraction.experiments.compare import FieldDiff, Side, compare
from extraction.models import Experiment, LLMCall

CHUNK = 200
ERRORS_SHOWN = 10

Report = dict[str, Any]


def experiment_report(experiment: Experiment) -> Report:
    """`{experiment, postings, fields, confidence, needs_tier2, cost, errors}`; rates are shares from 0 to 1, None over nothing."""
    diffs = compare(_pairs(experiment))
    compared = sum(diffs[0].changes.values()) if diffs else 0
    return {
        "experiment": _named(experiment),
        "postings": {
            "sampled": experiment.items.count(),
            "compared": compared,
            "not_extracted": experiment.items.exclude(error="").count(),
        },
        "fields": [_field(diff, compared) for diff in diffs],
        **_figures(experiment),
        "cost": _cost(experiment),
        "errors": _errors(experiment),
    }


def _named(experiment: Experiment) -> Report:
    names = ("provider", "model", "prompt_version", "tier", "sample", "seed")
    return {"id": str(experiment.pk), **{name: getattr(experiment, name) for name in names}}


def _pairs(experiment: Experiment) -> Iterator[tuple[int, Side, Side]]:
    done = experiment.items.exclude(after=None).order_by("posting_id")
    values = ("posting_id", "before__record", "before__evidence", "after__record", "after__evidence")
    for posting_id, *sides in done.values_list(*values).iterator(CHUNK):
        yield posting_id, Side(*sides[:2]), Side(*sides[2:])


def _field(diff: FieldDiff, compared: int) -> Report:
    return {
        "field": diff.name,
        **{change.value: count for change, count in diff.changes.items()},
        "coverage_before": _share(diff.stated_before, compared),
        "coverage_after": _share(diff.stated_after, compared),
        "grounded_before": _share(diff.grounded_before, diff.stated_before),
        "grounded_after": _share(diff.grounded_after, diff.stated_after),
        "examples": [
            {"posting_id": example.posting_id, "change": example.change.value, "before": example.before, "after": example.after}
            for example in diff.examples
        ],
    }


def _figures(experiment: Experiment) -> Report:
    done = experiment.items.exclude(after=None)
    found = done.aggregate(
        sure_before=Avg("before__confidence"),
        sure_after=Avg("after__confidence"),
        doubts_before=Count("pk", filter=Q(before__needs_tier2=True)),
        doubts_after=Count("pk", filter=Q(after__needs_tier2=True)),
    )
    return {
        "confidence": {"before": found["sure_before"], "after": found["sure_after"]},
        "needs_tier2": {"before": found["doubts_before"], "after": found["doubts_after"]},
    }


def _cost(experiment: Experiment) -> Report:
    """`spent_usd` is what this experiment paid; `before_usd` and `after_usd` what the compared records are worth, paid whenever."""
    spent = LLMCall.objects.filter(run_id=experiment.pk).usage_in_all()
    worth = experiment.items.exclude(after=None).aggregate(worth_before=Sum("before__cost_usd"), worth_after=Sum("after__cost_usd"))
    return {
        "calls": spent.calls,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "spent_usd": float(spent.cost_usd),
        "before_usd": float(worth["worth_before"] or 0),
        "after_usd": float(worth["worth_after"] or 0),
    }


def _errors(experiment: Experiment) -> Sequence[Mapping[str, Any]]:
    rows = experiment.items.exclude(error="").order_by().values("error").annotate(postings=Count("pk")).order_by("-postings", "error")
    return list(rows[:ERRORS_SHOWN])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
