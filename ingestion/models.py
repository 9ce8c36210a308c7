"""Tables of ingestion: sources and where they were seen, raw objects, postings as received, runs, requests, dead letters."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from ingestion.querysets import (
    DeadLetterQuerySet,
    FrontierUrlQuerySet,
    OutboundRequestQuerySet,
    RawPostingQuerySet,
    RunQuerySet,
    SightingQuerySet,
    SourceQuerySet,
)


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
    mark = models.CharField(max_length=40, blank=True, help_text="phantom, demo or sandbox, when the board is not a real company's")
    discovered_by = models.CharField(max_length=40, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True, help_text="last complete read")
    next_check_at = models.DateTimeField(default=timezone.now)
    open_postings = models.PositiveIntegerField(default=0)
    validators = models.JSONField(default=dict, blank=True, help_text="ETag and Last-Modified by request, when the server gave them")
    read_digest = models.CharField(
        max_length=64, blank=True, help_text="checksums of the last complete read: the same again means nothing changed"
    )
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_type", "source_key"], name="source_identity")]
        indexes = [models.Index(fields=["source_type", "next_check_at"], name="source_due")]

    def __str__(self) -> str:
        return f"{self.source_type}/{self.source_key}"


class Sighting(models.Model):
    """Where a source was found: one row for each way and crawl that showed it, with the first capture that did."""

    class Method(models.TextChoices):
        CDX = "cdx", "Common Crawl index"
        COLUMNAR = "columnar", "columnar index"
        SITE = "site", "company site"
        SEED = "seed", "seed list"
        PASTED = "pasted", "pasted address"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="sightings", db_index=False)
    method = models.CharField(max_length=20, choices=Method)
    crawl = models.CharField(max_length=100, blank=True, help_text="the crawl, or the name of the seed list")
    capture_url = models.CharField(max_length=2000, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True, help_text="when the crawler was there")
    seen_at = models.DateTimeField(default=timezone.now, help_text="when discovery read it")
    is_first = models.BooleanField(default=False, help_text="the source was unknown before")

    objects = SightingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "method", "crawl"], name="sighting_identity")]
        indexes = [models.Index(fields=["crawl", "method"], name="sighting_crawl")]

    def __str__(self) -> str:
        return f"{self.method} {self.crawl}".strip()


class CrawlProgress(models.Model):
    """How far discovery has read one URL pattern in one crawl of one index. Crawls never change: a finished one is not asked again."""

    index_url = models.CharField(max_length=300, help_text="base URL of the index that was asked")
    crawl = models.CharField(max_length=100)
    pattern = models.CharField(max_length=300)
    page_size = models.PositiveIntegerField(help_text="blocks a page: page numbers mean nothing without it")
    pages = models.PositiveIntegerField(null=True, blank=True, help_text="unknown until the server was asked")
    next_page = models.PositiveIntegerField(default=0)
    captures = models.PositiveBigIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0, help_text="different sources, added up over the pages")
    updated_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "crawl progress"
        constraints = [models.UniqueConstraint(fields=["index_url", "crawl", "pattern"], name="crawlprogress_identity")]

    def __str__(self) -> str:
        return f"{self.crawl} {self.pattern}: {self.next_page} of {self.pages if self.pages is not None else '?'} pages"


class FrontierUrl(models.Model):
    """An address that discovery met, by the hash of its canonical form (spec D7).

    With a source: a posting that is not read yet. Without: a page of a company's site that was searched for boards.
    """

    url_hash = models.UUIDField(primary_key=True, editable=False)
    url = models.CharField(max_length=2000, help_text="canonical")
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.CASCADE, related_name="frontier")
    source_job_id = models.CharField(max_length=200, blank=True)
    checksum = models.CharField(max_length=40, blank=True, help_text="of the content, when it is known")
    captured_at = models.DateTimeField(null=True, blank=True, help_text="when a crawler was there")
    seen_at = models.DateTimeField(default=timezone.now, help_text="when discovery first met it")
    visited_at = models.DateTimeField(null=True, blank=True, help_text="when we were there; postings are read with their board")

    objects = FrontierUrlQuerySet.as_manager()

    class Meta:
        verbose_name = "frontier URL"
        verbose_name_plural = "frontier URLs"

    def __str__(self) -> str:
        return self.url


class RawObject(models.Model):
    """One response body as it arrived, kept in storage under its SHA-256, compressed."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes before compression")
    stored_size = models.BigIntegerField(help_text="bytes in storage")
    received_at = models.DateTimeField(default=timezone.now, help_text="when these bytes last arrived")
    damaged_at = models.DateTimeField(null=True, blank=True, help_text="when `ingest integrity` found it missing or corrupt")

    class Meta:
        # Not `unique=True`: that would make a second index, for patterns nobody searches by.
        constraints = [models.UniqueConstraint(fields=["sha256"], name="rawobject_identity")]
        indexes = [models.Index(fields=["id"], condition=models.Q(damaged_at__isnull=False), name="rawobject_damaged")]

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
    seen_until = models.DateTimeField(
        null=True, blank=True, help_text="when it was last seen, once a read has not found it; empty while the last read of its board did"
    )
    missing_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveIntegerField(default=0)
    run_id = models.UUIDField(null=True, blank=True, help_text="the run that wrote the current content")

    objects = RawPostingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_job_id"], name="rawposting_identity")]

    def __str__(self) -> str:
        return f"{self.source_job_id}: {self.title}"


