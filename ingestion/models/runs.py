"""Runs, the progress of their stages and what was done to them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from ingestion.models.sources import Source
from ingestion.querysets import RunQuerySet


class Run(models.Model):
    """One operator-visible unit of work."""

    class Kind(models.TextChoices):
        DISCOVER = "discover", "discover"
        FETCH = "fetch", "fetch"
        INGEST = "ingest", "ingest"
        EXTRACT = "extract", "extract"
        ALL = "all", "all"

    # What a run of which kind does: INGEST does both, ALL goes on after them.
    DISCOVERS = frozenset({Kind.DISCOVER, Kind.INGEST, Kind.ALL})
    FETCHES = frozenset({Kind.FETCH, Kind.INGEST, Kind.ALL})

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    TERMINAL = frozenset({State.DONE, State.FAILED, State.CANCELLED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    trace_id = models.CharField(max_length=32)
    kind = models.CharField(max_length=40, help_text="discover, fetch, ingest (both), extract or all")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    parameters = models.JSONField(default=dict, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    parked_on = models.CharField(max_length=20, blank=True, help_text="what a paused run waits for before it goes on by itself")
    in_sandbox = models.BooleanField(
        default=False, db_default=False, help_text="of the world that the sandbox plays: only its programs work on it"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]} ({self.state})"


class RunStage(models.Model):
    """Progress of one stage of a run, in units of the stage (pages, sources, postings). What failed is not among what is done."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(max_length=40)
    unit = models.CharField(max_length=20)
    total = models.PositiveIntegerField(null=True, blank=True, help_text="unknown until counted")
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True, help_text="further counts of the stage, by name")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="runstage_identity")]

    @property
    def not_done(self) -> dict[str, int]:
        """What is not among what is done, by its end: a board that answers that it is gone, or not for us, is no failure."""
        apart: dict[str, int] = {state: self.counts.get(state, 0) for state in sorted(Source.INVALID - {Source.State.FAILED})}
        ends: dict[str, int] = {"failed": self.failed - sum(apart.values()), **apart}
        return {end: number for end, number in ends.items() if number > 0}

    def __str__(self) -> str:
        named = "".join(f", {number} {end}" for end, number in self.not_done.items())
        return f"{self.name}: {self.done} of {self.total if self.total is not None else '?'} {self.unit}{named}"


class RunEvent(models.Model):
    """One change of a run's state: what became of it, who asked for it and why."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=Run.State, help_text="the state from then on")
    action = models.CharField(max_length=20, blank=True, help_text="pause, resume, cancel or retry, when somebody asked for it")
    by = models.CharField(max_length=150, blank=True, help_text="who; empty: the run's own work")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action or self.state} at {self.at:%Y-%m-%d %H:%M:%S} UTC{f' by {self.by}' if self.by else ''}"
