"""How right each field is, over all labelled files that judge it, by the tier that gave it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from extraction.evaluate.metrics import Metrics, bootstrap, mean
from extraction.evaluate.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One field at one tier: `accuracy` over all its rows, `precision` over those where the provider states a value."""

    field: str
    provider: str
    tier: int
    rows: int
    stated: int
    accuracy: float
    accuracy_95: tuple[float, float]
    precision: float
    precision_95: tuple[float, float]
    confidence: float
    """Mean confidence of the values stated; near `precision` when it is calibrated."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def field_reports(verdicts: Iterable[Verdict], provider: str) -> Iterator[FieldReport]:
    """In alphabetical order of fields, then by tier."""
    groups: dict[tuple[str, int], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[verdict.field, verdict.tier].append(verdict)
    for field, tier in sorted(groups):
        yield _report(field, tier, provider, groups[field, tier])


def _report(field: str, tier: int, provider: str, verdicts: Sequence[Verdict]) -> FieldReport:
    stated = [verdict for verdict in verdicts if verdict.stated]
    return FieldReport(
        field=field,
        provider=provider,
        tier=tier,
        rows=len(verdicts),
        stated=len(stated),
        accuracy=_share(verdicts)["right"],
        accuracy_95=_interval(verdicts),
        precision=_share(stated)["right"],
        precision_95=_interval(stated),
        confidence=mean([verdict.confidence for verdict in stated]),
    )


def _share(verdicts: Sequence[Verdict]) -> Metrics:
    return {"right": mean([verdict.right for verdict in verdicts])}


def _interval(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Of the share that is right; without verdicts it may be anything."""
    return bootstrap(verdicts, _share).get("right", (0.0, 1.0))


def worst_of(verdicts: Iterable[Verdict], field: str, count: int) -> list[Verdict]:
    """What was wrong, the surest first: either a rule or a label needs a look."""
    wrong = [verdict for verdict in verdicts if verdict.field == field and not verdict.right]
    return sorted(wrong, key=lambda verdict: (-verdict.confidence, verdict.file, verdict.row_id))[:count]
