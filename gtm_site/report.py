"""The report of a run (spec M4): what was ingested and extracted, by which tier, how well and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import Job, Skill
from extraction.fill_rates import fill_rates
from extraction.llm.cost import Price, estimate
from extraction.models import Extraction, LLMCall, PendingExtraction
from extraction.querysets import Usage
from ingestion.models import BadPayload, RawPosting, Run, RunStage
from ingestion.run_facts import errors_of, requests_of, seconds_of

TOP_SKILLS = 20

Report = dict[str, Any]


def run_report(run: Run) -> Report:
    """All fields of spec M4, and: the run's state, times (ISO 8601, UTC) and stages, what came of which source type, failures,
    fill rates (share of records that state a field, 0 to 1) and the use of language models.
    """
    extractions = Extraction.objects.filter(run_id=run.pk)
    calls = LLMCall.objects.filter(run_id=run.pk)
    return {
        **_run(run),
        "jobs_ingested": RawPosting.objects.filter(run_id=run.pk).count(),
        **_by_tier(extractions),
        **_tier2(extractions, calls.filter(purpose=LLMCall.Purpose.TIER2)),
        "top_20_skills_by_count": _top_skills(),
        "by_source_type": _by_source_type(run),
        "jobs_by_state": _jobs_by_state(run),
        "failures": _failures(run),
        "waiting_by_tier": _waiting(run),
        "fill_rates": _fill_rates(run),
        "llm": [_usage(row) for row in calls.usage("provider", "model", "purpose")],
    }


def report_path(run: Run, folder: Path) -> Path:
    """`run_{timestamp}.json`, the timestamp being the run's start in UTC."""
    return folder / f"run_{(run.started_at or run.created_at):%Y%m%dT%H%M%SZ}.json"


def report_write(run: Run, report: Report, folder: Path) -> Path:
    """Write the report there as `report_path` names it; the path. Raises OSError."""
    path = report_path(run, folder)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(report_json(report))
    return path


def report_json(report: Report) -> bytes:
    return orjson.dumps(report, option=orjson.OPT_INDENT_2, default=str) + b"\n"


def _run(run: Run) -> Report:
    return {
        "run_id": str(run.pk),
        "trace_id": run.trace_id,
        "kind": run.kind,
        "state": run.state,
        "message": run.message,
        "parameters": run.parameters,
        "started_at": _iso(run.started_at),
        "ended_at": _iso(run.ended_at),
        "seconds": seconds_of(run, timezone.now()),
        "stages": {stage.name: _stage(stage) for stage in run.stages.all()},
        "requests": {host.host: {"sent": host.sent, "bytes": host.bytes, "answers": host.statuses} for host in requests_of(run.pk)},
    }


def _by_tier(extractions: QuerySet[Extraction]) -> Report:
    """`jobs_needing_t2`: records of this run that a tier 2 would improve, whether it is on or not."""
    figures = extractions.aggregate(
        jobs_extracted_t0=Count("pk", filter=Q(tier=0)),
        jobs_extracted_t1=Count("pk", filter=Q(tier=1)),
        jobs_extracted_t2=Count("pk", filter=Q(tier=2)),
        jobs_needing_t2=Count("posting_id", filter=Q(tier__lt=2, needs_tier2=True), distinct=True),
    )
    return dict(figures)


def _tier2(extractions: QuerySet[Extraction], calls: QuerySet[LLMCall]) -> Report:
    """The estimate is calls x (average in + average out) at list prices; the cost is what the ledger booked, batches at half price.

    Escalated is also what was sent and failed, and what a stored answer served.
    """
    escalated = set(extractions.filter(tier=2).values_list("posting_id", flat=True))
    escalated.update(posting_id for ids in calls.values_list("posting_ids", flat=True) for posting_id in ids)
    usage = calls.usage("provider")  # type: ignore[attr-defined]
    return {
        "jobs_escalated_t2": len(escalated),
        "tier2_tokens_in_total": sum(row.tokens_in for row in usage),
        "tier2_tokens_out_total": sum(row.tokens_out for row in usage),
        "tier2_estimated_cost_usd": float(sum(_estimated(row) for row in usage)),
        "tier2_cost_usd": float(sum(row.cost_usd for row in usage)),
    }


def _estimated(row: Usage) -> Any:
    (provider,) = row.group
    price = settings.LLM_PRICES.get(provider)
    if not price or not row.calls:
        return 0
    return estimate(Price(*price), calls=row.calls, average_in=row.tokens_in / row.calls, average_out=row.tokens_out / row.calls).cost_usd


def _usage(row: Usage) -> Report:
    provider, model, purpose = row.group
    return {
        "provider": provider,
        "model": model,
        "purpose": purpose,
        "calls": row.calls,
        "failed": row.failed,
        "lost": row.lost,
        "tokens_in": row.tokens_in,
        "tokens_out": row.tokens_out,
        "cost_usd": float(row.cost_usd),
    }


def _top_skills() -> list[Report]:
    """The skills that most open and closed jobs of the catalogue name."""
    rows = Skill.objects.filter(job_count__gt=0).order_by("-job_count", "name").values("name", "job_count")[:TOP_SKILLS]
    return [{"skill": row["name"], "count": row["job_count"]} for row in rows]


def _by_source_type(run: Run) -> Report:
    """Postings that the run stored new or changed, and how many of them are published, by source type."""
    posted = RawPosting.objects.filter(run_id=run.pk).order_by().values("source__source_type").annotate(n=Count("pk"))
    ingested = {row["source__source_type"]: row["n"] for row in posted}
    jobs = _jobs(run).values("source_type").annotate(n=Count("pk"))
    published = {row["source_type"]: row["n"] for row in jobs}
    return {name: {"ingested": count, "published": published.get(name, 0)} for name, count in sorted(ingested.items())}


def _jobs_by_state(run: Run) -> Mapping[str, int]:
    return {row["state"]: row["n"] for row in _jobs(run).values("state").annotate(n=Count("pk")).order_by("state")}


def _jobs(run: Run) -> QuerySet[Job]:
    return Job.objects.filter(posting_id__in=RawPosting.objects.filter(run_id=run.pk).values("pk")).order_by()


def _failures(run: Run) -> Report:
    """Given up: boards by kind of error, postings that could not be read, postings that could not be extracted."""
    return {
        "sources": {error.kind: error.sources for error in errors_of(run.pk)},
        "postings_unreadable": BadPayload.objects.filter(run_id=run.pk).count(),
        "postings_not_extracted": PendingExtraction.objects.dead().filter(run_id=run.pk).count(),
    }


def _waiting(run: Run) -> Mapping[str, int]:
    waiting = PendingExtraction.objects.filter(run_id=run.pk, state=PendingExtraction.State.WAITING).order_by()
    return {f"t{row['tier']}": row["n"] for row in waiting.values("tier").annotate(n=Count("pk")).order_by("tier")}


def _fill_rates(run: Run) -> Mapping[str, float]:
    found = fill_rates(run.pk)
    return {name: round(found.rate(name), 4) for name in found.filled} if found.records else {}


def _stage(stage: RunStage) -> Report:
    seconds = (stage.ended_at - stage.started_at).total_seconds() if stage.started_at and stage.ended_at else None
    ends = {"failed": 0} | stage.not_done
    return {"unit": stage.unit, "done": stage.done, "seconds": seconds, **stage.counts, **ends}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
