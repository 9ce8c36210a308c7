"""The report of a run (spec M4): what was ingested and extracted, by which tier, at what cost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from django.db.models import Count, Q, QuerySet, Sum

from catalog.models import Skill
from extraction.models import Extraction
from ingestion.models import RawPosting, Run

TOP_SKILLS = 20


def run_report(run: Run) -> dict[str, Any]:
    """All fields of spec M4, and the run's own: state, times (ISO 8601, UTC) and stages (seconds and counts)."""
    extractions = Extraction.objects.filter(run_id=run.pk)
    return {
        "run_id": str(run.pk),
        "trace_id": run.trace_id,
        "state": run.state,
        "started_at": _iso(run.started_at),
        "ended_at": _iso(run.ended_at),
        "stages": {stage.name: _stage(stage) for stage in run.stages.all()},
        "jobs_ingested": RawPosting.objects.filter(run_id=run.pk).count(),
        **_by_tier(extractions),
        "top_20_skills_by_count": _top_skills(),
    }


def report_write(run: Run, folder: Path) -> Path:
    """Write `run_{timestamp}.json`, the timestamp being the run's start in UTC; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"run_{(run.started_at or run.created_at):%Y%m%dT%H%M%SZ}.json"
    path.write_bytes(orjson.dumps(run_report(run), option=orjson.OPT_INDENT_2, default=_plain) + b"\n")
    return path


def _by_tier(extractions: QuerySet[Extraction]) -> dict[str, Any]:
    tier2 = Q(tier=2)
    figures = extractions.aggregate(
        jobs_extracted_t0=Count("pk", filter=Q(tier=0)),
        jobs_extracted_t1=Count("pk", filter=Q(tier=1)),
        jobs_escalated_t2=Count("pk", filter=tier2),
        tier2_tokens_in_total=Sum("tokens_in", filter=tier2, default=0),
        tier2_tokens_out_total=Sum("tokens_out", filter=tier2, default=0),
        tier2_estimated_cost_usd=Sum("cost_usd", filter=tier2, default=Decimal(0)),
    )
    return {**figures, "tier2_estimated_cost_usd": float(figures["tier2_estimated_cost_usd"])}


def _top_skills() -> list[dict[str, Any]]:
    """The skills that most open and closed jobs of the catalogue name."""
    rows = Skill.objects.filter(job_count__gt=0).order_by("-job_count", "name").values("name", "job_count")[:TOP_SKILLS]
    return [{"skill": row["name"], "count": row["job_count"]} for row in rows]


def _stage(stage: Any) -> dict[str, Any]:
    seconds = (stage.ended_at - stage.started_at).total_seconds() if stage.started_at and stage.ended_at else None
    return {"unit": stage.unit, "done": stage.done, "failed": stage.failed, "seconds": seconds, **stage.counts}


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _plain(value: Any) -> str:
    return str(value)
