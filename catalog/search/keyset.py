"""Keyset pages: every row once, at any depth, also while rows are being added. Used by pages and APIs alike.

A cursor holds the sort values of the last row that was shown, in the order's own terms; the next page is everything
after it. It is opaque, not secret: whatever is in it is checked against the types of the order's columns.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Field, Q, QuerySet

from catalog.errors import CursorError

MAX_CURSOR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """Rows of one page, and the cursor of the next page (None when this is the last)."""

    rows: list[Any]
    next: str | None


def keyset_page(queryset: QuerySet[Any, Any], *, limit: int, cursor: str | None = None, kind: str = "") -> KeysetPage:
    """The first `limit` rows after `cursor`, in the queryset's order, which must end with a unique column.

    Rows are as the queryset gives them (objects, or dicts of `.values()` that contain the order's columns). None of
    the order's columns may be null. A cursor is taken back only for the same order and `kind`. Raises CursorError.
    """
    order = KeysetOrder.of(queryset, kind)
    if cursor:
        queryset = queryset.filter(_after(order.columns, cursor_values(cursor, order.name, [column.field for column in order.columns])))
    if queryset.query.select_related:
        # Found first and joined then: PostgreSQL would join all matches before it sorts them.
        queryset = queryset.filter(pk__in=list(queryset.values_list("pk", flat=True)[: limit + 1]))
    return order.page(list(queryset[: limit + 1]), limit)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    descending: bool
    field: Field[Any, Any]

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any], ordering: Any) -> _Column:
        name = str(ordering).lstrip("-")
        expression = queryset.query.annotations.get(name) or queryset.query.resolve_ref(name)
        return cls(name=name, descending=str(ordering).startswith("-"), field=expression.output_field)

    def value_of(self, row: Any) -> Any:
        return row[self.name] if isinstance(row, dict) else getattr(row, self.name)

    def beyond(self, value: Any) -> Q:
        return Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})


@dataclass(frozen=True, slots=True)
class KeysetOrder:
    """An order and the name that tells its cursors from those of others."""

    name: str
    columns: Sequence[_Column]

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any], kind: str = "") -> KeysetOrder:
        columns = [_Column.of(queryset, name) for name in queryset.query.order_by]
        return cls(",".join([*(f"{'-' * c.descending}{c.name}" for c in columns), *filter(None, [kind])]), columns)

    def page(self, rows: Sequence[Any], limit: int) -> KeysetPage:
        """The first `limit` of rows, of which one more was asked for."""
        more = len(rows) > limit
        following = cursor_of(self.name, [column.value_of(rows[limit - 1]) for column in self.columns]) if more else None
        return KeysetPage(rows=list(rows[:limit]), next=following)


def _after(order: Sequence[_Column], values: Sequence[Any]) -> Q:
    """Rows after `values`: `a < x OR (a = x AND b < y)`, with the bare bound `a <= x` first, which an index can use."""
    first, bound = order[0], values[0]
    steps = [
        reduce(Q.__and__, (Q(**{column.name: value}) for column, value in zip(order[:n], values, strict=False)), Q())
        & order[n].beyond(values[n])
        for n in range(len(order))
    ]
    return Q(**{f"{first.name}__{'lte' if first.descending else 'gte'}": bound}) & reduce(Q.__or__, steps)


def cursor_of(order: str, values: Sequence[Any]) -> str:
    """An opaque text that `cursor_values` reads again. `order`: any name of what the values belong to."""
    payload = orjson.dumps([zlib.crc32(order.encode()), *values])
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def cursor_values(cursor: str, order: str, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    """The values, as these fields hold them. Raises CursorError for whatever `cursor_of` did not make for this order."""
    try:
        if len(cursor) > MAX_CURSOR_LENGTH:
            raise CursorError("cursor: too long")
        payload = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        signature, *values = payload
        if signature != zlib.crc32(order.encode()) or len(values) != len(fields):
            raise CursorError("cursor: made for another order")
        return [_checked(field, value) for field, value in zip(fields, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError, ValidationError) as error:
        raise CursorError("cursor: not one of ours") from error


def _checked(field: Field[Any, Any], value: Any) -> Any:
    if value is None or isinstance(value, (bool, list, dict)):
        raise CursorError("cursor: not one of ours")
    kind = (field.output_field or field) if isinstance(field, models.GeneratedField) else field
    checked = kind.to_python(value)
    kind.run_validators(checked)  # whole numbers that no column holds
    return _moment(checked) if isinstance(checked, datetime) else checked


def _moment(value: datetime) -> datetime:
    """In UTC: PostgreSQL refuses zones farther from it than 16 hours."""
    if value.tzinfo is None:
        raise CursorError("cursor: a moment without its zone")
    return value.astimezone(UTC)
