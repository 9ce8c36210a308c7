"""Admin pages of extraction: results and their queue to look at, dead letters to retry. Rows come from services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from extraction.models import CurrentExtraction, Experiment, Extraction, LLMCall, PendingExtraction
from extraction.services import dead_retry


class LookOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """No adding, changing or deleting by hand: the tables are large and belong to the services."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Extraction)
class ExtractionAdmin(LookOnlyAdmin):
    list_display = ("id", "posting_id", "tier", "provider", "model", "confidence", "needs_tier2", "cost_usd", "created_at")
    list_filter = ("tier", "provider", "needs_tier2", "schema_version")
    search_fields = ("=posting_id", "=run_id", "=content_hash")
    search_help_text = "posting id, run id or content hash"


@admin.register(CurrentExtraction)
class CurrentExtractionAdmin(LookOnlyAdmin):
    list_display = ("posting_id", "extraction_id", "tier", "published_at")
    list_filter = ("tier",)
    list_select_related = False
    search_fields = ("=posting_id",)
    search_help_text = "posting id"


@admin.register(PendingExtraction)
class PendingExtractionAdmin(LookOnlyAdmin):
    list_display = ("posting_id", "tier", "state", "attempts", "error", "lease_until", "created_at")
    list_filter = ("state", "tier")
    search_fields = ("=posting_id", "error")
    search_help_text = "posting id, or words of the error"
    actions = ("retry",)

    @admin.action(description="Try the chosen dead letters again", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[PendingExtraction]) -> None:
        count = dead_retry(posting_ids=list(queryset.values_list("posting_id", flat=True)))
        self.message_user(request, f"{count:,} postings wait for extraction again", messages.SUCCESS)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Staff who may change the queue; the rows themselves stay as services wrote them."""
        return request.user.has_perm("extraction.change_pendingextraction")


@admin.register(LLMCall)
class LLMCallAdmin(LookOnlyAdmin):
    list_display = ("id", "started_at", "provider", "model", "purpose", "state", "tokens_in", "tokens_out", "cost_usd")
    list_filter = ("state", "purpose", "provider")
    search_fields = ("=run_id", "=batch_id", "=prompt_hash", "error")
    search_help_text = "run or experiment id, batch, hash of the prompt, or words of the error"


@admin.register(Experiment)
class ExperimentAdmin(LookOnlyAdmin):
    list_display = ("id", "created_at", "provider", "model", "prompt_version", "tier", "sample", "state", "by")
    list_filter = ("state", "provider")
    search_fields = ("=id", "model", "prompt_version")
    search_help_text = "id, model or version"
