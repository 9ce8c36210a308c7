"""How the API reads parameters: those that nobody knows are refused, so that a typing error never widens a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError as FormError
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from catalog.changes import Position
from catalog.errors import CursorError
from catalog.parameter_names import unknown_name
from catalog.search.conditions import MomentField, narrowed

PAGE_PARAMETERS = ("limit", "cursor")


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """Applies the view's `filterset_class`. Bad values and unknown names answer 400."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return self.checked(request, queryset, view).qs

    def checked(self, request: Request, queryset: Any, view: Any) -> Any:
        """The view's filter set over valid parameters."""
        asked = request.query_params
        refuse_unknown(asked, [*view.filterset_class.base_filters, *PAGE_PARAMETERS])
        filterset = narrowed(view.filterset_class, asked)(asked, queryset=queryset, request=request)
        refuse_invalid(filterset)
        return filterset


def refuse_invalid(filterset: Any) -> None:
    """Raises ValidationError, naming what would be right, for values that the filters do not take."""
    if not filterset.is_valid():
        raise ValidationError({name: str(messages[0]) for name, messages in filterset.errors.items()})


class FilterBesideSinceError(ValidationError):
    """A filter together with `since`."""

    hint = "Leave it out and filter your copy: of a job that no longer matches a filter you would never hear."


def refuse_beside_since(names: Iterable[str]) -> None:
    """Raises ValidationError for whatever cannot be asked together with `since`."""
    for name in names:
        if name not in ("since", *PAGE_PARAMETERS):
            raise FilterBesideSinceError({name[:40]: "cannot be asked together with since"})


def since_position(text: str) -> Position:
    """A position that an answer gave, or the beginning of a date or time. Raises ValidationError."""
    try:
        return Position.parse(text)
    except CursorError:
        pass
    try:
        moment = MomentField().clean(text)
    except FormError as error:
        raise ValidationError({"since": f"{error.messages[0]}, or take it from the answer before"}) from error
    return Position(moment)


def refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    """Raises ValidationError for the first of the names that is not a known parameter."""
    for name in names:
        if name not in known:
            raise ValidationError({name[:40]: unknown_name(name, known)})
