"""Stacked columns over time, as rectangles of an SVG that templates draw. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 1000, 200
MOST_COLUMNS = 30
_GAP = 0.18
_STEPS = tuple(timedelta(days=days) for days in (1, 7, 28, 91, 364))


@dataclass(frozen=True, slots=True)
class Rectangle:
    """One part of a column, in units of the view box WIDTH x HEIGHT; `series` counts from 1."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each moment of the chart."""

    name: str
    values: Sequence[int]

    @property
    def last(self) -> int:
        return self.values[-1]


@dataclass(frozen=True, slots=True)
class ColumnsChart:
    """`top` is the value at the upper edge; `moments` are the columns, oldest first."""

    moments: Sequence[datetime]
    series: Sequence[Series]
    top: int

    @property
    def rectangles(self) -> list[Rectangle]:
        pitch = WIDTH / len(self.moments)
        return [part for column in range(len(self.moments)) for part in self._column(column, pitch)]

    @property
    def table(self) -> list[tuple[datetime, list[int]]]:
        """The same figures, newest first."""
        rows = [(moment, [one.values[n] for one in self.series]) for n, moment in enumerate(self.moments)]
        return rows[::-1]

    def _column(self, column: int, pitch: float) -> list[Rectangle]:
        parts, below = [], 0
        for number, one in enumerate(self.series, start=1):
            value = one.values[column]
            below += value
            y, height = HEIGHT * (1 - below / self.top), HEIGHT * value / self.top
            if value:
                parts.append(
                    Rectangle(round(pitch * (column + _GAP / 2), 2), round(y, 2), round(pitch * (1 - _GAP), 2), round(height, 2), number)
                )
        return parts


def columns_chart(moments: Sequence[datetime], series: Sequence[Series]) -> ColumnsChart:
    sums = [sum(one.values[n] for one in series) for n in range(len(moments))]
    return ColumnsChart(moments, series, max(1, *sums))


def chart_moments(since: datetime, now: datetime) -> list[datetime]:
    """Moments of equal distance that end now and begin at `since` or after it: at most MOST_COLUMNS, days if these suffice."""
    span = max(now - since, timedelta())
    step = next((step for step in _STEPS if span / step < MOST_COLUMNS), _STEPS[-1])
    count = min(span // step, MOST_COLUMNS - 1)
    return [now - step * back for back in range(count, -1, -1)]
