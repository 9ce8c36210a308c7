"""Employers and the boards that they publish on."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from catalog.querysets import AGENCY_NAMES, CompanyQuerySet


class Company(models.Model):
    """An employer. Its identity is its web domain when known, else the board that it publishes on."""

    name = models.CharField(max_length=300)
    domain = models.CharField(max_length=253, null=True, blank=True, help_text="web domain without www, lower case")
    created_at = models.DateTimeField(default=timezone.now)
    job_count = models.PositiveIntegerField(default=0, editable=False, help_text="open jobs when last counted; ranks the typeahead")

    objects = CompanyQuerySet.as_manager()

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
