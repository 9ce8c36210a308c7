"""Addresses of extraction's pages."""

from __future__ import annotations

from django.urls import path

from extraction import cost_page, quality_page

app_name = "extraction"

urlpatterns = [
    path("cost", cost_page.cost, name="cost"),
    path("quality", quality_page.quality, name="quality"),
]
