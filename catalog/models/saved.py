"""What users keep."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from catalog.choices import SearchSubject


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
