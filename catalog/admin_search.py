"""How the admin finds its way in tables of a million rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest

from catalog.choices import JobState
from catalog.models import Company, CompanyBoard, Job
from catalog.row_ids import row_id

MOST_COMPANIES = 1_000
_MOST_WORDS = 5


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
    """The job with this id, here or at its ATS; else jobs with the first of these words, up to five.

    Each word stands in the title, the company's name or its board's. Companies are looked up before: with a join inside of the "or",
    every job would be read.
    """
    words = typed.replace("\0", "").replace('"', " ").split()[:_MOST_WORDS]
    if len(words) == 1 and Job.objects.filter(by_id := _with_id(words[0])).exists():
        return jobs.filter(by_id)
    for word, companies in zip(words, _companies_called(words), strict=True):
        jobs = jobs.filter(Q(title__icontains=word) | Q(company__in=companies))
    return jobs


def _companies_called(words: Sequence[str]) -> Sequence[Sequence[int]]:
    """For each word ids of companies with it. Those with most of the words are looked at, then those with most jobs: MOST_COMPANIES."""
    if not words:
        return []
    has = {f"has_{n}": Case(When(_called(word), then=1), default=0) for n, word in enumerate(words)}
    found = Company.objects.annotate(**has).annotate(words=reduce(add, map(F, has))).filter(words__gt=0)
    rows = list(found.order_by("-words", "-job_count", "pk").values_list("pk", *has)[:MOST_COMPANIES])
    return [[row[0] for row in rows if row[n]] for n in range(1, len(words) + 1)]


def _called(word: str) -> Q:
    return Q(name__icontains=word) | Q(pk__in=CompanyBoard.objects.filter(source_key__icontains=word).values("company"))


def _with_id(word: str) -> Q:
    at_its_ats, pk = Q(source_job_id=word), row_id(word)
    return at_its_ats if pk is None else at_its_ats | Q(pk=pk)


class JobIdSearch(admin.ModelAdmin):  # type: ignore[type-arg]
    """For what belongs to a job: found by the job's id alone. Django's own search compares ids as texts, which no index holds."""

    search_fields = ("job",)
    search_help_text = "id of the job"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        pk = row_id(typed)
        return queryset.none() if pk is None else queryset.filter(job=pk), False
