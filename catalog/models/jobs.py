"""Jobs and the places that they are in.

A Job is read in two ways: by the thousand, to filter, count and sort, and one at a time, to be shown. What the first
way needs is in `Job`, which stays narrow; what is long and only shown is in `JobContent`. The search vector belongs to
`Job`, so that one bitmap joins it with the other filters, but its bytes are kept out of line (see the first migration).
"""

from __future__ import annotations

from textwrap import shorten

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse
from django.utils import timezone

from catalog.choices import EmploymentType, JobFunction, JobState, PlaceKind, RemoteType, Seniority
from catalog.models.companies import Company
from catalog.querysets import JobQuerySet
from catalog.stored_document import StoredDocument

# Short columns that most filters are on, and those that orders need.
WALKED = ("comp_usd", "company", "job_function", "seniority_level", "remote_type", "employment_type", "location_country", "posted_at")


def _beside(column: str) -> tuple[str, ...]:
    """What an index that begins with one of them holds of the others."""
    return (*(name for name in WALKED if name != column), "state")


class Job(models.Model):
    """A vacancy: one posting's published facts, under the names of spec E1."""

    posting_id = models.BigIntegerField(help_text="id of the posting as received")
    extraction_id = models.BigIntegerField(help_text="the extraction that these facts come from")
    publication = models.BigIntegerField(help_text="number of the publication; it only grows, an older one never replaces a newer")
    source_type = models.CharField(max_length=40)
    source_key = models.CharField(max_length=200)
    source_job_id = models.CharField(max_length=200)
    url = models.CharField(max_length=2000, blank=True)

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="jobs", db_index=False)
    company_name = models.CharField(max_length=300)
    company_domain = models.CharField(max_length=253, null=True, blank=True)
    title = models.CharField(max_length=1000, help_text="as the posting has it")
    role_title = models.CharField(max_length=1000)
    seniority_level = models.CharField(max_length=20, choices=Seniority, default=Seniority.UNKNOWN)
    job_function = models.CharField(max_length=20, choices=JobFunction, default=JobFunction.UNKNOWN)
    remote_type = models.CharField(max_length=20, choices=RemoteType, default=RemoteType.UNKNOWN)
    employment_type = models.CharField(max_length=20, choices=EmploymentType, default=EmploymentType.UNKNOWN)

    location_text = models.CharField(max_length=2000, blank=True, help_text="as the posting has it")
    location_city = models.CharField(max_length=200, null=True, blank=True)
    location_state = models.CharField(max_length=3, null=True, blank=True)
    location_country = models.CharField(max_length=2, null=True, blank=True)
    places = ArrayField(
        models.CharField(max_length=300), default=list, blank=True, help_text="keys of `catalog.search.places`, all locations"
    )

    salary_min_usd = models.IntegerField(null=True, blank=True, help_text="USD per year")
    salary_max_usd = models.IntegerField(null=True, blank=True, help_text="USD per year")
    comp_usd = models.GeneratedField(
        expression=Coalesce("salary_max_usd", "salary_min_usd", Value(0)),
        output_field=models.IntegerField(),
        db_persist=True,
        help_text="what `min_comp` compares and `sort=salary` sorts by; 0 = not stated",
    )

    confidence = models.FloatField()
    needs_tier2 = models.BooleanField(default=False)
    tier = models.PositiveSmallIntegerField(default=0)
    provider = models.CharField(max_length=40)
    language = models.CharField(max_length=10, null=True, blank=True)
    is_prospect = models.BooleanField(default=False, help_text="a call for applications in general, not a vacancy")

    posted_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(
        null=True, editable=False, help_text="when it came into the catalogue; null: before that was written down"
    )
    updated_at = models.DateTimeField(default=timezone.now, help_text="last change, as `catalog.changes` orders them")
    state = models.GeneratedField(
        expression=Case(
            When(closed_at__isnull=False, then=Value("closed")),
            When(missing_since__isnull=False, then=Value("missing")),
            default=Value("open"),
        ),
        output_field=models.CharField(max_length=10, choices=JobState),
        db_persist=True,
    )
    listed_at = models.GeneratedField(
        expression=Coalesce("posted_at", "first_seen_at"),
        output_field=models.DateTimeField(),
        db_persist=True,
        help_text="what newest first sorts by: the posting's own date, else when it was first seen",
    )

    skill_ids = ArrayField(models.IntegerField(), default=list, blank=True, help_text="the skills of its JobSkill rows, sorted")
    search_vector = SearchVectorField(null=True, editable=False)
    words_version = models.SmallIntegerField(
        default=0, db_default=0, editable=False, help_text="of what made the search vector, see `catalog.publishing.publish_rows`; 0: older"
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting_id"], name="job_posting_identity")]
        indexes = [
            # With what filters ask for: a list is walked to in the index alone, without opening each row that comes by.
            models.Index(F("state"), F("listed_at").desc(), F("id").desc(), name="job_newest", include=WALKED),
            models.Index(F("state"), F("comp_usd").desc(), F("id").desc(), name="job_best_paid"),
            models.Index(F("company"), F("listed_at").desc(), F("id").desc(), name="job_company_newest"),
            models.Index(
                F("job_function"), F("listed_at").desc(), F("id").desc(), name="job_function_newest", include=_beside("job_function")
            ),
            models.Index(
                F("seniority_level"), F("listed_at").desc(), F("id").desc(), name="job_seniority_newest", include=_beside("seniority_level")
            ),
            models.Index(F("location_country"), F("location_state"), F("listed_at").desc(), F("id").desc(), name="job_country_newest"),
            models.Index(F("remote_type"), F("listed_at").desc(), F("id").desc(), name="job_remote_newest"),
            models.Index(fields=["first_seen_at"], name="job_first_seen"),
            models.Index(fields=["published_at"], name="job_published"),
            models.Index(fields=["source_job_id"], name="job_source_job_id"),
            models.Index(fields=["company", "first_seen_at"], name="job_company_first_seen"),
            models.Index(fields=["updated_at", "id"], name="job_changed"),
            GinIndex(fields=["search_vector"], name="job_search"),
            GinIndex(SearchVector("title", config="catalog_english"), name="job_title_words"),
            GinIndex(fields=["skill_ids"], name="job_skills"),
            GinIndex(fields=["places"], name="job_places"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="job_title_trigram"),
        ]

    def __str__(self) -> str:
        """Told apart from the same title at the same company: by place, date and id."""
        place = shorten(self.location_text, 60, placeholder="…") or "no place"
        return f"{self.title} at {self.company_name} ({place}, {self.listed_at:%Y-%m-%d}, id {self.pk})"

    def get_absolute_url(self) -> str:
        """Its page; the admin leads there as "View on site"."""
        return reverse("catalog:job", args=[self.pk])


class JobContent(models.Model):
    """What is long and only shown: the posting's cleaned text and everything that points into it."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="content")
    text = models.TextField(help_text="cleaned text; all offsets refer to it")
    job_summary = models.TextField(blank=True)
    key_functions_hired_for = ArrayField(models.TextField(), default=list, blank=True)
    skills_raw = ArrayField(models.TextField(), default=list, blank=True)
    tools_raw = ArrayField(models.TextField(), default=list, blank=True)
    highlights = StoredDocument(default=list, blank=True, help_text="[{label, text, start_char, end_char}]")
    evidence = StoredDocument(default=dict, blank=True, help_text="field -> {source, rule, tier, confidence, spans}")
    salary = models.JSONField(null=True, blank=True, help_text="{min, max, currency, period, ote} as stated")
    locations = models.JSONField(default=list, blank=True, help_text="[{city, state, country, region}]")
    notes = ArrayField(models.TextField(), default=list, blank=True)

    def __str__(self) -> str:
        return f"content of job {self.job_id}"


class Place(models.Model):
    """A way to write a place that jobs are in, for the typeahead. Written by counting (`catalog.suggest.counts`) only."""

    form = models.CharField(max_length=300, help_text="as somebody may type it: New York, NY; NYC")
    folded = models.CharField(max_length=300, help_text="as `fold_place` leaves it")
    name = models.CharField(max_length=300, help_text="what the filter `location` takes for it")
    kind = models.CharField(max_length=10, choices=PlaceKind)
    job_count = models.PositiveIntegerField(help_text="open jobs that the filter finds, when last counted")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["folded", "name"], name="place_identity")]
        indexes = [
            models.Index(OpClass(F("folded"), name="varchar_pattern_ops"), name="place_prefix"),
            GinIndex(OpClass(F("folded"), name="gin_trgm_ops"), name="place_trigram"),
            models.Index(F("job_count").desc(), F("form"), F("id"), name="place_most_jobs"),
        ]

    def __str__(self) -> str:
        return self.form
