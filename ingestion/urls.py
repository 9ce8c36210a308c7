"""Addresses of ingestion's pages."""

from __future__ import annotations

from django.urls import path

from ingestion import politeness_pages, views

app_name = "ingestion"

urlpatterns = [
    path("runs", views.runs, name="runs"),
    path("runs/<uuid:run_id>", views.run, name="run"),
    path("runs/<uuid:run_id>/control", views.run_control, name="run-control"),
    path("politeness", politeness_pages.politeness, name="politeness"),
]
