"""Filters of the admin for tables of a million rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin


class RecentValuesFilter(admin.AllValuesFieldListFilter):
    """Offers the values of the newest rows. Django's own filter reads the whole table to find all that there ever were."""

    NEWEST = 5_000

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        newest = model._default_manager.order_by("-pk").values_list(field_path, flat=True)[: self.NEWEST]
        # Empty values come last: the filter shows them as such.
        self.lookup_choices = sorted(set(newest), key=lambda value: (value is None, value))  # type: ignore[assignment]
