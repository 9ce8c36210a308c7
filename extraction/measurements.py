"""Figures that `evaluate` and `calibrate` keep for the quality page. Figures only: no texts, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extraction.evaluate.answers import Measurable
from extraction.models import Measurement


def measurement_store(*, kind: Measurement.Kind, provider: Measurable, rows: int, figures: Mapping[str, Any]) -> Measurement:
    """A new row each time: the page shows the newest, the history stays."""
    return Measurement.objects.create(
        kind=kind, provider=provider.name, tier=provider.tier, version=provider.version, rows=rows, figures=dict(figures)
    )
