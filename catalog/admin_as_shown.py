"""What a form of the admin has changed."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.db import models
from django.forms import Field
from django.http import HttpRequest


class ComparedAsShown(BaseModelAdmin):  # type: ignore[type-arg]
    """Changed is what differs from the page as its user saw it, not from the row, which another curator may have changed since."""

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Field | None:
        return super().formfield_for_dbfield(db_field, request, show_hidden_initial=True, **kwargs)
