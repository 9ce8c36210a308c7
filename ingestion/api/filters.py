"""Filters of the list of runs."""

from __future__ import annotations

from django_filters import ChoiceFilter, FilterSet

from ingestion.models import Run


class RunFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`state` and `kind`."""

    state = ChoiceFilter(choices=Run.State.choices, help_text="runs in this state")
    kind = ChoiceFilter(choices=Run.Kind.choices, help_text="runs of this kind")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()
