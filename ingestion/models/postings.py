"""Raw objects, postings as received and what became of them, items that are no postings."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from ingestion.models.sources import Source
from ingestion.querysets import RawPostingQuerySet


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
    # Without index and constraint: both would be written with every new content, for the sake of a question that retention asks once a
    # day. Whoever points here has written `received_at` or locked the row in the same transaction (`ingestion.services.raw`).
    raw_object = models.ForeignKey(RawObject, on_delete=models.PROTECT, related_name="postings", db_index=False, db_constraint=False)
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
    # As RawPosting's, from which it is copied.
    raw_object = models.ForeignKey(RawObject, on_delete=models.PROTECT, related_name="versions", db_index=False, db_constraint=False)
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
