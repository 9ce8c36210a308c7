"""Tables of the catalogue: companies, jobs, skills. Written by `catalog.services` only (and by curators in the admin).

A Job is read in two ways: by the thousand, to filter, count and sort, and one at a time, to be shown. What the first
way needs is in `Job`, which stays narrow; what is long and only shown is in `JobContent`. The search vector belongs to
`Job`, so that one bitmap joins it with the other filters, but its bytes are kept out of line (see the first migration).
"""

from __future__ import annotations

from textwrap import shorten

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse
from django.utils import timezone

from catalog.choices import EmploymentType, JobFunction, JobState, PlaceKind, RemoteType, SearchSubject, Seniority, SkillKind, TermVerdict
from catalog.querysets import AGENCY_NAMES, JobQuerySet, SkillQuerySet
from catalog.stored_document import StoredDocument

# Short columns that most filters are on, and those that orders need.
WALKED = ("comp_usd", "company", "job_function", "seniority_level", "remote_type", "employment_type", "location_country", "posted_at")


def _beside(column: str) -> tuple[str, ...]:
    """What an index that begins with one of them holds of the others."""
    return (*(name for name in WALKED if name != column), "state")


class Company(models.Model):
    """An employer. Its identity is its web domain when known, else the board that it publishes on."""

    name = models.CharField(max_length=300)
    domain = models.CharField(max_length=253, null=True, blank=True, help_text="web domain without www, lower case")
    created_at = models.DateTimeField(default=timezone.now)
    job_count = models.PositiveIntegerField(default=0, editable=False, help_text="open jobs when last counted; ranks the typeahead")

    class Meta:
        verbose_name_plural = "companies"
        constraints = [models.UniqueConstraint(fields=["domain"], name="company_domain")]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="company_name_trigram"),
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="company_name_prefix"),
            models.Index(OpClass(F("domain"), name="varchar_pattern_ops"), name="company_domain_prefix"),
            models.Index(F("job_count").desc(), F("name"), F("id"), name="company_most_jobs"),
            models.Index(fields=["id"], condition=Q(name__iregex=AGENCY_NAMES), name="company_agency"),
        ]

    def __str__(self) -> str:
        return self.name


class CompanyBoard(models.Model):
    """A board at an ATS and the company that publishes there."""

    source_type = models.CharField(max_length=40)
    source_key = models.CharField(max_length=200)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="boards")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_type", "source_key"], name="companyboard_identity")]

    def __str__(self) -> str:
        return f"{self.source_type}/{self.source_key}"


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


class Skill(models.Model):
    """A canonical skill or tool of the vocabulary."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=SkillKind)
    category = models.CharField(max_length=60)
    domain = models.CharField(max_length=253, blank=True, help_text="the vendor's web domain")
    is_active = models.BooleanField(default=True, help_text="off = no longer looked for; jobs keep what was found")
    is_curated = models.BooleanField(default=False, help_text="changed by a curator: no import of a file touches it any more")
    job_count = models.PositiveIntegerField(default=0, editable=False, help_text="jobs with it when last counted; ranks the typeahead")

    objects = SkillQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="skill_name")]
        indexes = [models.Index(fields=["category"], name="skill_category")]

    def __str__(self) -> str:
        return self.name


class SkillAlias(models.Model):
    """A way to write a skill. The skill's own name stands here too, so that no form can mean two skills."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="aliases")
    form = models.CharField(max_length=100, help_text="as written")
    folded = models.CharField(max_length=100, editable=False, help_text="case folded")
    ambiguous = models.BooleanField(default=False, help_text="also an ordinary word: it needs exact case and context")

    class Meta:
        verbose_name_plural = "skill aliases"
        constraints = [models.UniqueConstraint(fields=["folded"], name="skillalias_folded")]
        indexes = [
            models.Index(OpClass(F("folded"), name="varchar_pattern_ops"), name="skillalias_prefix"),
            GinIndex(OpClass(F("folded"), name="gin_trgm_ops"), name="skillalias_trigram"),
        ]

    def __str__(self) -> str:
        return self.form


class Place(models.Model):
    """A way to write a place that jobs are in, for the typeahead. Written by counting (`catalog.suggestion_counts`) only."""

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


class JobSkill(models.Model):
    """A skill of a job and where it was first seen; offsets count in the job's cleaned text, null = title only.

    No foreign keys in the database: only publishing writes here, in the transaction that locks the job, and checking
    two keys for each of a dozen skills would cost a tenth of all publishing.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="job_skills", db_index=False, db_constraint=False)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="job_skills", db_constraint=False)
    surface = models.CharField(max_length=200, help_text="as written in the posting")
    section = models.CharField(max_length=40, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    mentions = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "skill"], name="jobskill_identity"),
            models.CheckConstraint(condition=Q(start__isnull=True, end__isnull=True) | Q(start__lt=F("end")), name="jobskill_span"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} in job {self.job_id}"


class DroppedSkill(models.Model):
    """A skill that a job of the company named once, until its posting was edited; `JobSkill` has the newest version alone.

    Without it the company would count as new to a skill that it had asked for before (`catalog.companies.hiring_starts`).
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="dropped_skills", db_index=False)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(help_text="the first sign of a job that named it: first seen, or posted when that is earlier")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "skill"], name="droppedskill_identity")]

    def __str__(self) -> str:
        return f"{self.skill_id} of company {self.company_id}"


