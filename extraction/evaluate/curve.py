"""The cost/precision curve: what share of records goes to tier 2 at each threshold, what that costs, and how right the rest is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from extraction.calibration import Calibration
from extraction.document import Document
from extraction.evaluate import ats_full
from extraction.evaluate.answers import Answer, Bench, Measurable
from extraction.evaluate.fitting import FOLDS, fit, folds_of
from extraction.evaluate.metrics import mean
from extraction.evaluate.verdicts import Verdict, group_of
from extraction.llm.answer import TOKENS_PER_POSTING
from extraction.llm.asking import POSTING_TOKENS
from extraction.llm.cost import Price, cost_of
from extraction.llm.prompt import prompt_for, shown
from extraction.llm.tokens import token_count
from extraction.providers.rules import CONFIDENCE_WEIGHTS
from extraction.routing import CONFIDENCE_THRESHOLD, tier2_reasons

THRESHOLDS = tuple(percent / 100 for percent in range(30, 101))
TIER = 2
_PER = 1000


@dataclass(frozen=True, slots=True)
class RecordPoint:
    """One labelled record with a confidence from a table that has not seen it. `right`: weighted share of its fields, 0..1."""

    confidence: float
    right: float
    always: bool
    """It goes to tier 2 for another reason, whatever its confidence."""
    tokens_in: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At one threshold: shares are of all records; `precision` is the mean share of right fields in what stays, None where nothing does.

    `usd` is for a thousand postings, at most: an answer as long as it may be.
    """

    threshold: float
    escalated: float
    usd: float
    precision: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"chosen": self.threshold == CONFIDENCE_THRESHOLD}


def record_points(
    answers: Sequence[Answer], verdicts: Sequence[Verdict], bench: Bench, rules_of: Callable[[Calibration], Measurable]
) -> Iterator[RecordPoint]:
    """The records of rows that judge every field; each is extracted with a table fitted without its fold."""
    fold_of = folds_of(verdict.group for verdict in verdicts)
    for fold in range(FOLDS):
        held = [answer for answer in answers if fold_of[group_of(answer.row)] == fold]
        provider = rules_of(fit([verdict for verdict in verdicts if fold_of[verdict.group] != fold]))
        results = provider.extract([answer.document for answer in held])
        for answer, result in zip(held, results, strict=True):
            record = result.record
            others = tier2_reasons(
                confidence=1.0,
                company_name=record.company_name,
                role_title=record.role_title,
                job_summary=record.job_summary,
                skills_raw=record.skills_raw,
                text_length=len(answer.document.text),
            )
            right = _share_right(ats_full.observe(answer, bench).right)
            yield RecordPoint(record.confidence, right, bool(others), _tokens_in(answer.document))


def _share_right(right: dict[str, bool]) -> float:
    """Of the fields that labels judge, weighted as in the record's confidence."""
    weights = {field: weight for field, weight in CONFIDENCE_WEIGHTS.items() if field in right}
    return sum(weight * right[field] for field, weight in weights.items()) / sum(weights.values())


def _tokens_in(document: Document) -> int:
    return token_count(prompt_for([shown(document, most_tokens=POSTING_TOKENS[TIER])]))


def cost_curve(points: Sequence[RecordPoint], price: Price) -> list[CurvePoint]:
    """One point for each of `THRESHOLDS`; empty without records."""
    return [_at(threshold, points, price) for threshold in THRESHOLDS] if points else []


def _at(threshold: float, points: Sequence[RecordPoint], price: Price) -> CurvePoint:
    sent = [point for point in points if point.always or point.confidence < threshold]
    kept = [point.right for point in points if not point.always and point.confidence >= threshold]
    cost = sum((cost_of(price, tokens_in=point.tokens_in, tokens_out=TOKENS_PER_POSTING) for point in sent), Decimal(0))
    return CurvePoint(threshold, len(sent) / len(points), float(cost) * _PER / len(points), mean(kept) if kept else None)


@dataclass(frozen=True, slots=True)
class ValuePoint:
    """At one threshold, over single values: the share that is at least so sure, and how many of those are right."""

    threshold: float
    kept: float
    precision: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def value_curve(predictions: Sequence[tuple[Verdict, float]]) -> list[ValuePoint]:
    """Over every value stated, all fields together; empty without any."""
    stated = [(probability, verdict.right) for verdict, probability in predictions if verdict.stated]
    curve = []
    for threshold in THRESHOLDS if stated else ():
        kept = [right for probability, right in stated if probability >= threshold]
        curve.append(ValuePoint(threshold, len(kept) / len(stated), mean(kept) if kept else None))
    return curve
