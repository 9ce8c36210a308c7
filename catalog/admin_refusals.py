"""What a service refuses although the form's checks let it pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalog.errors import CorrectionError, CurationError
from catalog.violations import violated

_STANDS_ALREADY = {
    "skill_name": "Another curator has made a skill of this name meanwhile.",
    "skillalias_folded": "One of these ways to write it stands for a skill already: another curator was faster.",
}


class RefusalsSaid(admin.ModelAdmin):  # type: ignore[type-arg]
    """Where another curator was faster than a form, the reason is said on the page as it is now; nothing is written.

    Neither by an action on many rows that is refused at one of them, nor in Django's own log of what was done.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._said(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._said(super().delete_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._said(super().changelist_view, request, *args, **kwargs)

    def _said(self, view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except (CorrectionError, CurationError, IntegrityError) as error:
            self.message_user(request, _reason(error), messages.ERROR)
            return redirect(request.get_full_path())


def _reason(error: Exception) -> str:
    """Raises the error again where it is no refusal."""
    if not isinstance(error, IntegrityError):
        return str(error)
    if reason := _STANDS_ALREADY.get(violated(error)):
        return reason
    raise error
