"""Addresses of ingestion's pages."""

from __future__ import annotations

from django.urls import path

from ingestion.pages import politeness_pages, source_pages
from ingestion.pages import run_pages as views

app_name = "ingestion"

urlpatterns = [
    path("sources", source_pages.sources, name="sources"),
    path("sources/add", source_pages.source_add, name="source-add"),
    path("sources/crawls", source_pages.crawls, name="crawls"),
    path("sources/<str:source_type>/<str:source_key>", source_pages.source, name="source"),
    path("runs", views.runs, name="runs"),
    path("runs/<uuid:run_id>", views.run, name="run"),
    path("politeness", politeness_pages.politeness, name="politeness"),
    path("runs/<uuid:run_id>/control", views.run_control, name="run-control"),
]
