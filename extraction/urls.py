"""Addresses of extraction's pages."""

from __future__ import annotations

from django.urls import path

from extraction.pages import cost_page, experiment_pages, quality_page

app_name = "extraction"

urlpatterns = [
    path("cost", cost_page.cost, name="cost"),
    path("experiments", experiment_pages.experiments, name="experiments"),
    path("experiments/<uuid:experiment_id>", experiment_pages.experiment, name="experiment"),
    path("experiments/<uuid:experiment_id>.json", experiment_pages.experiment_json, name="experiment-json"),
    path("experiments/<uuid:experiment_id>/decide", experiment_pages.experiment_decide, name="experiment-decide"),
    path("quality", quality_page.quality, name="quality"),
]