class PostingVersion(models.Model):
    """A content that a posting had once: `payloads[raw_index]` of `raw_object`, until another replaced it.

    Written when a content is replaced: a first load writes nothing here, and the present content is the RawPosting itself.
    """

    # Without a constraint: the statement that writes the posting copies the row, and a check would lock, and so write, the posting again.
    posting = models.ForeignKey(RawPosting, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False)
    raw_object = models.ForeignKey(RawObject, on_delete=models.PROTECT, related_name="versions")
    raw_index = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=32)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    run_id = models.UUIDField(null=True, blank=True, help_text="the run that wrote it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting", "valid_until"], name="postingversion_identity")]

    def __str__(self) -> str:
        return f"until {self.valid_until:%Y-%m-%d %H:%M} UTC"


class PostingAbsence(models.Model):
    """A time for which a posting was closed, written when it came back (a repost)."""

    posting = models.ForeignKey(RawPosting, on_delete=models.CASCADE, related_name="absences", db_index=False)
    closed_at = models.DateTimeField()
    reopened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting", "reopened_at"], name="postingabsence_identity")]

    def __str__(self) -> str:
        return f"closed {self.closed_at:%Y-%m-%d %H:%M} to {self.reopened_at:%Y-%m-%d %H:%M} UTC"


class PostingSeen(models.Model):
    """When a posting was last seen: a view. What is on its board was seen by the last read of its board, so that

    reading a board again writes nothing about a posting that is still there.
    """

    posting = models.OneToOneField(RawPosting, on_delete=models.DO_NOTHING, primary_key=True, related_name="seen")
    last_seen_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ingestion_postingseen"
        verbose_name_plural = "postings seen"

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
    kind = models.CharField(max_length=40, help_text="discover, fetch, ingest (both), extract or all")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    parameters = models.JSONField(default=dict, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    parked_on = models.CharField(max_length=20, blank=True, help_text="what a paused run waits for before it goes on by itself")
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

    def __str__(self) -> str:
        return f"{self.name}: {self.done} of {self.total if self.total is not None else '?'} {self.unit}"


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


class BadPayload(models.Model):
    """An item of a board that could not be read as a posting. Kept raw: `raw_object` holds it at `raw_index`."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="bad_payloads", db_index=False)
    raw_object = models.ForeignKey(RawObject, on_delete=models.PROTECT, related_name="bad_payloads")
    raw_index = models.PositiveIntegerField()
    source_job_id = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=500)
    run_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "raw_object", "raw_index"], name="badpayload_identity")]

    def __str__(self) -> str:
        return f"item {self.raw_index}: {self.message}"


class DeadLetter(models.Model):
    """A fetch that was given up: why, after how many attempts, and what became of it."""

    class Resolution(models.TextChoices):
        RETRIED = "retried", "retried"
        PRUNED = "pruned", "pruned"
        HEALED = "healed", "healed by a later read"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="dead_letters")
    kind = models.CharField(max_length=40, help_text="kind of the error, one of ingestion.errors")
    message = models.CharField(max_length=1000)
    attempts = models.PositiveIntegerField()
    status = models.PositiveIntegerField(null=True, blank=True, help_text="HTTP status of the last answer")
    url = models.CharField(max_length=2000, blank=True)
    raw_object = models.ForeignKey(RawObject, null=True, blank=True, on_delete=models.PROTECT, related_name="dead_letters")
    run_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    resolution = models.CharField(max_length=20, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = DeadLetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=models.Q(resolved_at=None), name="deadletter_one_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class OutboundRequest(models.Model):
    """The politeness ledger: one request to the outside, committed before it leaves. Without `ended_at` its worker was lost."""

    host = models.CharField(max_length=260, help_text="host:port, the limiter's key")
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests", db_index=False)
    run_id = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=20, help_text="list, name, cdx or collinfo")
    url = models.CharField(max_length=2000)
    attempt = models.PositiveSmallIntegerField(default=1)
    scheduled_wait_ms = models.PositiveIntegerField(default=0, help_text="the least wait since the attempt before")
    forced = models.BooleanField(default=False, help_text="an operator asked for it although the source was invalid")
    worker = models.CharField(max_length=100, help_text="host name and process id")
    call_id = models.UUIDField(null=True, blank=True, help_text="joins the attempts and redirects of one thing that was asked for")
    at_once = models.PositiveSmallIntegerField(default=5, help_text="requests that the host was allowed at once")
    spacing_ms = models.PositiveIntegerField(default=0, help_text="least time between two starts that was in force")
    user_agent = models.CharField(max_length=300, blank=True)
    proxy = models.CharField(max_length=260, blank=True, help_text="host:port of the proxy that was used; its credentials are kept nowhere")
    started_at = models.DateTimeField(help_text="when the limiter granted it, on Redis' clock")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when its slot was given back, on Redis' clock")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField(null=True, blank=True, help_text="body after decompression, as far as it was read")
    error = models.CharField(max_length=300, blank=True)
    retry_after_ms = models.PositiveIntegerField(default=0, help_text="the pause that the answer asked for")
    made_invalid = models.BooleanField(default=False, help_text="its source became gone, blocked or failed by it")

    objects = OutboundRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["host", "started_at"], name="outboundrequest_host"),
            models.Index(fields=["run_id"], name="outboundrequest_run"),
            models.Index(fields=["source", "started_at"], name="outboundrequest_source"),
            models.Index(fields=["source"], condition=models.Q(made_invalid=True), name="outboundrequest_invalid"),
            BrinIndex(fields=["started_at"], name="outboundrequest_time"),
        ]

    def __str__(self) -> str:
        return f"{self.url} {self.status or self.error or 'not ended'}"
