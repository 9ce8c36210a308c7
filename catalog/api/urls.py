"""Paths of the catalogue's API, below /api/v1. No trailing slashes."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from catalog.api.companies import CompanyDetail, CompanyList
from catalog.api.export import JobExport
from catalog.api.saved import SavedSearchDetail, SavedSearchList
from catalog.api.sentence import SentenceRead
from catalog.api.signals import SignalList
from catalog.api.skills import SkillDetail, SkillList
from catalog.api.suggest import CompanySuggest, PlaceSuggest, SkillSuggest
from catalog.api.views import JobDetail, JobList


class RowIdConverter(IntConverter):
    """A row id: PostgreSQL's bigint has at most 19 digits, longer numbers are no ids."""

    regex = "[0-9]{1,18}"


register_converter(RowIdConverter, "row_id")

urlpatterns = [
    path("jobs", JobList.as_view(), name="jobs"),
    path("jobs/sentence", SentenceRead.as_view(), name="jobs-sentence"),
    path("jobs/export", JobExport.as_view(), name="jobs-export"),
    path("jobs/<row_id:job_id>", JobDetail.as_view(), name="job"),
    path("companies", CompanyList.as_view(), name="companies"),
    path("companies/<row_id:company_id>", CompanyDetail.as_view(), name="company"),
    path("companies/suggest", CompanySuggest.as_view(), name="companies-suggest"),
    path("places/suggest", PlaceSuggest.as_view(), name="places-suggest"),
    path("saved_searches", SavedSearchList.as_view(), name="saved-searches"),
    path("saved_searches/<row_id:search_id>", SavedSearchDetail.as_view(), name="saved-search"),
    path("signals", SignalList.as_view(), name="signals"),
    path("skills", SkillList.as_view(), name="skills"),
    path("skills/<row_id:skill_id>", SkillDetail.as_view(), name="skill"),
    path("skills/suggest", SkillSuggest.as_view(), name="skills-suggest"),
]
