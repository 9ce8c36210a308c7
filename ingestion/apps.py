"""The app's name, and what it says at `manage.py check --deploy`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class IngestionConfig(AppConfig):
    name = "ingestion"

    def ready(self) -> None:
        from ingestion.checks import contact_check

        register(contact_check, deploy=True)
