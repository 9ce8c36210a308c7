"""Addresses of the catalogue's pages."""

from __future__ import annotations

from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("jobs/<int:job_id>", views.job, name="job"),
    path("skills/suggest", views.skill_suggest, name="skill_suggest"),
]
