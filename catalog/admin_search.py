"""How the admin finds its way in tables of a million rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from catalog.choices import JobState
from catalog.models import Company, CompanyBoard, Job

MOST_COMPANIES = 1_000
_MOST_WORDS = 5  # each asks for companies, too
_ID_LENGTH = 18


class ChoiceFilter(admin.SimpleListFilter):
    """Offers what is named here. Django's own filter reads the whole table to find all values that there are."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        offered = {value for value, _ in self.lookup_choices}
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() in offered else queryset


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in JobState.choices]


class TierFilter(ChoiceFilter):
    title = parameter_name = "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("0", "0: rules"), ("1", "1: local model"), ("2", "2: paid model")]


class BoardTypeFilter(ChoiceFilter):
    title = "ATS"
    parameter_name = "source_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = CompanyBoard.objects.order_by("source_type").values_list("source_type", flat=True).distinct()
        return [(kind, kind) for kind in kinds]


def jobs_named(jobs: QuerySet[Job], typed: str) -> QuerySet[Job]:
    """Jobs with the first of these words, up to five, each in the title, the company's name or its board, or as an id.

    Of companies with a word MOST_COMPANIES at most, and as ids: with a join inside of the "or", every job would be read. The ATS's own
    ids stand in no index; only what could be one, with a digit in it, is looked for among them.
    """
    for word in typed.replace("\0", "").split()[:_MOST_WORDS]:
        jobs = jobs.filter(_named(word))
    return jobs


def _named(word: str) -> Q:
    called = Company.objects.filter(Q(name__icontains=word) | Q(boards__source_key__icontains=word))
    found = Q(title__icontains=word) | Q(company__in=list(called.values_list("pk", flat=True).distinct()[:MOST_COMPANIES]))
    if any(letter.isdigit() for letter in word):
        found |= Q(source_job_id=word)
    if (pk := _id(word)) is not None:
        found |= Q(pk=pk)
    return found


class JobIdSearch(admin.ModelAdmin):  # type: ignore[type-arg]
    """For what belongs to a job: found by the job's id alone. Django's own search compares ids as texts, which no index holds."""

    search_fields = ("job",)
    search_help_text = "id of the job"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        pk = _id(typed)
        return queryset.none() if pk is None else queryset.filter(job=pk), False


def _id(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _ID_LENGTH else None
