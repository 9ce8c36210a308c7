"""Shares and names as people read them, on the quality page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """0.9473 as `94.7 %`, never broken over two lines."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


@register.filter
def words(name: str) -> str:
    """`seniority_level` as `Seniority level`."""
    return name.replace("_", " ").capitalize()


@register.filter
def main_metric(file: Mapping[str, Any]) -> dict[str, Any]:
    """The first metric of a file's stored figures: name, value, bounds of its interval.

    Figures that were stored before their name was are found by their value, which another metric may share.
    """
    name = file.get("main_metric") or next(metric for metric in file["interval_95"] if file.get(metric) == file["main"])
    low, high = file["interval_95"][name]
    return {"name": name, "value": file["main"], "low": low, "high": high}
