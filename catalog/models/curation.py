"""What waits for curators and what they have decided."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalog.choices import TermVerdict
from catalog.models.companies import Company
from catalog.models.jobs import Job
from catalog.models.skills import Skill


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
