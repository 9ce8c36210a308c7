"""The catalogue in the admin: jobs, companies and skills to look up; companies and the vocabulary to correct."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count as CountRows
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog import curation_admin  # noqa: F401 - registers its pages
from catalog.admin_as_shown import ComparedAsShown
from catalog.admin_refusals import RefusalsSaid
from catalog.admin_search import BoardTypeFilter, JobIdSearch, StateFilter, TierFilter, jobs_named
from catalog.models import (
    ChangeReader,
    Company,
    CompanyBoard,
    CompanySignal,
    DroppedSkill,
    Job,
    JobContent,
    JobSkill,
    Place,
    SavedSearch,
    Skill,
    SkillAlias,
)
from catalog.pages.correcting import correct_href, may_correct
from catalog.services import company_correct, signals_hold, skill_log_edit, skill_merge, skill_register_name, skill_state, skill_switch
from catalog.vocabulary.skills import fold


class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # Django's own classes take no parameters at run time
    """Takes PostgreSQL's estimate for a whole large table, whose exact count would cost more than the page itself."""

    EXACT_BELOW = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet) and not rows.query.where:
            with connection.cursor() as cursor:
                cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table])
                estimate = int(cursor.fetchone()[0])
            if estimate > self.EXACT_BELOW:
                return estimate
        return super().count


class LargeTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For tables with a row for every board, job and more.

    Nothing here can be deleted: publishing writes a posting again only when it changes, so that a job deleted by hand,
    or with its company, would be lost for good.
    """

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PublishedAdmin(LargeTableAdmin):
    """What publishing writes is looked at here, not edited: the next publication would undo it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CompanyBoardInline(admin.TabularInline):  # type: ignore[type-arg]
    """To look at: the jobs of a board that is given to another company by hand would stay with the first one."""

    model = CompanyBoard
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Company)
class CompanyAdmin(ComparedAsShown, RefusalsSaid, LargeTableAdmin):
    list_display = ("name", "domain", "board_count", "created_at")
    search_fields = ("name", "domain", "boards__source_key")
    readonly_fields = ("created_at",)
    inlines = (CompanyBoardInline,)
    ordering = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Publishing makes a company with the board that it publishes on, which nobody can give it by hand."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        companies: QuerySet[Company] = super().get_queryset(request)
        return companies.annotate(number_of_boards=CountRows("boards"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A name or domain changed by hand is a correction: publishing does not overwrite it, and the company's jobs show it."""
        by = request.user.get_username()
        for field in sorted({"name", "domain"} & set(form.changed_data)):
            company_correct(company=obj, field=field, value=form.cleaned_data[field], by=by, reason="changed in the admin")

    @admin.display(description="boards", ordering="number_of_boards")
    def board_count(self, company: Any) -> int:
        return int(company.number_of_boards)


@admin.register(CompanyBoard)
class CompanyBoardAdmin(PublishedAdmin):
    list_display = ("source_key", "source_type", "company")
    list_filter = ("source_type",)
    list_select_related = ("company",)
    search_fields = ("source_key", "company__name")


@admin.register(Job)
class JobAdmin(PublishedAdmin):
    list_display = (
        "title",
        "company_name",
        "state",
        "seniority_level",
        "job_function",
        "remote_type",
        "location_text",
        "tier",
        "listed_at",
    )
    list_filter = (
        StateFilter,
        "job_function",
        "seniority_level",
        "remote_type",
        "employment_type",
        BoardTypeFilter,
        TierFilter,
        "needs_tier2",
        "is_prospect",
    )
    search_fields = ("title", "company__name", "source_key", "=source_job_id", "id__exact")
    search_help_text = "one id, here or of the ATS; or words, each in the title, the company's name or its board's"
    ordering = ("-id",)
    exclude = ("search_vector", "skill_ids")
    readonly_fields = ("correct", "skills")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Job], search_term: str) -> tuple[QuerySet[Job], bool]:
        return jobs_named(queryset, search_term), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The way to a correction first, for who may correct: the rest of the page cannot be edited."""
        others = [name for name in super().get_fields(request, obj) if name != "correct"]
        return ["correct", *others] if may_correct(request.user) else others

    @admin.display(description="wrong facts")
    def correct(self, job: Job) -> SafeString:
        return format_html('<a href="{}">Correct</a> a fact of this job', correct_href(job))

    @admin.display(description="skills")
    def skills(self, job: Job) -> str:
        return ", ".join(Skill.objects.filter(pk__in=job.skill_ids).order_by("name").values_list("name", flat=True)) or "none"


@admin.register(JobContent)
class JobContentAdmin(JobIdSearch, PublishedAdmin):
    list_display = ("job", "job_summary")
    list_select_related = ("job",)
    ordering = ("-job_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobContent]:
        rows: QuerySet[JobContent] = super().get_queryset(request)
        listing = request.resolver_match is not None and request.resolver_match.url_name == "catalog_jobcontent_changelist"
        named = ("job__title", "job__company_name", "job__location_text", "job__listed_at")
        return rows.only("job_summary", *named) if listing else rows


@admin.register(JobSkill)
class JobSkillAdmin(JobIdSearch, PublishedAdmin):
    list_display = ("skill", "job", "surface", "section", "mentions")
    list_select_related = ("skill", "job")
    ordering = ("-id",)


@admin.register(DroppedSkill)
class DroppedSkillAdmin(PublishedAdmin):
    list_display = ("skill", "company", "seen_at")
    list_select_related = ("skill", "company")
    search_fields = ("company__name", "=skill__name")
    ordering = ("-id",)


@admin.register(CompanySignal)
class CompanySignalAdmin(PublishedAdmin):
    list_display = ("headline", "company", "reason", "start", "at", "is_over", "found_at")
    list_filter = ("reason", "start", "is_over")
    list_select_related = ("company",)
    search_fields = ("company__name", "=job__id")
    ordering = ("-at", "-id")
    raw_id_fields = ("company", "job", "skill")


@admin.register(ChangeReader)
class ChangeReaderAdmin(PublishedAdmin):
    list_display = ("name", "changed_at", "job_id")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Place)
class PlaceAdmin(PublishedAdmin):
    list_display = ("form", "name", "kind", "job_count")
    list_filter = ("kind",)
    search_fields = ("form", "folded")
    ordering = ("-job_count", "form", "id")


class SkillForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a name that stands for another skill."""

    class Meta:
        help_texts: ClassVar = {
            "is_active": "no longer looked for when off; jobs keep what was found. Skills are not deleted but switched off"
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        _refuse(name, _standing(name).exclude(skill_id=self.instance.pk or 0).first())
        return name


class SkillAliasForm(forms.ModelForm):  # type: ignore[type-arg]
    """Folds the form, and refuses one that stands for a skill already."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if form := self.cleaned_data.get("form"):
            self.instance.folded = fold(form)
            _refuse(form, _standing(form).exclude(pk=self.instance.pk or 0).first())
        return cleaned


def _standing(form: str) -> QuerySet[SkillAlias]:
    return SkillAlias.objects.filter(folded=fold(form)).select_related("skill")


def _refuse(form: str, standing: SkillAlias | None) -> None:
    if standing:
        raise ValidationError(f"{form!r} already stands for {standing.skill.name}")


class SkillAliasInline(ComparedAsShown, admin.TabularInline):  # type: ignore[type-arg]
    model = SkillAlias
    form = SkillAliasForm
    fields = ("form", "ambiguous")
    extra = 1


@admin.register(Skill)
class SkillAdmin(ComparedAsShown, RefusalsSaid):
    """Not to be deleted, only switched off: jobs hold the ids of skills, and the next import of a file would bring it back."""

    form = SkillForm
    list_display = ("name", "kind", "category", "domain", "job_count", "is_active", "is_curated")
    list_filter = ("kind", "is_active", "is_curated", "category")
    search_fields = ("name", "aliases__form", "domain")
    readonly_fields = ("job_count", "is_curated")
    inlines = (SkillAliasInline,)
    ordering = ("name",)

    actions = ("switch_off", "switch_on", "merge_into_most_frequent")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        signals_hold()
        form.state_before = skill_state(form.instance) if change else None
        return super().save_form(request, form, change)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Of a skill that is there, what the form has changed alone; the rest stays as another curator has left it since."""
        obj.save(update_fields=form.changed_data if change else None)
        obj.refresh_from_db()

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        skill_register_name(skill=form.instance)
        skill_log_edit(skill=form.instance, before=form.state_before, by=request.user.get_username())

    @admin.action(description="Switch off: look for them no longer", permissions=["change"])
    def switch_off(self, request: HttpRequest, skills: QuerySet[Skill]) -> None:
        for skill in skills:
            skill_switch(skill=skill, active=False, by=request.user.get_username())

    @admin.action(description="Switch on: look for them again", permissions=["change"])
    def switch_on(self, request: HttpRequest, skills: QuerySet[Skill]) -> None:
        for skill in skills:
            skill_switch(skill=skill, active=True, by=request.user.get_username())

    @admin.action(description="Merge into the one with the most jobs", permissions=["change"])
    def merge_into_most_frequent(self, request: HttpRequest, skills: QuerySet[Skill]) -> None:
        target, *others = skills.order_by("-is_active", "-job_count", "pk")
        if not others:
            self.message_user(request, "Choose two or more skills to merge.", messages.WARNING)
        for skill in others:
            skill_merge(source=skill, target=target, by=request.user.get_username())
        for skill in others:  # once no merge can be refused any more, which takes back all of them
            self.message_user(request, f"{skill} is now a way to write {target}", messages.SUCCESS)


@admin.register(SkillAlias)
class SkillAliasAdmin(PublishedAdmin):
    """To look up what a form stands for. It is changed on the page of its skill, which logs that and keeps it from imports."""

    list_display = ("form", "skill", "ambiguous")
    list_filter = ("ambiguous",)
    list_select_related = ("skill",)
    search_fields = ("form", "skill__name")
    ordering = ("folded",)


@admin.register(SavedSearch)
class SavedSearchAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whose searches are kept here; made and renamed on the pages, where they are checked. They can be deleted."""

    list_display = ("name", "user", "subject", "query", "created_at", "looked_at")
    list_filter = ("subject",)
    list_select_related = ("user",)
    search_fields = ("name", "query", "user__username")
    ordering = ("-created_at", "-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
