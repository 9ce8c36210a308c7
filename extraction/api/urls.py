"""Paths of extraction's API, below /api/v1. No trailing slashes."""

from __future__ import annotations

from django.urls import path

from extraction.api.views import ExtractionDetail

urlpatterns = [path("extractions/<row_id:job_posting_id>", ExtractionDetail.as_view(), name="extraction")]
