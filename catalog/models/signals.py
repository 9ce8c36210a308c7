"""What companies' jobs tell, and how far upkeep of it has come."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalog.choices import JobFunction
from catalog.models.companies import Company
from catalog.models.jobs import Job
from catalog.models.skills import Skill


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
