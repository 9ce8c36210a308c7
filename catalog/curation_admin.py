"""Curation in the admin: unknown terms to decide on, corrections of jobs and companies, the change log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.admin_refusals import RefusalsSaid
from catalog.choices import TermVerdict
from catalog.curation.correction_form import CorrectionForm
from catalog.curation.corrections import field_standing
from catalog.curation.verdict_form import VerdictForm
from catalog.models import Company, CurationChange, FieldCorrection, Job, UnknownTerm
from catalog.row_ids import row_id
from catalog.services import correction_withdraw, term_reject


@admin.register(UnknownTerm)
class UnknownTermAdmin(RefusalsSaid):
    """The queue, most frequent first. `manage.py skills terms` fills it."""

    form = VerdictForm
    list_display = ("form", "posting_count", "company_count", "verdict", "first_example", "decided_by")
    list_filter = ("verdict",)
    search_fields = ("form", "folded")
    ordering = ("-posting_count", "form")
    readonly_fields = ("form", "posting_count", "company_count", "seen_in", "verdict", "skill", "decided_by", "decided_at")
    actions = ("reject",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.decide(by=request.user.get_username())

    @admin.display(description="for example")
    def first_example(self, term: UnknownTerm) -> SafeString:
        return _example(term.examples[0]) if term.examples else SafeString("")

    @admin.display(description="seen in")
    def seen_in(self, term: UnknownTerm) -> SafeString:
        places = ((_example(e), reverse("catalog:job", args=[e["job_id"]])) for e in term.examples)
        return format_html_join("", '<p>{} <a href="{}">job</a></p>', places)

    @admin.action(description="Reject: these are no skills", permissions=["change"])
    def reject(self, request: HttpRequest, terms: QuerySet[UnknownTerm]) -> None:
        chosen = list(terms.filter(verdict=TermVerdict.OPEN).order_by("pk"))  # so that two who reject do not wait for each other
        for term in chosen:
            term_reject(term=term, by=request.user.get_username())
        self.message_user(request, f"{len(chosen)} terms rejected", messages.SUCCESS)


def _example(example: dict[str, str]) -> SafeString:
    return format_html("{}<mark>{}</mark>{}", example["before"], example["form"], example["after"])


@admin.register(FieldCorrection)
class FieldCorrectionAdmin(RefusalsSaid):
    form = CorrectionForm
    list_display = ("subject", "field", "value", "reason", "corrected_by", "corrected_at")
    list_filter = ("field", "corrected_by")
    list_select_related = ("job", "company")
    search_fields = ("job__title", "job__company_name", "company__name", "=job__id")
    autocomplete_fields = ("job", "company")
    ordering = ("-corrected_at",)

    @admin.display(description="of")
    def subject(self, correction: FieldCorrection) -> Job | Company | None:
        return correction.job or correction.company

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address names (`?job=12&field=seniority_level`), and the value that stands there now."""
        asked: dict[str, Any] = super().get_changeform_initial_data(request)
        initial = {name: value for name, value in asked.items() if name not in ("job", "company") or row_id(value) is not None}
        return {"value": field_standing(initial)} | initial

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("job", "company", "field") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A correction of a correction is a new one for the same field."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.correct(by=request.user.get_username()).pk

    def delete_model(self, request: HttpRequest, obj: FieldCorrection) -> None:
        correction_withdraw(correction=obj, by=request.user.get_username())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FieldCorrection]) -> None:
        """In one order, companies before their jobs as publishing takes them: two who withdraw do not wait for each other."""
        for correction in queryset.order_by("company_id", "job__posting_id", "pk"):
            correction_withdraw(correction=correction, by=request.user.get_username())


@admin.register(CurationChange)
class CurationChangeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read only: the log is written by the services, in the transaction of what it tells."""

    list_display = ("changed_at", "changed_by", "subject", "label", "action", "before", "after")
    list_filter = ("subject", "action", "changed_by")
    search_fields = ("label", "changed_by")
    date_hierarchy = "changed_at"
    ordering = ("-changed_at", "-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
