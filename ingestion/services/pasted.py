"""An address that somebody pasted: what it names by itself is stored at once, anything else is visited by a run."""

from __future__ import annotations

from ingestion.discovery.tokens import any_finding_of
from ingestion.models import Run, Sighting, Source
from ingestion.services.discovery import findings_store
from ingestion.services.runs import run_create


def pasted_store(*, address: str) -> Source | None:
    """The source that the address names (a board, a posting, an embed, an API call of a known ATS); None when it names none."""
    found = any_finding_of(address)
    if found is None:
        return None
    findings_store(findings=[found], method=Sighting.Method.PASTED, crawl="")
    return Source.objects.get(source_type=found.source_type, source_key=found.source_key)


def pasted_visit(*, address: str, by: str) -> Run:
    """A run that searches the site behind the address; the scheduler hands it to a worker within seconds."""
    return run_create(kind=Run.Kind.DISCOVER, parameters={"sites": [address], "queued": True}, by=by)
