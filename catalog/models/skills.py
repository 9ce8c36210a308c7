"""The vocabulary, and what jobs name of it."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from catalog.choices import SkillKind
from catalog.models.companies import Company
from catalog.models.jobs import Job
from catalog.querysets import SkillQuerySet


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
