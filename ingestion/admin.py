"""Admin pages. What only services may write is read-only here; operators act through actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from ingestion.admin_filters import RecentValuesFilter
from ingestion.errors import RunStateError
from ingestion.models import (
    BadPayload,
    CrawlProgress,
    DeadLetter,
    FrontierUrl,
    OutboundRequest,
    PostingAbsence,
    PostingSeen,
    PostingVersion,
    RawObject,
    RawPosting,
    Run,
    RunEvent,
    RunStage,
    Sighting,
    Source,
)
from ingestion.services import (
    dead_letter_prune,
    dead_letters_retry,
    run_cancel,
    run_pause,
    run_resume,
    run_retry,
    source_check,
    source_pause,
    source_resume,
)
from ingestion.services.versions import posting_absences, posting_history


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that can be looked at and searched; its rows come from services."""

    show_full_result_count = False
    list_per_page = 50
    computed_fields: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """For the actions: whoever has the permission to change such rows may ask the services to."""
        return super().has_change_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*(field.name for field in self.model._meta.fields), *self.computed_fields]


class SightingInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Sighting
    extra = 0
    can_delete = False
    fields = readonly_fields = ("method", "crawl", "capture_url", "captured_at", "seen_at", "is_first")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "company_name", "state", "state_reason", "open_postings", "last_read_at", "next_check_at", "mark")
    list_filter = ("source_type", "state", "mark", "discovered_by", "region")
    search_fields = ("source_key", "company_name", "state_reason")
    inlines = (SightingInline,)
    actions = ("check_now", "pause", "resume")

    @admin.action(description="Check now, even when the 7 days of rest are not over", permissions=["operate"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        count = source_check(source_ids=_ids(queryset))
        messages.success(request, f"{count} sources are due now; the next fetch reads them.")

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        messages.success(request, f"{source_pause(source_ids=_ids(queryset))} sources paused.")

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        messages.success(request, f"{source_resume(source_ids=_ids(queryset))} sources resumed and due now.")


@admin.register(RawPosting)
class RawPostingAdmin(ReadOnlyAdmin):
    list_display = ("title", "source", "source_job_id", "location", "is_prospect", "posted_at", "changed_at", "missing_since", "closed_at")
    list_filter = ("source__source_type", "is_prospect", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("source",)
    search_fields = ("title", "source_job_id", "source__source_key", "source__company_name")
    computed_fields = ("history",)

    @admin.display(description="what changed, and when")
    def history(self, posting: RawPosting) -> str:
        return render_to_string(
            "ingestion/_posting_history.html", {"steps": posting_history(posting), "absences": posting_absences(posting)}
        )


@admin.register(PostingVersion)
class PostingVersionAdmin(ReadOnlyAdmin):
    list_display = ("posting", "valid_from", "valid_until", "raw_object", "raw_index")
    list_select_related = ("posting",)
    search_fields = ("posting__title", "posting__source_job_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PostingVersion]:
        """Joined, a version whose raw object has no row would not be shown."""
        return super().get_queryset(request).prefetch_related("raw_object")


@admin.register(PostingAbsence)
class PostingAbsenceAdmin(ReadOnlyAdmin):
    list_display = ("posting", "closed_at", "reopened_at")
    list_select_related = ("posting",)
    search_fields = ("posting__title", "posting__source_job_id")


class RunEventInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RunEvent
    extra = 0
    can_delete = False
    fields = readonly_fields = ("at", "action", "state", "by", "reason")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "state", "progress", "message", "created_at", "started_at", "ended_at")
    list_filter = ("kind", "state")
    search_fields = ("id", "trace_id", "message")
    actions = ("pause", "resume", "cancel", "retry")
    inlines = (RunEventInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).prefetch_related("stages")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "target": settings.TARGET_JOB_COUNT})

    def view_on_site(self, obj: Run) -> str:
        """The page with live progress and the buttons."""
        return reverse("ingestion:run", args=[obj.pk])

    @admin.display(description="progress")
    def progress(self, run: Run) -> str:
        return "; ".join(str(stage) for stage in run.stages.all())

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._move(request, queryset, run_pause)

    @admin.action(description="Resume (also what failed)", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._move(request, queryset, run_resume)

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._move(request, queryset, run_cancel)

    @admin.action(description="Retry: read again what the run gave up", permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._move(request, queryset, run_retry)

    def _move(self, request: HttpRequest, queryset: QuerySet[Run], move: Callable[..., Any]) -> None:
        for run in queryset:
            try:
                move(run_id=run.pk, by=request.user.get_username(), reason="in the admin")
            except RunStateError as error:
                messages.error(request, f"{run}: {error}. {error.hint}")
            else:
                messages.success(request, f"{run.kind} {str(run.pk)[:8]} is {Run.objects.get(pk=run.pk).state}.")


@admin.register(RunEvent)
class RunEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "run", "action", "state", "by", "reason")
    list_filter = ("action", "state")
    list_select_related = ("run",)
    search_fields = ("run__id", "by", "reason")
    ordering = ("-id",)


@admin.register(RunStage)
class RunStageAdmin(ReadOnlyAdmin):
    list_display = ("run", "name", "done", "failed", "total", "unit", "counts", "started_at", "ended_at")
    list_filter = ("name",)
    list_select_related = ("run",)
    search_fields = ("run__id",)


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = ("source", "kind", "message", "attempts", "status", "created_at", "updated_at", "resolution")
    list_filter = ("kind", "resolution", "source__source_type")
    list_select_related = ("source",)
    search_fields = ("source__source_key", "message", "url")
    actions = ("retry", "prune")

    @admin.action(description="Retry: read the source again now", permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        ids = _ids(queryset)
        messages.success(request, f"{dead_letters_retry(letter_ids=ids)} sources are due again.")
        if paused := DeadLetter.objects.waiting().filter(pk__in=ids).count():
            messages.warning(request, f"{paused} dead letters go on waiting: their boards are paused. Resume them first.")

    @admin.action(description="Prune: close without another attempt", permissions=["operate"])
    def prune(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        messages.success(request, f"{dead_letter_prune(letter_ids=_ids(queryset))} dead letters closed.")


@admin.register(OutboundRequest)
class OutboundRequestAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "host", "purpose", "source", "status", "attempt", "scheduled_wait_ms", "bytes", "forced", "error")
    list_filter = (("purpose", RecentValuesFilter), ("status", RecentValuesFilter), "forced", ("host", RecentValuesFilter))
    list_select_related = ("source",)
    search_fields = ("url", "source__source_key", "run_id")
    ordering = ("-id",)


@admin.register(Sighting)
class SightingAdmin(ReadOnlyAdmin):
    list_display = ("source", "method", "crawl", "captured_at", "seen_at", "is_first")
    list_filter = ("method", "crawl", "is_first")
    list_select_related = ("source",)
    search_fields = ("source__source_key", "capture_url")


@admin.register(CrawlProgress)
class CrawlProgressAdmin(ReadOnlyAdmin):
    list_display = ("crawl", "pattern", "index_url", "next_page", "pages", "captures", "tokens", "updated_at", "finished_at")
    list_filter = ("index_url", "crawl")
    search_fields = ("pattern",)


@admin.register(FrontierUrl)
class FrontierUrlAdmin(ReadOnlyAdmin):
    list_display = ("url", "source", "source_job_id", "captured_at", "seen_at", "visited_at")
    list_filter = (("source", admin.EmptyFieldListFilter), "source__source_type")
    list_select_related = ("source",)
    search_fields = ("url",)


@admin.register(RawObject)
class RawObjectAdmin(ReadOnlyAdmin):
    list_display = ("sha256", "size", "stored_size", "received_at", "damaged_at")
    search_fields = ("sha256",)


@admin.register(BadPayload)
class BadPayloadAdmin(ReadOnlyAdmin):
    list_display = ("source", "raw_index", "source_job_id", "message", "created_at")
    list_select_related = ("source",)
    search_fields = ("source__source_key", "message", "source_job_id")


@admin.register(PostingSeen)
class PostingSeenAdmin(ReadOnlyAdmin):
    list_display = ("posting", "last_seen_at")
    list_select_related = ("posting",)
    search_fields = ("posting__title", "posting__source_job_id")


def _ids(queryset: QuerySet[Any]) -> list[int]:
    return list(queryset.values_list("pk", flat=True))
