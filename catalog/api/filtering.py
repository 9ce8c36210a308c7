"""How the API reads parameters: those that nobody knows are refused, so that a typing error never widens a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

PAGE_PARAMETERS = ("limit", "cursor")


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """Applies the view's `filterset_class`. Bad values and unknown names answer 400."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        refuse_unknown(request.query_params, [*view.filterset_class.base_filters, *PAGE_PARAMETERS])
        filterset = self.get_filterset(request, queryset, view)
        refuse_invalid(filterset)
        return filterset.qs


def refuse_invalid(filterset: Any) -> None:
    """Raises ValidationError, naming what would be right, for values that the filters do not take."""
    if not filterset.is_valid():
        raise ValidationError({name: str(messages[0]) for name, messages in filterset.errors.items()})


def refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    """Raises ValidationError for the first of the names that is not a known parameter."""
    for name in names:
        if name not in known:
            raise ValidationError({name[:40]: _unknown(name, known)})


def _unknown(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name[:40], known, n=1)
    return f"no such parameter; did you mean {close[0]}?" if close else f"no such parameter; there are {', '.join(known)}"