class CompanySignal(models.Model):
    """Something that a company's jobs tell at one moment, by the rules of `catalog.companies.hiring_signals`, which have its words.

    Function and country are those of the job that shows it, held here so that a list filters in one index.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="signals", db_index=False)
    reason = models.CharField(max_length=20, help_text="the rule's code")
    subject = models.CharField(max_length=40, blank=True, help_text="what is new: a skill's id, a function, a country")
    headline = models.CharField(max_length=300)
    at = models.DateTimeField(help_text="the moment that it speaks of")
    start = models.CharField(max_length=10, help_text="certain, or likely by posting dates")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="signals")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    job_function = models.CharField(max_length=20, choices=JobFunction)
    location_country = models.CharField(max_length=2, null=True, blank=True)
    figures = models.JSONField(default=dict, blank=True, help_text="what was counted")
    is_over = models.BooleanField(default=False, help_text="no job that shows it is open any more")
    found_at = models.DateTimeField(default=timezone.now, help_text="when it was written here first")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "reason", "subject", "job"], name="companysignal_identity")]
        indexes = [
            models.Index(
                F("at").desc(),
                F("id").desc(),
                name="companysignal_newest",
                include=["reason", "start", "company", "skill", "job_function", "location_country"],
            ),
            models.Index(F("reason"), F("at").desc(), F("id").desc(), name="companysignal_reason"),
            models.Index(F("found_at").desc(), F("id").desc(), name="companysignal_found"),
            models.Index(F("skill"), F("at").desc(), F("id").desc(), name="companysignal_skill", condition=Q(skill__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def job_title(self) -> str:
        return self.job.title


class ChangeReader(models.Model):
    """How far somebody has come who follows the changes of jobs (`catalog.changes`); its row is the lock that lets one work at a time."""

    name = models.CharField(max_length=40)
    changed_at = models.DateTimeField(help_text="`updated_at` of the last change that it has seen")
    job_id = models.BigIntegerField(default=0, help_text="the job of that change")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="changereader_name")]

    def __str__(self) -> str:
        return self.name


class UnknownTerm(models.Model):
    """What looks like the name of a skill or tool and is not in the vocabulary, waiting for a curator's verdict."""

    form = models.CharField(max_length=100, help_text="as most postings write it")
    folded = models.CharField(max_length=100, editable=False, help_text="case folded")
    posting_count = models.PositiveIntegerField(default=0, editable=False, help_text="postings that name it, when last counted")
    company_count = models.PositiveIntegerField(default=0, editable=False, help_text="companies that name it, when last counted")
    examples = models.JSONField(default=list, editable=False, help_text="[{job_id, before, form, after}], each of another company")
    verdict = models.CharField(max_length=10, choices=TermVerdict, default=TermVerdict.OPEN, editable=False)
    skill = models.ForeignKey(Skill, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    decided_by = models.CharField(max_length=150, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["folded"], name="unknownterm_folded")]
        indexes = [models.Index(F("verdict"), F("posting_count").desc(), name="unknownterm_queue")]

    def __str__(self) -> str:
        return self.form


class FieldCorrection(models.Model):
    """A curator's value for one field of a job or of a company; publishing applies it last."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, blank=True, related_name="corrections")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, blank=True, related_name="corrections")
    field = models.CharField(max_length=40)
    value = models.JSONField(null=True)
    extracted = models.JSONField(default=dict, editable=False, help_text="what the newest extraction says, which it replaces")
    reason = models.CharField(max_length=500, blank=True)
    corrected_by = models.CharField(max_length=150, editable=False)
    corrected_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "field"], name="fieldcorrection_job"),
            models.UniqueConstraint(fields=["company", "field"], name="fieldcorrection_company"),
            models.CheckConstraint(condition=Q(job__isnull=True) ^ Q(company__isnull=True), name="fieldcorrection_one_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {'company' if self.job_id is None else 'job'} {self.job_id or self.company_id}"


class CurationChange(models.Model):
    """One entry of the curators' change log. Never changed, never deleted."""

    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=150)
    subject = models.CharField(max_length=40, help_text="job, company, skill or unknownterm")
    subject_id = models.BigIntegerField()
    label = models.CharField(max_length=300, help_text="what the subject was called then")
    action = models.CharField(max_length=60)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(F("subject"), F("subject_id"), F("changed_at").desc(), name="curationchange_subject")]

    def __str__(self) -> str:
        return f"{self.action}: {self.label}"


class SavedSearch(models.Model):
    """A search that a user keeps under a name, to come back to and to see what is new in it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=200)
    subject = models.CharField(max_length=10, choices=SearchSubject, default=SearchSubject.JOBS)
    query = models.TextField(blank=True, help_text="the filters as in an address, in their canonical form")
    created_at = models.DateTimeField(default=timezone.now)
    looked_at = models.DateTimeField(help_text="jobs published then or later are new")
    feed_token = models.CharField(
        max_length=43, unique=True, null=True, editable=False, help_text="the secret in the address of its feed; null: it has none"
    )

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="savedsearch_name")]
        indexes = [models.Index(F("user"), F("created_at").desc(), F("id").desc(), name="savedsearch_newest")]

    def __str__(self) -> str:
        return self.name
