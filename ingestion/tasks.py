"""RQ tasks: they take ids and call one function of the pipeline."""

from __future__ import annotations

import uuid

from ingestion import pipeline
from ingestion.services import dead_letters, parking
from ingestion.services import retention as keeping


def discover(run_id: str) -> None:
    """Queue `discover`. A run that also fetches goes on over the scrape queues."""
    pipeline.discover(run_id=uuid.UUID(run_id))
    pipeline.reading_step(run_id=uuid.UUID(run_id))


def fetch_slice(source_type: str, run_id: str) -> None:
    """Queue `scrape.<source_type>`."""
    pipeline.fetch_one_slice(source_type=source_type, run_id=uuid.UUID(run_id))


def dead_letter_retry(letter_id: int) -> bool:
    """Mirrored on `dlq.scrape`; a worker does this only when an operator moves the task to a queue that is listened to."""
    return dead_letters.dead_letter_retry(letter_id=letter_id)


def parked_runs_resume() -> int:
    """Any scrape queue, while runs wait for raw storage."""
    return parking.parked_runs_resume()


def retention() -> int:
    """Once a day where RETENTION_ENABLED is set; the number of rows deleted."""
    return sum(batch.rows for batch in keeping.retention_apply())
