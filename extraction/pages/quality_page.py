"""The quality page: how right each field is, whether confidences mean what they say, how often fields are filled, and what is weak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from extraction.catalog_fill import catalog_fill_rates
from extraction.evaluate.charts import Chart, curve_chart, reliability_chart
from extraction.evaluate.reliability import MIN_BIN_ROWS
from extraction.models import Measurement
from extraction.providers.rules import RulesProvider
from extraction.routing import CONFIDENCE_THRESHOLD
from extraction.rules.version import rules_version

WEAK_BELOW = 0.85
FILL_SECONDS = 600
_FILL_KEY = "extraction.quality.fill_rates"
_SHOWN_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
# Labels judge pay and place as wholes; the record holds them as members.
_FILLED_BY = {"salary": "salary_max_usd", "location": "location_country"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: figures in percent as `evaluate` and `calibrate` stored them; what is missing is None."""

    name: str
    figures: Mapping[str, Any]
    reliability: Mapping[str, Any] | None
    filled: float | None

    @property
    def is_judged(self) -> bool:
        """Fewer rows prove neither strength nor weakness."""
        return int(self.figures["rows"]) >= MIN_BIN_ROWS

    @property
    def is_weak(self) -> bool:
        return self.is_judged and float(self.figures["precision"]) < WEAK_BELOW

    @property
    def is_over(self) -> bool:
        measured = self.reliability
        return measured is not None and measured["rows"] >= MIN_BIN_ROWS and measured["error"] > measured["limit"]


@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """The newest figures of each kind; without any, what to do to get them."""
    evaluation, calibration = _newest(Measurement.Kind.EVALUATION), _newest(Measurement.Kind.CALIBRATION)
    fill = cache.get_or_set(_FILL_KEY, catalog_fill_rates, FILL_SECONDS) or {}
    rows = _field_rows(evaluation, calibration, fill)
    context = {
        "section": "quality",
        "evaluation": evaluation,
        "calibration": calibration,
        "is_stale": evaluation is not None and _is_stale(evaluation),
        "fields": rows,
        "weak": [row for row in rows if row.is_weak or row.is_over],
        "weak_below": WEAK_BELOW,
        "unmeasured": {name: share for name, share in fill.items() if name not in {_filled_name(row.name) for row in rows}},
        "files": sorted(evaluation.figures["files"].items()) if evaluation else (),
        "charts": _charts(calibration),
        "curve": _curve(calibration),
        "curve_chart": curve_chart(calibration.figures["curve"], CONFIDENCE_THRESHOLD) if calibration else None,
        "threshold": CONFIDENCE_THRESHOLD,
    }
    return render(request, "extraction/quality.html", context)


def _newest(kind: Measurement.Kind) -> Measurement | None:
    """Of the rules: they are what every posting gets."""
    return Measurement.objects.filter(kind=kind, provider=RulesProvider.name).order_by("-measured_at").first()


def _is_stale(measured: Measurement) -> bool:
    """Measured with other rules than those that run."""
    return measured.version.partition("+")[0] != rules_version()


def _field_rows(evaluation: Measurement | None, calibration: Measurement | None, fill: Mapping[str, float]) -> list[FieldRow]:
    reliability = {field["field"]: field for field in calibration.figures["fields"]} if calibration else {}
    figures: Sequence[Mapping[str, Any]] = evaluation.figures["fields"] if evaluation else ()
    return [FieldRow(item["field"], item, reliability.get(item["field"]), fill.get(_filled_name(item["field"]))) for item in figures]


def _filled_name(field: str) -> str:
    return _FILLED_BY.get(field, field)


def _charts(calibration: Measurement | None) -> list[Chart]:
    return [reliability_chart(field) for field in calibration.figures["fields"]] if calibration else []


def _curve(calibration: Measurement | None) -> list[Mapping[str, Any]]:
    return [point for point in calibration.figures["curve"] if point["threshold"] in _SHOWN_THRESHOLDS] if calibration else []
