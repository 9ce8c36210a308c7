"""Addresses of the catalogue's pages."""

from __future__ import annotations

from django.urls import path, re_path
from django.views.generic import RedirectView

from catalog.choices import SearchSubject
from catalog.pages import company_pages, compare_pages, job_pages, saved_pages, sentence_pages, signal_pages, skill_pages, suggest_views
from catalog.pages.feeds import SavedSearchFeed
from catalog.pages.signal_feed import SignalFeed

app_name = "catalog"

urlpatterns = [
    path("", job_pages.jobs, name="jobs"),
    path("jobs", RedirectView.as_view(pattern_name="catalog:jobs", query_string=True)),
    path("jobs/sentence", sentence_pages.sentence, {"subject": SearchSubject.JOBS}, name="sentence"),
    path("jobs/<int:job_id>", job_pages.job, name="job"),
    path("companies", company_pages.companies, name="companies"),
    path("companies/compare", compare_pages.compare, name="compare"),
    path("companies.csv", company_pages.companies_csv, name="companies_csv"),
    path("companies/sentence", sentence_pages.sentence, {"subject": SearchSubject.COMPANIES}, name="company_sentence"),
    path("companies/suggest", suggest_views.company_suggest, name="company_suggest"),
    path("companies/<int:company_id>", company_pages.company, name="company"),
    path("signals", signal_pages.signals, name="signals"),
    path("signals.atom", SignalFeed(), name="signals_feed"),
    path("signals.csv", signal_pages.signals_csv, name="signals_csv"),
    path("skills", skill_pages.skills, name="skills"),
    path("skills/<int:skill_id>", skill_pages.skill, name="skill"),
    path("skills/suggest", suggest_views.skill_suggest, name="skill_suggest"),
    path("places/suggest", suggest_views.place_suggest, name="place_suggest"),
    path("saved", saved_pages.saved, name="saved"),
    path("saved/new", saved_pages.saved_new, name="saved_new"),
    path("saved/<int:search_id>", saved_pages.saved_open, name="saved_open"),
    path("saved/<int:search_id>/rename", saved_pages.saved_rename, name="saved_rename"),
    path("saved/<int:search_id>/feed", saved_pages.saved_feed, name="saved_feed"),
    re_path(r"^feeds/(?P<token>[A-Za-z0-9_-]{43})\.atom$", SavedSearchFeed(), name="feed"),
    path("saved/<int:search_id>/delete", saved_pages.saved_delete, name="saved_delete"),
]
