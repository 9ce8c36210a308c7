"""Sources, where they were seen, and what discovery has read."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from ingestion.querysets import FrontierUrlQuerySet, SightingQuerySet, SourceQuerySet


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
