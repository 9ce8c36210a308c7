"""Paths of ingestion's API, below /api/v1. No trailing slashes."""

from __future__ import annotations

from django.urls import path

from ingestion.api import views

urlpatterns = [
    path("runs", views.RunList.as_view(), name="runs"),
    path("runs/<uuid:run_id>", views.RunDetail.as_view(), name="run"),
    path("runs/<uuid:run_id>/pause", views.RunPause.as_view(), name="run-pause"),
    path("runs/<uuid:run_id>/resume", views.RunResume.as_view(), name="run-resume"),
    path("runs/<uuid:run_id>/cancel", views.RunCancel.as_view(), name="run-cancel"),
    path("runs/<uuid:run_id>/retry", views.RunRetry.as_view(), name="run-retry"),
]
