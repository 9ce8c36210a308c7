"""Filters that stand for conditions of a search: one mechanism for every field, to include and to exclude."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.drainage import set_override

from catalog.querysets import JobQuerySet
from catalog.search.fields import SeveralChoicesField, SeveralField
from catalog.search.query import Condition, Op

MAX_USD = 100_000_000
MAX_DAYS = 3_650


class MomentField(forms.CharField):
    """A date (`2026-08-01`: its beginning, UTC) or a time (`2026-08-01T12:00:00Z`)."""

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            if day := parse_date(text):
                return datetime.combine(day, time.min, tzinfo=UTC)
            moment = parse_datetime(text)
            if moment:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):  # no such day; outside of the calendar
            pass
        raise ValidationError("write it as 2026-08-01 or 2026-08-01T12:00:00Z")


class WholeNumberField(forms.IntegerField):
    def __init__(self, *, unit: str, min_value: int, max_value: int, **kwargs: Any) -> None:
        wanted = f"whole {unit}, from {min_value} to {max_value}"
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), wanted)
        super().__init__(min_value=min_value, max_value=max_value, error_messages=errors, **kwargs)

    def to_python(self, value: Any) -> int | None:
        """Digits alone: `int()` would take "1_000" and the digits of every script, too."""
        digits = str(value or "").strip()
        if digits and not (digits.isascii() and digits.isdecimal()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        number: int | None = super().to_python(digits)
        return number


class ConditionFilter(filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter that is a condition on a column: `stored` makes the column's values of what was asked."""

    def __init__(
        self, column: str, op: Op = Op.ANY, *, stored: Callable[[Any], Sequence[Any]] = tuple, excluded: bool = False, **kwargs: Any
    ) -> None:
        self.column, self.op, self.stored, self.excluded = column, op, stored, excluded
        super().__init__(column, **kwargs)

    def conditions(self, name: str, value: Any) -> Sequence[Condition]:
        """All of them must be met. `name`: of the parameter."""
        return [Condition(name, self.column, self.op, tuple(self.stored(value)), self.excluded)]

    def filter(self, qs: JobQuerySet, value: Any) -> JobQuerySet:
        """Nothing yet: all conditions are met at once, see `JobFilter.search`."""
        return qs


class SeveralFilter(ConditionFilter):
    """Several values of one parameter: the column has any of them, unless `op` says otherwise."""

    field_class = SeveralField

    def __init__(self, column: str, op: Op = Op.ANY, *, field_class: type[SeveralField] = SeveralField, **kwargs: Any) -> None:
        self.field_class = field_class
        super().__init__(column, op, **kwargs)
        _document(self, {"type": "array", "items": field_class.item_schema(**self.extra)})

    def opposite(self) -> SeveralFilter:
        """The filter that excludes what this one includes: jobs whose column has none of the values."""
        same: dict[str, Any] = {"field_class": self.field_class, "stored": self.stored, **self.extra}
        return SeveralFilter(self.column, self.op, excluded=not self.excluded, label=f"not: {self.label}", **same)


def narrowed(filterset_class: Any, names: Iterable[str]) -> Any:
    """The filter set with only those of its filters that are named: form fields for all of them cost more than a page of jobs."""
    return _narrowed(filterset_class, frozenset(names).intersection(filterset_class.base_filters))


@lru_cache(maxsize=256)
def _narrowed(filterset_class: Any, names: frozenset[str]) -> Any:
    narrow: Any = type(filterset_class.__name__, (filterset_class,), {})
    narrow.base_filters = {name: item for name, item in filterset_class.base_filters.items() if name in names}
    return narrow


def choices_filter(column: str, choices: type[TextChoices], label: str) -> SeveralFilter:
    """Values of a closed vocabulary."""
    return SeveralFilter(column, field_class=SeveralChoicesField, choices=choices.choices, label=label)


class PresentFilter(SeveralFilter):
    """Fields that a job must have a value for (all of those named; excluded: none of them), by `columns`' conditions."""

    def __init__(self, columns: Mapping[str, Condition], **kwargs: Any) -> None:
        self.columns = columns
        super().__init__("id", field_class=SeveralChoicesField, choices=[(name, name) for name in columns], **kwargs)

    def conditions(self, name: str, value: Sequence[str]) -> Sequence[Condition]:
        described = [self.columns[field] for field in value]
        return [Condition(name, has.column, has.op, has.values, has.excluded != self.excluded) for has in described]


class EitherFilter(ConditionFilter):
    """`no` or `only`: of what a condition describes."""

    field_class = forms.ChoiceField

    def __init__(self, condition: Callable[[], Condition], *, label: str) -> None:
        self.described = condition
        choices = [("no", "none of them"), ("only", "no others")]
        super().__init__("id", choices=choices, label=label, error_messages={"invalid_choice": "no or only"})
        _document(self, {"type": "string", "enum": ["no", "only"]})

    def conditions(self, name: str, value: str) -> Sequence[Condition]:
        told = self.described()
        return [Condition(name, told.column, told.op, told.values, excluded=value == "no")]


class MomentFilter(ConditionFilter):
    field_class = MomentField

    def __init__(self, column: str, op: Op, **kwargs: Any) -> None:
        super().__init__(column, op, stored=_alone, **kwargs)
        _document(self, {"type": "string", "example": "2026-08-01"})


class WholeNumberFilter(filters.Filter):  # type: ignore[misc]
    field_class = WholeNumberField

    def __init__(self, *args: Any, unit: str, min_value: int, max_value: int, **kwargs: Any) -> None:
        super().__init__(*args, unit=unit, min_value=min_value, max_value=max_value, **kwargs)
        _document(self, {"type": "integer", "minimum": min_value, "maximum": max_value})


class AmountFilter(WholeNumberFilter, ConditionFilter):
    """US dollars a year; where pay is not stated, the column is 0 and no amount is met."""

    def __init__(self, column: str, op: Op, *, label: str) -> None:
        super().__init__(column, op, unit="US dollars a year", min_value=1, max_value=MAX_USD, label=label)

    def conditions(self, name: str, value: int) -> Sequence[Condition]:
        if self.op is Op.AT_LEAST:
            return [Condition(name, self.column, Op.AT_LEAST, (value,))]
        return [Condition(name, self.column, Op.AT_LEAST, (1,)), Condition(name, self.column, Op.BELOW, (value + 1,))]


class AgeFilter(WholeNumberFilter, ConditionFilter):
    """So many days old, at most."""

    def __init__(self, column: str, *, label: str) -> None:
        super().__init__(column, Op.AT_LEAST, stored=_days_ago, unit="days", min_value=1, max_value=MAX_DAYS, label=label)


def _alone(value: Any) -> Sequence[Any]:
    return (value,)


def _days_ago(days: int) -> Sequence[datetime]:
    # From the minute on, so that the same search a second later is the same.
    return (timezone.now().replace(second=0, microsecond=0) - timedelta(days=days),)


def _document(parameter: filters.Filter, schema: dict[str, Any]) -> None:
    """Tell the OpenAPI document what the parameter takes."""
    set_override(parameter, "field", {**schema, "description": parameter.label})
