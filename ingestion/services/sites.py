"""Storing what visits to companies' sites found. A run keeps of each of its sites what became of it, by the site's own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from ingestion.errors import SiteError
from ingestion.models import Run, Sighting
from ingestion.services.discovery import findings_store
from ingestion.services.frontier import page_visited
from ingestion.services.runs import run_finish, stage_add

if TYPE_CHECKING:
    from ingestion.discovery.tokens import Finding

_SHOWN = 3


def site_is_done(*, run: Run, site: str) -> bool:
    """Whether this run has searched the site already."""
    return site in _results(run)


def site_store(*, run: Run, site: str, findings: Sequence[Finding], pages: Mapping[str, str]) -> None:
    """The boards of one site, and its pages with the checksums of their contents, in one transaction."""
    with transaction.atomic():
        changed = sum([page_visited(url=url, checksum=checksum) for url, checksum in sorted(pages.items())])
        counts = findings_store(findings=findings, method=Sighting.Method.SITE, crawl=site[:100])
        boards = sorted({f"{finding.source_type}/{finding.source_key}" for finding in findings})
        _note(run, site, {"boards": boards})
        stage_add(run_id=run.pk, name="discover", done=1, counts={**counts, "pages": len(pages), "changed_pages": changed})


def site_fail(*, run: Run, site: str, reason: str) -> None:
    with transaction.atomic():
        _note(run, site, {"reason": reason})
        stage_add(run_id=run.pk, name="discover", failed=1)


def sites_end(*, run: Run) -> None:
    """End the run with what a person wants to know. Raises SiteError when no site led to a board."""
    results = _results(run)
    boards = sorted({board for result in results.values() for board in result.get("boards", [])})
    reasons = [f"{site}: {result['reason']}" for site, result in results.items() if "reason" in result]
    if not boards:
        raise SiteError("; ".join(reasons[:_SHOWN]) or "no site was named")
    message = f"found {', '.join(boards[:20])}"
    if reasons:
        message += f"; {len(reasons)} of {len(results)} sites led to no board: {'; '.join(reasons[:_SHOWN])}"
    run_finish(run_id=run.pk, message=message)


def _results(run: Run) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = Run.objects.values_list("parameters__results", flat=True).get(pk=run.pk) or {}
    return found


def _note(run: Run, site: str, result: Mapping[str, Any]) -> None:
    """Into the run's parameters, the only place that a resumed run reads."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    parameters = {**held.parameters, "results": {**held.parameters.get("results", {}), site: result}}
    Run.objects.filter(pk=run.pk).update(parameters=parameters)
