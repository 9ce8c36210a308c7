"""The politeness ledger, and the fetches that were given up."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from ingestion.models.postings import RawObject
from ingestion.models.sources import Source
from ingestion.querysets import DeadLetterQuerySet, OutboundRequestQuerySet


class OutboundRequest(models.Model):
    """The politeness ledger: one request to the outside, committed before it leaves.

    Without `started_at` it waits for its slot, or was not sent (then it has an end). Without `ended_at` it is under way.
    In both cases its worker may have been lost, or have ended while the database was away.
    """

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
    started_at = models.DateTimeField(null=True, blank=True, help_text="when the limiter granted it, on Redis' clock")
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
