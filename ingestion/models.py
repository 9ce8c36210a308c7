"""Tables of ingestion: sources, raw objects, postings as received, runs."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from ingestion.querysets import RawPostingQuerySet, RunQuerySet, SourceQuerySet


class Source(models.Model):
    """One company's board at one ATS. Only `ingestion.services` moves its state (spec D3)."""

    class State(models.TextChoices):
        DISCOVERED = "discovered", "discovered"
        VALID = "valid", "valid"
        EMPTY = "empty", "empty"
        GONE = "gone", "gone"
        BLOCKED = "blocked", "blocked"
        FAILED = "failed", "failed"
        PAUSED = "paused", "paused"

    INVALID = frozenset({State.GONE, State.BLOCKED, State.FAILED})

    source_type = models.CharField(max_length=40)
    source_key = models.CharField(max_length=200, help_text="the board's token at the ATS, case folded")
    region = models.CharField(max_length=20, blank=True, help_text="which of the ATS's base URLs answers for it")
    company_name = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DISCOVERED)
    state_reason = models.CharField(max_length=500, blank=True)
    mark = models.CharField(max_length=40, blank=True, help_text="phantom or demo, when the board is not a real company's")
    discovered_by = models.CharField(max_length=40, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True, help_text="last complete read")
    next_check_at = models.DateTimeField(default=timezone.now)
    open_postings = models.PositiveIntegerField(default=0)
    validators = models.JSONField(default=dict, blank=True, help_text="ETag and Last-Modified by request, when the server gave them")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_type", "source_key"], name="source_identity")]
        indexes = [models.Index(fields=["source_type", "next_check_at"], name="source_due")]

    def __str__(self) -> str:
        return f"{self.source_type}/{self.source_key}"


class RawObject(models.Model):
    """One response body as it arrived, kept in storage under its SHA-256, compressed."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField(help_text="bytes before compression")
    stored_size = models.BigIntegerField(help_text="bytes in storage")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256


class RawPosting(models.Model):
    """One posting as received: `payloads[raw_index]` of the list response in `raw_object`."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="postings", db_index=False)
    source_job_id = models.CharField(max_length=200)
    raw_object = models.ForeignKey(RawObject, on_delete=models.PROTECT, related_name="postings")
    raw_index = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=32)
    title = models.CharField(max_length=1000)
    location = models.CharField(max_length=2000, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    is_prospect = models.BooleanField(default=False)
    posted_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="when its content last changed here")
    status_changed_at = models.DateTimeField(help_text="when it last appeared, went missing, closed or came back")
    missing_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveIntegerField(default=0)
    run_id = models.UUIDField(null=True, blank=True, help_text="the run that wrote the current content")

    objects = RawPostingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_job_id"], name="rawposting_identity")]
        indexes = [
            models.Index(fields=["changed_at"], name="rawposting_changed"),
            models.Index(fields=["status_changed_at"], name="rawposting_status_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.source_job_id}: {self.title}"


class PostingSeen(models.Model):
    """When a posting was last seen. Narrow, because every read of a board touches every row of it."""

    posting = models.OneToOneField(RawPosting, on_delete=models.CASCADE, primary_key=True, related_name="seen")
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.posting_id} seen {self.last_seen_at:%Y-%m-%d %H:%M} UTC"


class Run(models.Model):
    """One operator-visible unit of work."""

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
    kind = models.CharField(max_length=40, help_text="discover, fetch, extract or all")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    parameters = models.JSONField(default=dict, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]} ({self.state})"


class RunStage(models.Model):
    """Progress of one stage of a run, in units of the stage (pages, sources, postings)."""

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

    def __str__(self) -> str:
        return f"{self.name}: {self.done} of {self.total if self.total is not None else '?'} {self.unit}"
