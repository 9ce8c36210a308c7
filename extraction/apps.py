"""Wires the checks of this app into Django's."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from extraction.checks import language_models_check


class ExtractionConfig(AppConfig):
    name = "extraction"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(language_models_check)
