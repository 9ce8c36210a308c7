"""Tables of extraction: results, which result is current, and what is still to be done.

Postings are named by their id as a plain integer: nobody's migrations depend on another app's.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from catalog.stored_document import StoredDocument
from extraction.querysets import LLMCallQuerySet, PendingExtractionQuerySet


class Extraction(models.Model):
    """One result for one posting content, schema version, provider, model and prompt version. Never changed."""

    posting_id = models.BigIntegerField()
    content_hash = models.CharField(max_length=32)
    schema_version = models.CharField(max_length=40)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.CharField(max_length=40, help_text="version of the prompt, or of the rules and vocabulary")
    tier = models.PositiveSmallIntegerField()
    record = StoredDocument(help_text="job_extracted_v1")
    details = models.JSONField(default=dict)
    evidence = StoredDocument(default=dict, help_text="field -> where its value stands")
    confidence = models.FloatField()
    needs_tier2 = models.BooleanField()
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    run_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["posting_id", "content_hash", "schema_version", "provider", "model", "prompt_version"], name="extraction_identity"
            )
        ]

    def __str__(self) -> str:
        return f"posting {self.posting_id}, tier {self.tier} ({self.provider})"


class CurrentExtraction(models.Model):
    """Which extraction stands for a posting in the catalogue, and when it was last published."""

    posting_id = models.BigIntegerField(primary_key=True)
    extraction = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=32)
    tier = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    decided_by = models.UUIDField(
        null=True, blank=True, help_text="the experiment whose promotion or roll back put it here: it stays until the content changes"
    )

    def __str__(self) -> str:
        return f"posting {self.posting_id}: extraction {self.extraction_id}"


class PendingExtraction(models.Model):
    """A posting content that waits for a tier: the queue, the lock (lease and fencing token) and the dead letter in one row."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DEAD = "dead", "dead"

    posting_id = models.BigIntegerField()
    tier = models.PositiveSmallIntegerField()
    content_hash = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=1000, blank=True)
    refused_call_id = models.BigIntegerField(
        null=True, blank=True, help_text="answers of calls up to this one were no good: it is asked anew"
    )
    run_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = PendingExtractionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting_id", "tier"], name="pendingextraction_identity")]
        indexes = [models.Index(fields=["tier", "id"], condition=models.Q(state="waiting"), name="pendingextraction_waiting")]

    def __str__(self) -> str:
        return f"posting {self.posting_id} for tier {self.tier} ({self.state})"


class LLMCall(models.Model):
    """The ledger of language models: one call, committed before it leaves, with its answer and its real usage once they are known."""

    class State(models.TextChoices):
        SENT = "sent", "under way"
        ANSWERED = "answered", "answered"
        FAILED = "failed", "failed"
        LOST = "lost", "lost with its worker"
        PARKED = "parked", "not sent: waits for the spend cap"

    class Purpose(models.TextChoices):
        TIER1 = "tier1", "tier 1"
        TIER2 = "tier2", "tier 2"
        EXPERIMENT = "experiment", "experiment"
        SENTENCE = "sentence", "a sentence of somebody who searches"

    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=100, blank=True)
    purpose = models.CharField(max_length=40, choices=Purpose)
    posting_ids = ArrayField(models.BigIntegerField(), default=list, help_text="the postings that the prompt holds")
    prompt_hash = models.CharField(max_length=32)
    batch_id = models.CharField(max_length=100, blank=True, help_text="the vendor's batch, at half price; empty: a call of its own")
    run_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    tokens_in_counted = models.PositiveIntegerField(default=0, help_text="our own count of the prompt, before it left")
    at_most_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="held under the cap while it is under way")
    tokens_in = models.PositiveIntegerField(default=0, help_text="as the vendor counted them")
    tokens_out = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    answer = models.TextField(blank=True, help_text="word for word, so that a paid answer is never paid again")
    answer_model = models.CharField(max_length=100, blank=True, help_text="the model that the vendor says answered")
    finish = models.CharField(max_length=10, blank=True, help_text="why the model stopped: stop, length or refusal")
    error = models.CharField(max_length=1000, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LLMCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state="sent") ^ models.Q(ended_at__isnull=False), name="llmcall_ended_unless_sent")
        ]
        indexes = [
            models.Index(fields=["provider", "model", "prompt_hash"], condition=models.Q(state="answered"), name="llmcall_answered"),
            models.Index(fields=["started_at"], condition=models.Q(state="sent"), name="llmcall_sent"),
            models.Index(fields=["run_id"], name="llmcall_run"),
            BrinIndex(fields=["started_at"], name="llmcall_time"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.model}: {self.state}, {self.cost_usd} USD"


class Measurement(models.Model):
    """Figures of one `evaluate` or `calibrate` on labelled rows, for the quality page. Never changed."""

    class Kind(models.TextChoices):
        EVALUATION = "evaluation", "evaluation"
        CALIBRATION = "calibration", "calibration"

    kind = models.CharField(max_length=20, choices=Kind)
    provider = models.CharField(max_length=140, help_text="with its model, where it has one")
    tier = models.PositiveSmallIntegerField()
    version = models.CharField(max_length=100, help_text="of rules and vocabulary, and of the prompt")
    rows = models.PositiveIntegerField(help_text="labelled rows that were measured")
    figures = models.JSONField()
    measured_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "-measured_at"], name="measurement_newest")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.provider} at {self.measured_at:%Y-%m-%d %H:%M}"


class Experiment(models.Model):
    """Another model, prompt or rules version over a sample of what stands. Its id names its calls in the ledger."""

    class State(models.TextChoices):
        RUNNING = "running", "not finished"
        DONE = "done", "done"
        PROMOTED = "promoted", "promoted"
        ROLLED_BACK = "rolled_back", "rolled back"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.CharField(max_length=40, help_text="version of the prompt, or of the rules and vocabulary")
    tier = models.PositiveSmallIntegerField()
    sample = models.PositiveIntegerField(help_text="postings asked for; 0: all")
    seed = models.IntegerField()
    state = models.CharField(max_length=20, choices=State, default=State.RUNNING)
    message = models.CharField(max_length=1000, blank=True, help_text="why it is not finished")
    report = models.JSONField(default=dict, blank=True, help_text="what would change, as `extraction.experiments.report` describes")
    by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.provider} {self.model} {self.prompt_version} on {self.sample or 'all'} postings ({self.state})"


class ExperimentItem(models.Model):
    """One posting of a sample: the extraction that stood, and the experiment's. Neither is ever changed."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="items", db_index=False)
    posting_id = models.BigIntegerField()
    before = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(Extraction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    error = models.CharField(max_length=1000, blank=True, help_text="why there is none of the experiment's")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "posting_id"], name="experimentitem_identity")]

    def __str__(self) -> str:
        return f"posting {self.posting_id}: {self.before_id} -> {self.after_id or self.error or 'not yet'}"


class ExperimentEvent(models.Model):
    """A promotion or a roll back: who, when, why, and how many postings it published or had to leave."""

    class Action(models.TextChoices):
        PROMOTE = "promote", "promoted"
        ROLL_BACK = "roll_back", "rolled back"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=20, choices=Action)
    published = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text="postings that had changed meanwhile, or that a worker held")
    by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M:%S} UTC: {self.published} postings"
